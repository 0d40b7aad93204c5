import json
from pathlib import Path

import pytest

from reconciler.intents import Endpoint, Gateway, Node, Service, ServicePort, load
from reconciler.intents.network import network
from reconciler.origin import Origin
from reconciler.yaml.scalars import resolve

ROOT = Path(__file__).parents[2]


def test_a_node_and_a_service(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(
        """\
# a comment before the first document
---
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1, "FD00:172:0::1"]
podCIDRs: [10.10.1.0/24, "fd00:10:0001::/64"]
---
# nothing here
---
{
  kind: Service, name: web, clusterIPs: [10.96.0.10],
  ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, protocol: UDP, port: 53}],
  endpoints: [{ip: 10.10.1.2, weight: 0, nodeName: worker-1, ports: {http: 8081}}, {ip: 10.10.9.9}]
}
...
""",
        encoding="utf-8",
    )
    intents = load(tmp_path)

    node = intents.nodes["worker-1"]
    assert node.origin == Origin(str(file), 3)
    assert node.spec == Node(
        name="worker-1",
        bridge="br-int",
        gateway=Gateway(interface="gw0"),
        addresses=("172.30.0.1", "fd00:172::1"),
        podCIDRs=("10.10.1.0/24", "fd00:10:1::/64"),
    )
    assert (node.spec.platform, node.spec.pipeline) == ("linux", "standalone")
    assert node.spec.virtual_ips == ("169.254.0.253", "fc01::aabb:ccdd:eeff")

    service = intents.services["default/web"]
    assert service.origin == Origin(str(file), 13)
    assert service.spec.key == "default/web"
    http, dns = service.spec.ports
    assert (http.protocol, http.target, dns.protocol, dns.target) == ("TCP", 8080, "UDP", 53)
    first, second = service.spec.endpoints
    assert (first.weight, first.node_name, second.weight, second.node_name) == (0, "worker-1", 100, None)
    assert [first.port_for(http), first.port_for(dns), second.port_for(http)] == [8081, 53, 8080]


def test_a_port_without_a_name_goes_to_its_target() -> None:
    assert Endpoint(ip="10.10.1.2").port_for(ServicePort(port=80, targetPort=8080)) == 8080


def test_what_is_loaded_is_sorted_by_key_whatever_the_file(tmp_path: Path) -> None:
    for file, namespace, name in [("a", "z", "a"), ("b", "a", "z"), ("c", "a", "b")]:
        service = {"kind": "Service", "name": name, "namespace": namespace, "ports": [{"port": 80}]}
        service["clusterIPs"] = [f"10.96.0.{ord(file)}"]
        (tmp_path / f"{file}.json").write_text(json.dumps(service, indent="\t"), encoding="utf-8")
    for number in (3, 1, 2):
        node = {"kind": "Node", "name": f"n{number}", "bridge": "b", "gateway": {"interface": "g"}, "podCIDRs": []}
        node["addresses"] = [f"172.30.0.{number}"]
        (tmp_path / f"{number}.json").write_text(json.dumps(node), encoding="utf-8")
    intents = load(tmp_path)
    assert list(intents.nodes) == ["n1", "n2", "n3"]
    assert list(intents.services) == ["a/b", "a/z", "z/a"]


def test_a_service_without_endpoints_is_valid_and_so_are_two_on_one_vip(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(
        "{kind: Node, name: n, bridge: b, gateway: {interface: g}, addresses: [172.30.0.1], "
        "podCIDRs: [172.30.0.0/24]}\n"
        "---\n{kind: Service, name: a, clusterIPs: [10.96.0.1], ports: [{port: 53}]}\n"
        "---\n{kind: Service, name: b, clusterIPs: [10.96.0.1], ports: [{port: 53, protocol: UDP}], endpoints: []}\n",
        encoding="utf-8",
    )
    assert [declared.spec.endpoints for declared in load(tmp_path).services.values()] == [(), ()]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
        *[(text, True) for text in ("true", "True", "TRUE")],
        *[(text, False) for text in ("false", "False", "FALSE")],
        *[(text, text) for text in ("on", "off", "yes", "no", "y", "n", "tRUE", "nULL", "None")],
        *[("0", 0), ("-0", 0), ("+7", 7), ("0777", 777), ("0o17", 15), ("0x10", 16), ("0xfF", 255), ("-19", -19)],
        *[(text, text) for text in ("0b11", "1_000", "0o8", "0xg", "+0x1", "-0o7", "-", "+", ".", "--1", "1-", "٣")],
        *[("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-1e3", -1000.0), ("1E+2", 100.0), ("+.5e-1", 0.05)],
        *[(text, text) for text in ("1e", "e1", ".e1", "1.2.3", "10.96.0.1", "1:2", "190:20:30", "2026-01-01", "1,5")],
        *[(".inf", float("inf")), ("-.INF", float("-inf")), ("+.Inf", float("inf"))],
        *[(text, text) for text in ("inf", "nan", ".Nan", ".iNF", "fd00::1", "::1", "1/2", "<<", "=")],
    ],
)
def test_plain_scalars_are_those_of_the_core_schema(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    ("ip", "node"),
    [
        ("10.10.1.0", "one"),
        ("10.10.1.255", "one"),
        ("10.10.0.255", None),
        ("10.10.2.0", "two"),
        ("10.10.2.128", None),
        ("255.255.255.254", None),
        ("1.1.1.1", None),
        ("fd00:1::ffff:ffff:ffff:ffff", "one"),
        ("fd00:1:0:1::", None),
        ("fd00::", None),
        ("172.30.0.2", "two"),
        ("0a0a:100::", None),
    ],
)
def test_the_owner_of_an_address(ip: str, node: str | None, tmp_path: Path) -> None:
    (tmp_path / "nodes.yaml").write_text(
        """\
{kind: Node, name: two, bridge: b, gateway: {interface: g}, addresses: [172.30.0.2], podCIDRs: [10.10.2.0/25]}
---
{kind: Node, name: one, bridge: b, gateway: {interface: g}, addresses: [172.30.0.1],
 podCIDRs: ["fd00:1::/64", 10.10.1.0/24]}
""",
        encoding="utf-8",
    )
    owner = network(load(tmp_path).nodes.values()).owner(ip)
    assert (owner.node if owner else None) == node


def test_the_examples_are_valid_and_cover_what_there_is() -> None:
    intents = load(ROOT / "intents")
    services = [declared.spec for declared in intents.services.values()]
    assert isinstance(services[0], Service)
    assert {port.protocol for service in services for port in service.ports} == {"TCP", "UDP", "SCTP"}
    assert any(not service.endpoints for service in services)
    assert any(len(service.endpoints) == 1 or len(service.cluster_ips) == 2 for service in services)
    assert {0, 100, 300} <= {endpoint.weight for service in services for endpoint in service.endpoints}
    assert any(endpoint.ports for service in services for endpoint in service.endpoints)
    ips = {endpoint.ip for service in services for endpoint in service.endpoints}
    assert all(set(node.spec.addresses) <= ips for node in intents.nodes.values())
