from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import NodeError
from reconciler.sandbox import names, state
from reconciler.sandbox.topology import Listener, Pod, Topology, plan
from tests.sandbox.cluster import intents, node, service


def planned(*documents: dict[str, Any]) -> Topology:
    return plan(intents(*documents), "box")


def addresses(topology: Topology) -> dict[str, tuple[str, ...]]:
    return {pod.name: pod.addresses for each in topology.nodes for pod in each.pods}


def test_a_dual_stack_pod_is_one_namespace() -> None:
    pods = planned(node(), service("fd00:10:1::2", "10.10.1.2")).nodes[0].pods
    assert pods[0] == Pod(
        name="worker-1/10.10.1.2",
        netns="r520-box_worker-1_10.10.1.2",
        port="pod2",
        mac=pods[0].mac,
        addresses=("10.10.1.2/24", "fd00:10:1::2/64"),
        gateways=("10.10.1.1", "fd00:10:1::1"),
    )


@pytest.mark.parametrize(
    ("endpoints", "pods"),
    [
        (["10.10.1.2", "10.10.1.3"], {"worker-1/10.10.1.2", "worker-1/10.10.1.3"}),
        (["10.10.1.2", "fd00:10:1::3"], {"worker-1/10.10.1.2", "worker-1/fd00:10:1::3"}),
        (["10.10.2.2"], {"worker-2/10.10.2.2"}),
        (["172.30.0.1", "203.0.113.9"], set()),
        (["10.10.1.1"], set()),
    ],
    ids=["two pods", "other places", "other node", "hosts", "the gateway itself"],
)
def test_pods_are_the_endpoints_inside_pod_cidrs(endpoints: list[str], pods: set[str]) -> None:
    found = addresses(planned(node(), node("worker-2", 2), service(*endpoints)))
    assert found.keys() - {"worker-1/client", "worker-2/client"} == pods


@pytest.mark.parametrize(
    ("cidrs", "endpoints", "client"),
    [
        (["10.10.1.0/24", "fd00:10:1::/64"], [], ("10.10.1.250/24", "fd00:10:1::fa/64")),
        (["10.10.1.0/24", "fd00:10:1::/64"], ["fd00:10:1::fa"], ("10.10.1.249/24", "fd00:10:1::f9/64")),
        (["10.10.1.0/29"], [], ("10.10.1.6/29",)),
        (["10.10.1.0/29"], ["10.10.1.6"], ("10.10.1.5/29",)),
        (["10.10.1.0/24", "10.10.9.0/24"], [], ("10.10.1.250/24",)),
        (["10.10.1.0/30"], ["10.10.1.2"], None),
        (["10.10.1.7/32"], [], None),
        ([], [], None),
    ],
    ids=["far away", "taken", "small", "small and taken", "first of two", "full", "no room", "no podCIDR"],
)
def test_the_client_pod_takes_a_free_address(
    cidrs: list[str], endpoints: list[str], client: tuple[str, ...] | None
) -> None:
    found = addresses(planned(node(podCIDRs=cidrs), service(*endpoints)))
    assert found.get("worker-1/client") == client


def test_a_node_has_its_gateway_and_uplink() -> None:
    first, second = planned(node(), node("worker-2", 2)).nodes
    assert (first.netns, first.rundir) == ("r520-box_worker-1", "/run/reconcile-sandbox/box/worker-1")
    assert first.gateway_addresses == ("10.10.1.1/24", "fd00:10:1::1/64")
    assert (first.uplink, second.uplink) == ("node0", "node1")


def test_who_answers_where() -> None:
    endpoints = ["10.10.1.2", "172.30.0.1", "10.10.1.1", "203.0.113.9"]
    assert planned(node(), service(*endpoints)).listeners == (
        Listener("r520-box_worker-1", "10.10.1.1", "TCP", 8080, "worker-1/10.10.1.1:8080"),
        Listener("r520-box_worker-1_10.10.1.2", "10.10.1.2", "TCP", 8080, "worker-1/10.10.1.2:8080"),
        Listener("r520-box_worker-1", "172.30.0.1", "TCP", 8080, "worker-1/172.30.0.1:8080"),
        Listener("r520-box__world", "203.0.113.9", "TCP", 8080, "world/203.0.113.9:8080"),
    )


def test_each_port_of_each_endpoint_listens_once() -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "dns", "port": 53, "protocol": "UDP"}]
    endpoints: list[str | dict[str, Any]] = ["10.10.1.2", {"ip": "10.10.1.3", "ports": {"http": 8081}, "weight": 0}]
    twin = service("10.10.1.2", name="twin", clusterIPs=["10.96.0.11"])
    listeners = planned(node(), service(*endpoints, ports=ports), twin).listeners
    assert [(each.ip, each.protocol, each.port) for each in listeners] == [
        ("10.10.1.2", "TCP", 8080),
        ("10.10.1.2", "UDP", 53),
        ("10.10.1.3", "TCP", 8081),
        ("10.10.1.3", "UDP", 53),
    ]


def test_a_windows_node_is_built_as_others_and_told() -> None:
    topology = planned(node(), node("worker-2", 2, platform="windows"), service("10.10.2.2", "172.30.0.2"))
    assert (topology.played, [each.name for each in topology.nodes]) == (("worker-2",), ["worker-1", "worker-2"])
    assert topology.hosts == ()


def test_names_are_unique_short_and_the_same_every_time() -> None:
    cidrs = ["10.10.1.0/24", "10.10.7.0/24", "fd00:10:1::/64"]
    documents = (node(podCIDRs=cidrs), service("10.10.1.2", "10.10.7.2", "fd00:10:1:0:ffff:ffff:ffff:2"))
    pods = planned(*documents).nodes[0].pods
    assert len(pods) == len({pod.port for pod in pods}) == len({pod.mac for pod in pods}) == 4
    assert all(len(pod.port) <= 15 for pod in pods)
    assert planned(*documents) == planned(*documents)


def test_macs_are_local_and_unicast() -> None:
    topology = planned(node(), service("10.10.1.2"))
    macs = [topology.nodes[0].gateway_mac, *(pod.mac for pod in topology.nodes[0].pods)]
    assert {int(mac[:2], 16) & 3 for mac in macs} == {2}


@pytest.mark.parametrize("name", ["sandbox", "a", "a-b", "0", "a" * 20])
def test_good_names(name: str) -> None:
    assert names.checked(name) == name


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a.b", "../a", "a/b", "a b", "a\n", "a" * 21])
def test_bad_names(name: str) -> None:
    with pytest.raises(NodeError, match="cannot name a sandbox"):
        names.checked(name)


def test_a_sandbox_never_takes_the_namespaces_of_another_for_its_own() -> None:
    other = plan(intents(node(name="b-worker")), "a-b")
    assert not [netns for netns in other.namespaces if netns.startswith(names.prefix("a"))]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> state.State:
    monkeypatch.setattr(names, "RUN", tmp_path)
    (tmp_path / "box").mkdir()
    running = state.State("/intents", planned(node(), service("10.10.1.2", "fd00:10:1::2")))
    state.save(running)
    return running


def test_the_state_is_read_as_it_was_written(running: state.State) -> None:
    assert state.load("box") == running


@pytest.mark.parametrize(
    ("target", "netns"),
    [
        ("worker-1", "r520-box_worker-1"),
        ("worker-1/10.10.1.2", "r520-box_worker-1_10.10.1.2"),
        ("worker-1/fd00:10:1::2", "r520-box_worker-1_10.10.1.2"),
        ("10.10.1.2", "r520-box_worker-1_10.10.1.2"),
        ("fd00:10:1::2", "r520-box_worker-1_10.10.1.2"),
        ("worker-1/client", "r520-box_worker-1_client"),
    ],
)
def test_what_a_target_names(running: state.State, target: str, netns: str) -> None:
    assert running.find(target).netns == netns


def test_an_unknown_target_is_told_what_there_is(running: state.State) -> None:
    with pytest.raises(NodeError, match=r"no node or pod 'worker-9'.*worker-1, worker-1/10\.10\.1\.2, worker-1/client"):
        running.find("worker-9")


def test_a_sandbox_that_is_not_up(running: state.State) -> None:
    with pytest.raises(NodeError, match="sandbox other is not up: run `reconcile sandbox up --name other`"):
        state.load("other")


def test_a_state_of_another_version(running: state.State) -> None:
    state.path("box").write_text('{"intents": "/intents"}')
    with pytest.raises(NodeError, match="made by another version"):
        state.load("box")
