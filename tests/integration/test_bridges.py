"""Bridges as they come: either fail mode, ordinary L2 as before, and pods that OVSDB does not tell of."""

from collections.abc import Iterator

import pytest

from tests.integration.cluster import Cluster

pytestmark = pytest.mark.node


@pytest.fixture
def secure(cluster: Cluster) -> Cluster:
    cluster.must("worker-1", "ovs-vsctl", "set-fail-mode", "br-int", "secure")
    cluster.must("worker-1", "ovs-ofctl", "del-flows", "br-int")
    return cluster


def test_a_bridge_in_fail_mode_secure_serves_too(secure: Cluster) -> None:
    try:
        secure.apply()
        for client in ("worker-1", "worker-1/client", "worker-1/10.10.1.2"):
            assert set(secure.ask(client, "10.96.0.15", 80, 2)) == {"worker-1/10.10.1.2:8085"}
            assert set(secure.ask(client, "10.96.0.12", 80, 2)) == {"worker-2/172.30.0.2:8082"}
    finally:
        secure.must("worker-1", "ovs-vsctl", "set-fail-mode", "br-int", "standalone")
        secure.fresh()
        secure.must("worker-1", "ovs-ofctl", "add-flow", "br-int", "priority=0,actions=NORMAL")


def test_ordinary_traffic_is_the_same_before_and_after(cluster: Cluster) -> None:
    def direct() -> list[dict[str, int]]:
        targets = (("10.10.1.2", 8080), ("fd00:10:1::3", 8080), ("172.30.0.1", 8081), ("10.10.2.2", 8083))
        clients = ("worker-1", "worker-1/client")
        return [dict(cluster.ask(client, ip, port, 3)) for client in clients for ip, port in targets]

    before = direct()
    cluster.apply()
    assert direct() == before
    assert all(sum(answers.values()) == 3 and len(answers) == 1 and "/" in next(iter(answers)) for answers in before)


POD = 'external_ids:ip-address="10.10.1.2,fd00:10:1::2"'


def port_of_pod(cluster: Cluster) -> str:
    name = cluster.must("worker-1", "ovs-vsctl", "--bare", "--columns=name", "find", "interface", POD).strip()
    assert name
    return name


@pytest.fixture
def unknown_pod(cluster: Cluster) -> Iterator[Cluster]:
    name = port_of_pod(cluster)
    cluster.must("worker-1", "ovs-vsctl", "remove", "interface", name, "external_ids", "ip-address")
    yield cluster
    cluster.must("worker-1", "ovs-vsctl", "set", "interface", name, POD)


def test_a_pod_that_ovsdb_does_not_know_is_reached_through_the_gateway(unknown_pod: Cluster) -> None:
    done = unknown_pod.reconcile()
    assert done.returncode == 0
    assert "10.10.1.2 (shop/" in done.stderr
    assert "it is delivered through gw0" in done.stderr
    for client in ("worker-1", "worker-1/client"):
        for vip in ("10.96.0.15", "fd00:96::15"):
            (answer,) = unknown_pod.ask(client, vip, 80, 6)
            assert answer.endswith(":8085"), answer
    # As a client it is served as every other.
    assert set(unknown_pod.ask("worker-1/10.10.1.2", "10.96.0.12", 80, 3)) == {"worker-2/172.30.0.2:8082"}


def test_a_pod_that_moves_to_another_port_is_followed(applied: Cluster) -> None:
    port = port_of_pod(applied)
    applied.must("worker-1", "ovs-vsctl", "set", "interface", port, "ofport_request=77")
    try:
        plan = applied.reconcile("--check")
        assert plan.returncode == 2
        assert "output:77" in plan.stdout
        applied.apply()
        assert set(applied.ask("worker-1/10.10.1.2", "10.96.0.15", 80, 2)) == {"worker-1/10.10.1.2:8085"}
    finally:
        applied.must("worker-1", "ovs-vsctl", "clear", "interface", port, "ofport_request")
