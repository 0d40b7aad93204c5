"""Every path of the product with real packets: client, family and protocol against every kind of endpoint."""

import sys

import pytest

from reconciler import sandbox
from tests.integration.cluster import CLIENT, Cluster

pytestmark = pytest.mark.node

V6 = {"10.10.1.2": "fd00:10:1::2", "10.10.1.3": "fd00:10:1::3", "10.10.2.2": "fd00:10:2::2"} | {
    "172.30.0.1": "fd00:172::1",
    "172.30.0.2": "fd00:172::2",
}
SERVICES = {
    "pods": (10, ("10.10.1.2", "10.10.1.3"), 8080, 53),
    "host": (11, ("172.30.0.1",), 8081, 5301),
    "remote-host": (12, ("172.30.0.2",), 8082, 5302),
    "remote-pod": (13, ("10.10.2.2",), 8083, 5303),
    "mix": (14, ("10.10.1.2", "172.30.0.1", "10.10.2.2", "172.30.0.2"), 8084, 5304),
    "alone": (15, ("10.10.1.2",), 8085, 5305),
}
CLIENTS = ("worker-1", "worker-1/client", "worker-1/10.10.1.2")


def identity(ip: str, port: int) -> str:
    node = "worker-1" if ip in {"10.10.1.2", "10.10.1.3", "172.30.0.1"} else "worker-2"
    return f"{node}/{ip}:{port}"


def identity6(ip: str, port: int) -> str:
    return identity(ip, port).replace(ip, f"[{V6[ip]}]")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("service", SERVICES)
class TestEveryPath:
    def test_tcp_over_ipv4(self, serving: Cluster, client: str, service: str) -> None:
        last, endpoints, port, _ = SERVICES[service]
        answers = serving.ask(client, f"10.96.0.{last}", 80, 40)
        assert set(answers) == {identity(ip, port) for ip in endpoints}

    def test_tcp_over_ipv6(self, serving: Cluster, client: str, service: str) -> None:
        last, endpoints, port, _ = SERVICES[service]
        answers = serving.ask(client, f"fd00:96::{last}", 80, 40)
        assert set(answers) == {identity6(ip, port) for ip in endpoints}

    def test_udp_over_ipv4(self, serving: Cluster, client: str, service: str) -> None:
        last, endpoints, _, port = SERVICES[service]
        answers = serving.ask(client, f"10.96.0.{last}", 53, 40, "udp")
        assert set(answers) == {identity(ip, port) for ip in endpoints}

    def test_udp_over_ipv6(self, serving: Cluster, client: str, service: str) -> None:
        last, endpoints, _, port = SERVICES[service]
        answers = serving.ask(client, f"fd00:96::{last}", 53, 40, "udp")
        assert set(answers) == {identity6(ip, port) for ip in endpoints}


@pytest.mark.parametrize("client", CLIENTS)
def test_weights_are_honoured(serving: Cluster, client: str) -> None:
    answers = serving.ask(client, "10.96.0.16", 80, 800)
    heavy, light = answers["worker-1/10.10.1.2:8086"], answers["worker-1/10.10.1.3:8086"]
    assert heavy + light == 800, answers
    # 3:1 of 800 is 600; six standard deviations are 74.
    assert 526 <= heavy <= 674


def test_a_tiny_weight_does_not_skew_the_others(serving: Cluster) -> None:
    answers = serving.ask("worker-1/client", "10.96.0.20", 80, 1200)
    heavy, light = answers["worker-1/10.10.1.2:8088"], answers["worker-1/10.10.1.3:8088"]
    assert sum(answers.values()) == heavy + light + answers["worker-2/10.10.2.2:8088"] == 1200, answers
    # 2:1 of 1200 is 800; the selection method `hash`, to which such weights would fall back, gives 900.
    assert 740 <= heavy <= 855


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("vip", ["10.96.0.17", "fd00:96::17", "10.96.0.18"])
def test_a_service_without_endpoints_is_refused_at_once(serving: Cluster, client: str, vip: str) -> None:
    (answer,) = serving.ask(client, vip, 80, 2)
    assert answer.startswith("ConnectionRefusedError"), "a reset, not a time-out"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("vip", ["10.96.0.17", "fd00:96::17"])
def test_udp_to_a_service_without_endpoints_is_refused_at_once(serving: Cluster, client: str, vip: str) -> None:
    (answer,) = serving.ask(client, vip, 53, 1, "udp")
    # The node's own kernel says EPERM to the sender when a local packet is rejected; a pod gets the ICMP error.
    assert answer.startswith("PermissionError" if client == "worker-1" else "ConnectionRefusedError")


def test_sctp_flows_are_installed(serving: Cluster) -> None:
    flows = serving.must("worker-1", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int", "cookie=0x520/-1")
    assert "sctp,nw_dst=10.96.0.19,tp_dst=2905 actions=group:" in flows
    assert "sctp6,ipv6_dst=fd00:96::19,tp_dst=2905 actions=group:" in flows


def test_the_probe_agrees(serving: Cluster) -> None:
    probes = sandbox.probe(serving.name)
    assert [p for p in probes if not p.ok] == []


def test_pods_reach_each_other_and_the_node_directly_as_before(serving: Cluster) -> None:
    for client, ip in (
        ("worker-1/client", "10.10.1.2"),
        ("worker-1/10.10.1.3", "10.10.1.2"),
        ("worker-1", "10.10.1.2"),
    ):
        assert serving.ask(client, ip, 8080, 3) == {"worker-1/10.10.1.2:8080": 3}
    assert serving.ask("worker-1/client", "172.30.0.1", 8081, 3) == {"worker-1/172.30.0.1:8081": 3}
    assert serving.ask("worker-1/client", "fd00:10:2::2", 8083, 3) == {"worker-2/[fd00:10:2::2]:8083": 3}


def test_vip_and_direct_connections_in_turn_never_fail(serving: Cluster) -> None:
    targets = ("10.96.0.10", "80", "10.10.1.2", "8080", "10.10.1.3", "8080")
    for client in ("worker-1/client", "worker-1"):
        failures = serving.must(client, sys.executable, str(CLIENT), "turns", "2000", *targets)
        assert failures == ""
