"""Nodes that are not as most are: each converges, serves, and says what the operator should know."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.sandbox import namespaces
from reconciler.system.commands import run
from tests.integration.cluster import Cluster
from tests.integration.test_bridges import POD, port_of_pod
from tests.integration.test_connections import held

pytestmark = pytest.mark.node


def converges(cluster: Cluster, *arguments: str) -> str:
    """Apply, and see that nothing is left to do; the notes."""
    done = cluster.reconcile(*arguments)
    assert done.returncode == 0, done.stderr
    again = cluster.reconcile("--check")
    assert again.returncode == 0, again.stdout
    return done.stderr


def edit_node(cluster: Cluster, old: str, new: str) -> None:
    nodes = cluster.intents / "nodes.yaml"
    assert old in nodes.read_text()
    nodes.write_text(nodes.read_text().replace(old, new, 1))


@contextmanager
def undone(cluster: Cluster, do: str, undo: str) -> Iterator[None]:
    cluster.must("worker-1", *do.split(" "))
    try:
        yield
    finally:
        cluster.must("worker-1", *undo.split(" "))


@pytest.mark.parametrize(
    ("virtual_ips", "vips"),
    [("[169.254.0.253]", ["10.96.0.11", "10.96.0.15"]), ('["fc01::1"]', ["fd00:96::11", "fd00:96::15"]), ("[]", [])],
)
def test_virtual_ips_of_one_family_or_none(cluster: Cluster, virtual_ips: str, vips: list[str]) -> None:
    edit_node(cluster, "bridge: br-int\n", f"bridge: br-int\nvirtualIPs: {virtual_ips}\n")
    assert "address in virtualIPs: the node's own clients are not served" in converges(cluster)
    for vip in vips:
        assert len(cluster.ask("worker-1", vip, 80, 3)) == 1
    assert cluster.ask("worker-1/client", "10.96.0.15", 80, 2) == {"worker-1/10.10.1.2:8085": 2}


@pytest.mark.parametrize(
    "told",
    [
        'external_ids:ip-address="10.10.1.2,FD00:10:1:0::2"',
        'external_ids:ip-address="10.10.1.2/24"',
        'external_ids:ip-address="not-an-ip"',
        'external_ids:ip-address="10.10.1.2 fd00:10:1::2"',
        'external_ids:ip-address="10.10.1.2\\nflow add table=0,actions=drop"',
        'external_ids:attached-mac="2:0:0:0:0:1"',
    ],
)
def test_strange_records_of_a_pod_do_no_harm(cluster: Cluster, told: str) -> None:
    name = port_of_pod(cluster)
    mac = cluster.must("worker-1", "ovs-vsctl", "get", "interface", name, "external_ids:attached-mac").strip()
    cluster.must("worker-1", "ovs-vsctl", "set", "interface", name, told)
    try:
        noted = converges(cluster)
        assert (f"Interface {name}: attached-mac" in noted) == ("FD00" not in told)
        assert len(cluster.ask("worker-1/client", "10.96.0.12", 80, 2)) == 1
    finally:
        cluster.must("worker-1", "ovs-vsctl", "set", "interface", name, POD, f"external_ids:attached-mac={mac}")


@pytest.mark.parametrize(
    ("do", "undo"),
    [
        ("ip -6 addr add fd00:96:ffff::1/64 dev gw0 nodad", "ip -6 addr del fd00:96:ffff::1/64 dev gw0"),
        ("ip addr add 169.254.0.1/24 dev gw0", "ip addr del 169.254.0.1/24 dev gw0"),
        ("ip addr add 192.0.2.1/24 dev gw0", "ip addr del 192.0.2.1/24 dev gw0"),
    ],
)
def test_a_gateway_with_several_addresses(cluster: Cluster, do: str, undo: str) -> None:
    with undone(cluster, do, undo):
        converges(cluster)
        for vip in ("10.96.0.11", "10.96.0.12", "10.96.0.15", "fd00:96::11", "fd00:96::12", "fd00:96::15"):
            (answer,) = cluster.ask("worker-1", vip, 80, 2)
            assert "/" in answer, f"{vip}: {answer}"


def test_the_bridges_own_port_as_gateway(cluster: Cluster) -> None:
    with undone(cluster, "ip addr add 10.10.1.250/24 dev br-int", "ip addr del 10.10.1.250/24 dev br-int"):
        cluster.must("worker-1", "ip", "link", "set", "br-int", "up")
        edit_node(cluster, "gw0", "br-int")
        converges(cluster)
        flows = cluster.must("worker-1", "ovs-ofctl", "dump-flows", "br-int", "cookie=0x520/-1")
        assert "in_port=LOCAL" in flows
        assert cluster.reconcile("release").returncode == 0
    cluster.must("worker-1", "ip", "link", "set", "br-int", "down")


def test_a_small_mtu_on_the_way_is_learnt(applied: Cluster) -> None:
    world = f"r520-{applied.name}__world"

    def in_world(command: str) -> None:
        run(namespaces.inside(world, command.split(" ")))

    # Of the route, not of the link: a veth also drops what comes from its peer and is larger than its own MTU.
    narrow = "ip route replace 172.30.0.2 via 169.254.1.2 dev node1 onlink"
    in_world("ip addr add 172.30.9.9/32 dev lo")
    in_world(f"{narrow} mtu 1300")
    try:
        for client in ("worker-1", "worker-1/client"):
            with held(applied, client, "10.96.0.12", 80) as connection:
                assert connection.echo("x" * 50_000) == "x" * 50_000
            assert "mtu 1300" in applied.must(client, "ip", "route", "get", "10.96.0.12")
    finally:
        in_world(narrow)
        in_world("ip addr del 172.30.9.9/32 dev lo")


def test_udp_to_an_endpoint_where_nobody_listens_is_refused_at_once(cluster: Cluster) -> None:
    service = (
        "kind: Service\nname: deaf\nclusterIPs: [10.96.9.9]\nports: [{port: 53, protocol: UDP, targetPort: 5999}]\n"
    )
    for endpoint, client in (
        ("172.30.0.1", "worker-1"),
        ("172.30.0.2", "worker-1"),
        ("10.10.1.2", "worker-1"),
        ("10.10.1.2", "worker-1/10.10.1.2"),
        ("172.30.0.2", "worker-1/client"),
    ):
        cluster.write("deaf.yaml", f"{service}endpoints: [{{ip: {endpoint}}}]\n")
        cluster.apply()
        (answer,) = cluster.ask(client, "10.96.9.9", 53, 1, "udp")
        assert answer.startswith("ConnectionRefusedError"), f"{client} -> {endpoint}: {answer}"


def test_any_byte_in_a_foreign_comment(cluster: Cluster) -> None:
    comment = "iptables -{} INPUT -m comment --comment $(printf 'caf\\351') -j ACCEPT"
    cluster.must("worker-1", "sh", "-c", comment.format("A"))
    try:
        converges(cluster)
    finally:
        cluster.must("worker-1", "sh", "-c", comment.format("D"))
