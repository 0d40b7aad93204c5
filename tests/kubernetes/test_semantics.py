"""What becomes of services and endpoints, by the rules of kube-proxy."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.kubernetes import Bridging, import_into
from tests.kubernetes.objects import by_ip, endpoint, endpoint_slice, imported, ips, listing, node, service, web

READY: dict[str, Any] = {"ready": True, "serving": True, "terminating": False}
LEAVING: dict[str, Any] = {"ready": False, "serving": True, "terminating": True}
TWO_PORTS = [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "admin", "port": 81, "targetPort": "admin"}]


@pytest.mark.parametrize(
    ("conditions", "used"),
    [
        ({}, True),
        ({"ready": None}, True),
        ({"ready": True}, True),
        ({"ready": False}, False),
        ({"ready": False, "serving": True}, False),
        ({"ready": False, "serving": False, "terminating": True}, False),
        ({"ready": False, "serving": True, "terminating": True}, True),
        ({"ready": False, "terminating": True}, True),
        ({"ready": True, "terminating": True}, True),
    ],
)
def test_an_endpoint_alone(tmp_path: Path, conditions: dict[str, Any], *, used: bool) -> None:
    found, notes = web(tmp_path, service(), endpoint_slice("web-1", [endpoint("10.10.1.2", **conditions)]))
    assert ips(found) == (["10.10.1.2"] if used else [])
    assert notes == []


def test_one_that_leaves_is_not_used_beside_a_ready_one(tmp_path: Path) -> None:
    both = [endpoint("10.10.1.2", **LEAVING), endpoint("10.10.1.3", **READY)]
    assert ips(web(tmp_path, service(), endpoint_slice("web-1", both))[0]) == ["10.10.1.3"]


def test_each_family_falls_back_by_itself(tmp_path: Path) -> None:
    fours = endpoint_slice("web-4", [endpoint("10.10.1.2", **READY)])
    sixes = endpoint_slice("web-6", [endpoint("fd00:10:1::2", **LEAVING)], addressType="IPv6")
    found, _ = web(tmp_path, service(vips=["10.96.0.10", "fd00:96::10"]), fours, sixes)
    assert ips(found) == ["10.10.1.2", "fd00:10:1::2"]


def test_slices_are_merged_and_the_best_of_an_address_counts(tmp_path: Path) -> None:
    found, notes = web(
        tmp_path,
        service(),
        endpoint_slice("web-2", [endpoint("10.10.1.10", "worker-1"), endpoint("10.10.1.9", ready=False)]),
        endpoint_slice("web-1", [endpoint("10.10.1.9"), endpoint("10.10.1.10")]),
    )
    assert [(each.ip, each.node_name) for each in found.endpoints] == [("10.10.1.9", None), ("10.10.1.10", "worker-1")]
    assert notes == []


def test_the_target_port_is_what_most_endpoints_listen_on(tmp_path: Path) -> None:
    slices = [
        endpoint_slice(f"web-{ip}", [endpoint(ip)], ports=[{"name": "http", "port": number, "protocol": "TCP"}])
        for ip, number in (("10.10.1.2", 9000), ("10.10.1.3", 9001), ("10.10.1.4", 9001))
    ]
    found, _ = web(tmp_path, service(), *slices)
    assert found.ports[0].target == 9001
    assert {ip: dict(each.ports) for ip, each in by_ip(found).items()} == {
        "10.10.1.2": {"http": 9000},
        "10.10.1.3": {},
        "10.10.1.4": {},
    }


def test_a_port_without_a_name_gets_one_when_endpoints_differ(tmp_path: Path) -> None:
    bare = [{"port": 53, "protocol": "UDP", "targetPort": "dns"}]
    slices = [
        endpoint_slice(f"web-{number}", [endpoint(ip)], ports=[{"name": "", "port": number, "protocol": "UDP"}])
        for ip, number in (("10.10.1.2", 1053), ("10.10.1.3", 2053))
    ]
    found, _ = web(tmp_path, service(ports=bare), *slices)
    assert (found.ports[0].name, found.ports[0].target) == ("udp-53", 1053)
    assert by_ip(found)["10.10.1.3"].ports == {"udp-53": 2053}


def test_ports_are_matched_by_protocol_too(tmp_path: Path) -> None:
    other = endpoint_slice("web-1", [endpoint("10.10.1.2")], ports=[{"name": "http", "port": 8080, "protocol": "UDP"}])
    assert ips(web(tmp_path, service(), other)[0]) == []


def test_an_address_with_two_ports_counts_once_and_is_noted(tmp_path: Path) -> None:
    slices = [
        endpoint_slice(f"web-{number}", [endpoint("10.10.1.2")], ports=[{"name": "http", "port": number}])
        for number in (8081, 8080)
    ]
    found, notes = web(tmp_path, service(), *slices)
    assert (ips(found), found.ports[0].target) == (["10.10.1.2"], 8080)
    assert notes == ["Service shop/web: endpoint 10.10.1.2 listens on 8081 too: 8080 is used, an address counts once"]


def test_ports_with_endpoints_of_their_own_are_intents_of_their_own(tmp_path: Path) -> None:
    numbers = [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}]
    intents, outcome = imported(
        tmp_path,
        service(ports=TWO_PORTS),
        endpoint_slice("web-1", [endpoint("10.10.1.2")], ports=numbers),
        endpoint_slice("web-2", [endpoint("10.10.1.3")], ports=numbers[:1]),
    )
    http, admin = intents.services["shop/web"], intents.services["shop/web-admin"]
    assert ips(http.spec) == ["10.10.1.2", "10.10.1.3"]
    assert ips(admin.spec) == ["10.10.1.2"]
    assert (admin.spec.cluster_ips, admin.spec.ports[0].port) == (("10.96.0.10",), 81)
    assert http.origin.file == admin.origin.file
    assert outcome.notes[0].endswith("it is the service shop/web-admin in the same file")


@pytest.mark.parametrize("name", ["w" * 60, "web"])
def test_their_names_are_free_and_no_longer_than_a_label(tmp_path: Path, name: str) -> None:
    only_http = endpoint_slice("web-1", [endpoint("10.10.1.2")], service=name)
    intents, _ = imported(
        tmp_path, service(name, ports=TWO_PORTS), only_http, service("web-admin", vips=["10.96.0.11"])
    )
    assert len(intents.services) == 3
    (part,) = intents.services.keys() - {f"shop/{name}", "shop/web-admin"}
    assert part.startswith(f"shop/{name[:54]}-")


@pytest.mark.parametrize(("target", "number"), [(8080, 8080), ("http", 80), (None, 80), (0, 80)])
def test_without_endpoints_the_service_says_the_target(tmp_path: Path, target: object, number: int) -> None:
    found, _ = web(tmp_path, service(ports=[{"port": 80, "targetPort": target}]))
    assert (found.ports[0].target, found.endpoints) == (number, ())


def test_older_clusters_have_one_key_where_newer_have_lists(tmp_path: Path) -> None:
    old = node(podCIDRs=None, podCIDR="10.10.1.0/24")
    one = service(clusterIPs=None)
    (tmp_path / "dump.json").write_text(listing([old, one]), encoding="utf-8")
    import_into(tmp_path / "intents", [str(tmp_path / "dump.json")], Bridging("br-int", "gw0", "standalone"))
    assert "  - 10.10.1.0/24\n" in (tmp_path / "intents/nodes/worker-1.yaml").read_text(encoding="utf-8")
    assert "  - 10.96.0.10\n" in (tmp_path / "intents/services/shop/web.yaml").read_text(encoding="utf-8")


def test_a_node_that_was_not_given_is_not_named(tmp_path: Path) -> None:
    found, notes = web(tmp_path, service(), endpoint_slice("web-1", [endpoint("10.20.0.1", "worker-9")]))
    assert (found.endpoints[0].node_name, notes) == (None, [])


def test_two_exports_may_differ_in_what_is_not_read(tmp_path: Path) -> None:
    later = {**node(), "status": {**node()["status"], "conditions": [{"lastHeartbeatTime": "2026-11-20T10:00:03Z"}]}}
    intents, outcome = imported(tmp_path, later, service())
    assert (list(intents.nodes), outcome.notes) == (["worker-1"], [])


def test_a_name_of_one_label_and_the_node_name_of_an_endpoint_agree(tmp_path: Path) -> None:
    found, notes = web(
        tmp_path,
        service(),
        node("worker-2.example.com", 2),
        endpoint_slice("web-1", [endpoint("10.10.2.2", "worker-2.example.com")]),
    )
    assert found.endpoints[0].node_name == "worker-2"
    assert notes == ["Node worker-2.example.com: a name has no dots here: it is called worker-2"]


def test_what_a_vip_and_a_group_cannot_do_is_noted(tmp_path: Path) -> None:
    many = [endpoint(f"10.20.{number // 250}.{number % 250 + 1}") for number in range(900)]
    found, notes = web(
        tmp_path,
        service(),
        service("other", vips=["10.96.0.11"]),
        endpoint_slice("web-1", [*many, endpoint("10.96.0.11")]),
    )
    assert len(found.endpoints) == 818
    assert notes == [
        "Service shop/web: 818 of 900 endpoints are used, the first by address: a group holds no more",
        "Service shop/web: endpoint 10.96.0.11 is a VIP: left out, for no VIP leads to another",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"metadata": {"name": "s", "namespace": "shop"}}, "no label kubernetes.io/service-name"),
        ({"addressType": "IPv6", "endpoints": [endpoint("fd00::1")]}, "has no IPv6 VIP"),
        ({"addressType": "FQDN", "endpoints": [endpoint("a.example.com")]}, "host names (addressType FQDN)"),
        ({"ports": [{"name": "http"}]}, "a port without a number is every port"),
        ({"endpoints": [{"addresses": ["10.20.0.1", "10.20.0.2"]}]}, "10.20.0.2: only the first address"),
        ({"endpoints": [{"addresses": ["10.20.0.1"], "hints": {"forZones": [{"name": "a"}]}}]}, "hints of its"),
    ],
)
def test_slices_that_are_not_used_as_they_are_are_noted(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    _, notes = web(tmp_path, service(), {**endpoint_slice("s", [endpoint("10.10.1.2")]), **changed})
    assert len(notes) == 1
    assert notes[0].startswith("EndpointSlice shop/s: ")
    assert said in notes[0]


@pytest.mark.parametrize("label", ["service.kubernetes.io/headless", "service.kubernetes.io/service-proxy-name"])
def test_labels_that_keep_kube_proxy_away(tmp_path: Path, label: str) -> None:
    labels = {"kubernetes.io/service-name": "web", label: ""}
    metadata = {"name": "s", "namespace": "shop", "labels": labels}
    marked = {**endpoint_slice("s", [endpoint("10.10.1.2")]), "metadata": metadata}
    found, notes = web(tmp_path, service(), marked)
    assert ips(found) == []
    assert notes == [f"EndpointSlice shop/s: it has the label {label}: left out, as kube-proxy does"]
