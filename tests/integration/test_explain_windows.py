"""`explain` on Windows nodes, alone and beside Antrea: flows are traced, the host is what PowerShell tells."""

import json
from typing import Any

import pytest

from tests.integration.test_windows import ANTREA, NODES, serving, windows
from tests.integration.windows import WindowsCluster

pytestmark = pytest.mark.node
__all__ = ["serving", "windows"]


def explain(cluster: WindowsCluster, node: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = cluster.reconcile("explain", *arguments, "--output", "json", node=node)
    assert done.returncode in (0, 2), done.stderr
    return done.returncode, json.loads(done.stdout)


def named(told: dict[str, Any]) -> set[str]:
    return {f"{p['broken']['kind']} {p['broken']['key']}" for p in told["paths"] if not p["whole"]}


@pytest.mark.parametrize("node", NODES)
def test_every_path_is_whole_but_for_the_nat_that_windows_lacks(serving: WindowsCluster, node: str) -> None:
    _, told = explain(serving, node, "--all")
    assert named(told) == {"netnat IPv6"}
    assert all(":" in path["vip"] and path["client"]["kind"] == "node" for path in told["paths"] if not path["whole"])


@pytest.mark.parametrize("node", ANTREA)
def test_beside_antrea_every_path_is_whole(serving: WindowsCluster, node: str) -> None:
    code, told = explain(serving, node, "--all")
    assert (code, named(told)) == (0, set())
    tables = {step["table"] for path in told["paths"] for step in path["steps"]}
    assert {"ConntrackZone", "ServiceLB"} <= tables


@pytest.mark.parametrize(
    ("node", "kind", "gone", "what"),
    [
        ("win-1", "routes", "10.111.43.196/32", "netroute -InterfaceAlias gw0 -DestinationPrefix 10.111.43.196/32"),
        ("win-2", "routes", "10.96.0.0/12", "netroute -InterfaceAlias gw0 -DestinationPrefix 10.96.0.0/12"),
        ("win-2", "neighbors", "169.254.0.253", "netneighbor -InterfaceAlias gw0 -IPAddress 169.254.0.253"),
    ],
)
def test_a_route_or_neighbour_that_has_gone_is_named(
    serving: WindowsCluster, node: str, kind: str, gone: str, what: str
) -> None:
    state = serving.state(node)
    left = [row for row in state[kind] if gone not in row.values()]
    assert len(left) == len(state[kind]) - 1
    serving.change({kind: left}, node)
    code, told = explain(serving, node, "first", "--from", "node")
    serving.change({kind: state[kind]}, node)
    assert (code, named({"paths": [p for p in told["paths"] if ":" not in p["vip"]]})) == (2, {what})


def test_a_flow_that_does_not_answer_for_its_vip_is_named(serving: WindowsCluster) -> None:
    key = "table=0,priority=310,arp,in_port=1,arp_tpa=10.111.43.196,arp_op=1"
    ofctl = ("ovs-ofctl", "-O", "OpenFlow15")
    serving.must("win-1", *ofctl, "--strict", "del-flows", "br-int", f"cookie=0x520/-1,{key}")
    code, told = explain(serving, "win-1", "first", "--from", "node")
    serving.apply(node="win-1")
    assert (code, named(told)) == (2, {f"flow {key}"})
    assert explain(serving, "win-1", "first", "--from", "node")[0] == 0
