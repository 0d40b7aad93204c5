import json
from typing import Any

import pytest

from reconciler.sandbox.probes import Probe, all_ok, render_json, render_text, verdict
from reconciler.sandbox.targets import Client, Target, targets
from reconciler.sandbox.topology import plan
from tests.sandbox.cluster import intents, node, service

WEB = Target(
    Client("worker-1", "n", frozenset({4})), "default/web", "10.96.0.10", 80, "TCP", frozenset({"a/1:1", "b/2:1"})
)
NONE = Target(WEB.client, "default/none", "fd00:96::11", 80, "UDP", frozenset())


def asked(*documents: dict[str, Any]) -> list[Target]:
    folder = intents(*documents)
    return list(targets(folder, plan(folder, "box")))


def test_every_client_asks_every_vip_and_port() -> None:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 53, "protocol": "UDP"}]
    web = service("10.10.1.2", "172.30.0.2", ports=ports, clusterIPs=["10.96.0.10", "10.96.0.11"])
    rows = asked(node(), node("worker-2", 2), web)
    clients = ["worker-1", "worker-1/client", "worker-1/10.10.1.2", "worker-2", "worker-2/client"]
    assert [(row.client.name, row.vip, row.port, row.protocol) for row in rows] == [
        (client, vip, port, protocol)
        for port, protocol in [(80, "TCP"), (53, "UDP")]
        for vip in ["10.96.0.10", "10.96.0.11"]
        for client in clients
    ]


def test_one_endpoint_of_a_node_stands_for_all_as_a_hairpin() -> None:
    rows = asked(node(), service("10.10.1.2", "10.10.1.3"))
    assert [row.client.name for row in rows] == ["worker-1", "worker-1/client", "worker-1/10.10.1.2"]


def test_endpoints_of_the_vips_family_that_are_not_drained_may_answer() -> None:
    endpoints: list[str | dict[str, Any]] = ["10.10.1.2", "fd00:10:1::2", {"ip": "10.10.1.3", "weight": 0}]
    rows = asked(node(), service(*endpoints, clusterIPs=["10.96.0.10", "fd00:96::10"]))
    assert {row.vip: row.expected for row in rows} == {
        "10.96.0.10": {"worker-1/10.10.1.2:8080"},
        "fd00:96::10": {"worker-1/[fd00:10:1::2]:8080"},
    }


def test_nobody_may_answer_for_a_service_that_is_drained() -> None:
    assert {row.expected for row in asked(node(), service({"ip": "10.10.1.2", "weight": 0}))} == {frozenset()}


def test_a_client_asks_in_its_own_families_only() -> None:
    rows = asked(node(podCIDRs=["10.10.1.0/24"]), service(clusterIPs=["10.96.0.10", "fd00:96::10"]))
    assert {row.vip for row in rows} == {"10.96.0.10"}


@pytest.mark.parametrize(
    ("target", "outcomes", "answered_by", "error"),
    [
        (WEB, ["b/2:1", "a/1:1", "b/2:1"], ("a/1:1", "b/2:1"), ""),
        (WEB, ["a/1:1", TimeoutError()], ("a/1:1",), "1 of 2: no answer in time"),
        (WEB, [ConnectionRefusedError()], (), "1 of 1: refused"),
        (WEB, ["c/3:1"], ("c/3:1",), "1 of 1: c/3:1 answered, which takes no part in the service"),
        (WEB, [OSError(113, "No route to host")] * 2, (), "2 of 2: No route to host"),
        (WEB, [ConnectionAbortedError("closed early")], (), "1 of 1: closed early"),
        (NONE, [ConnectionRefusedError()], (), ""),
        (NONE, [TimeoutError()], (), "1 of 1: not refused at once"),
        (NONE, ["a/1:1"], ("a/1:1",), "1 of 1: a/1:1 answered, which takes no part in the service"),
    ],
)
def test_verdict(target: Target, outcomes: list[str | OSError], answered_by: tuple[str, ...], error: str) -> None:
    probe = verdict(target, outcomes)
    assert (probe.answered_by, probe.error, probe.ok) == (answered_by, error, not error)


GOOD = Probe("worker-1", "default/web", "10.96.0.10", 80, "TCP", ("a/1:1", "b/2:1"), ok=True, error="")
REFUSED = Probe("worker-1", "default/none", "fd00:96::11", 80, "UDP", (), ok=True, error="")
BROKEN = Probe("w/client", "default/web", "10.96.0.10", 80, "TCP", ("a/1:1",), ok=False, error="1 of 4: refused")


def test_the_table() -> None:
    assert render_text([GOOD, REFUSED, BROKEN]) == (
        "CLIENT    SERVICE       VIP               PROTOCOL  OK    ANSWERED BY\n"
        "worker-1  default/web   10.96.0.10:80     TCP       ok    a/1:1, b/2:1\n"
        "worker-1  default/none  [fd00:96::11]:80  UDP       ok    refused\n"
        "w/client  default/web   10.96.0.10:80     TCP       FAIL  a/1:1; 1 of 4: refused\n"
        "2 of 3 ok"
    )


def test_json_has_its_documented_shape() -> None:
    assert json.loads(render_json([GOOD, BROKEN])) == {
        "ok": False,
        "probes": [
            {
                "client": "worker-1",
                "service": "default/web",
                "vip": "10.96.0.10",
                "port": 80,
                "protocol": "TCP",
                "answeredBy": ["a/1:1", "b/2:1"],
                "ok": True,
                "error": "",
            },
            {
                "client": "w/client",
                "service": "default/web",
                "vip": "10.96.0.10",
                "port": 80,
                "protocol": "TCP",
                "answeredBy": ["a/1:1"],
                "ok": False,
                "error": "1 of 4: refused",
            },
        ],
    }


def test_all_ok_with_refusals() -> None:
    assert all_ok([GOOD, REFUSED])


@pytest.mark.parametrize("probes", [[GOOD, BROKEN], []], ids=["one is not", "none is"])
def test_not_all_ok(probes: list[Probe]) -> None:
    assert not all_ok(probes)
