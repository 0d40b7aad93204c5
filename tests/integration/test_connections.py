"""Established connections survive; changes of endpoints move only new connections."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.sandbox import namespaces, state
from tests.integration.cluster import CLIENT, Cluster

pytestmark = pytest.mark.node

PODS = "endpoints: [{ip: 10.10.1.2}, {ip: 10.10.1.3}, "


@contextmanager
def held(cluster: Cluster, client: str, ip: str, port: int) -> Iterator["Connection"]:
    netns = state.load(cluster.name).find(client).netns
    argv = namespaces.inside(netns, (sys.executable, str(CLIENT), "hold", ip, str(port)))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Connection(process)


class Connection:
    """An open TCP connection to an echo server."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.answered_by = self._read()

    def echo(self, text: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


def endpoints(cluster: Cluster, text: str) -> None:
    path = cluster.intents / "shop" / "paths.yaml"
    original = path.read_text()
    assert PODS in original
    path.write_text(original.replace(PODS, text, 1))


@pytest.mark.parametrize("client", ["worker-1", "worker-1/client"])
@pytest.mark.parametrize("service", [10, 11, 12, 13, 14, 15])
def test_an_established_connection_survives_every_reconcile(applied: Cluster, client: str, service: int) -> None:
    with held(applied, client, f"10.96.0.{service}", 80) as connection:
        assert "/" in connection.answered_by
        for number in range(3):
            applied.must("worker-1", "ipset", "flush", "0x520-svc4")
            applied.must("worker-1", "ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")
            applied.apply()
            assert connection.echo(f"hello {number}") == f"hello {number}"


def test_a_connection_survives_when_the_other_endpoint_goes(applied: Cluster) -> None:
    with held(applied, "worker-1/client", "10.96.0.10", 80) as connection:
        kept = connection.answered_by.removeprefix("worker-1/").removesuffix(":8080")
        endpoints(applied, f"endpoints: [{{ip: {kept}}}, ")
        applied.apply()
        assert connection.echo("still here") == "still here"
        assert set(applied.ask("worker-1/client", "10.96.0.10", 80, 20)) == {f"worker-1/{kept}:8080"}


def test_a_drained_endpoint_keeps_its_connections_and_gets_no_new_ones(applied: Cluster) -> None:
    with held(applied, "worker-1", "10.96.0.10", 80) as connection:
        drained = connection.answered_by.removeprefix("worker-1/").removesuffix(":8080")
        other = {"10.10.1.2": "10.10.1.3", "10.10.1.3": "10.10.1.2"}[drained]
        endpoints(applied, f"endpoints: [{{ip: {drained}, weight: 0}}, {{ip: {other}}}, ")
        applied.apply()
        assert connection.echo("finishing") == "finishing"
        assert set(applied.ask("worker-1", "10.96.0.10", 80, 20)) == {f"worker-1/{other}:8080"}


def test_one_endpoint_more_is_one_group_changed(applied: Cluster) -> None:
    endpoints(applied, "endpoints: [{ip: 10.10.1.2}, {ip: 10.10.1.3}, {ip: 10.10.1.4}, ")
    lines = [line for line in applied.reconcile("--check").stdout.splitlines() if not line.startswith("  ")]
    assert [line.split(" ")[:2] for line in lines[:-1]] == [["~", "group"], ["~", "group"]], "one for each of two ports"
    assert lines[-1] == "worker-1: 0 to create, 2 to update, 0 to delete"


@contextmanager
def forgetful(cluster: Cluster) -> Iterator[None]:
    """UDP connections of our zone expire within a second, in place of thirty."""
    vsctl = ("ovs-vsctl", "--timeout=10")
    datapath = ("--id=@d", "create", "Datapath", "datapath_version=0")
    cluster.must("worker-1", *vsctl, "--", *datapath, "--", "set", "Open_vSwitch", ".", "datapaths:netdev=@d")
    policy = ("udp_first=1", "udp_single=1", "udp_multiple=1")
    cluster.must("worker-1", *vsctl, "add-zone-tp", "netdev", "zone=1312", *policy)
    try:
        yield
    finally:
        cluster.must("worker-1", *vsctl, "clear", "Open_vSwitch", ".", "datapaths")


@pytest.mark.parametrize(("ip", "port"), [("10.10.1.2", 5305), ("10.96.0.15", 53)], ids=["direct", "balanced"])
def test_a_udp_connection_that_conntrack_forgot_goes_on(applied: Cluster, ip: str, port: int) -> None:
    with forgetful(applied):
        answers = applied.must("worker-1/client", sys.executable, str(CLIENT), "idle", ip, str(port), "1.5")
    assert answers.splitlines() == ["worker-1/10.10.1.2:5305"] * 2


LEAVING = """
kind: Service
name: leaving
clusterIPs: [10.96.0.41, "fd00:96::41"]
ports: [{{port: 80, targetPort: 8085}}]
endpoints: {endpoints}
"""


@pytest.mark.parametrize("vip", ["10.96.0.41", "fd00:96::41"])
@pytest.mark.parametrize("client", ["worker-1", "worker-1/client"])
def test_a_connection_drains_when_the_service_has_no_endpoints_and_when_it_goes(
    cluster: Cluster, client: str, vip: str
) -> None:
    cluster.write("leaving.yaml", LEAVING.format(endpoints='[{ip: 10.10.1.2}, {ip: "fd00:10:1::2"}]'))
    cluster.apply()
    with held(cluster, client, vip, 80) as connection:
        cluster.write("leaving.yaml", LEAVING.format(endpoints="[]"))
        cluster.apply()
        assert connection.echo("no endpoints") == "no endpoints"
        assert cluster.ask(client, vip, 80, 2) == {"ConnectionRefusedError: [Errno 111] Connection refused": 2}
        (cluster.intents / "leaving.yaml").unlink()
        cluster.apply()
        assert connection.echo("no service") == "no service"
