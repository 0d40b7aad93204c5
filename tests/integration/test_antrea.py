"""Bridges that Antrea programs: `worker-1` as v0.8 to v1.4 did, `worker-2` as it does since v1.6."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler import sandbox
from reconciler.intents import load
from reconciler.ofctl_text import parse_flows
from reconciler.ownership import COOKIE
from reconciler.sandbox import antrea, namespaces, state
from reconciler.sandbox.topology import TUNNEL_PORT, Machine
from tests.integration.chatting import chatting
from tests.integration.cluster import CLIENT, Cluster
from tests.integration.conftest import sandboxed

pytestmark = pytest.mark.node

HERE = Path(__file__).parent
ANTREA = ("worker-1", "worker-2")
OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")
FRAMES = HERE / "frames.py"
ENDPOINTS = {"10.96.1.1": "10.10.1.2", "10.96.1.2": "10.10.2.2", "10.96.1.3": "10.10.3.2"} | {
    "10.96.2.1": "172.30.0.1",
    "10.96.2.2": "172.30.0.2",
}
ISSUE1 = "table=105,priority=210,ct_state=+new+trk,ct_mark=0x21,ip,reg0=0x1/0xffff actions=resubmit(,110)"
LISTS = (
    (*OFCTL, "--no-stats", "dump-flows", "br-int"),
    (*OFCTL, "dump-groups", "br-int"),
    *(("ip", family, *words) for family in ("-4", "-6") for words in (("rule",), ("route", "show", "table", "all"))),
    ("ip", "neigh", "show", "nud", "permanent"),
    ("iptables-save",),
    ("ip6tables-save",),
    ("ipset", "save"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The sandbox of this module, in place of the one of the folder."""
    source, name = HERE / "antrea_intents", f"t{os.getpid()}-antrea"
    with sandboxed(tmp_path_factory.mktemp("antrea"), name, source, ANTREA) as cluster:
        yield cluster


@pytest.fixture
def found(cluster: Cluster) -> Cluster:
    """Nothing of ours on the nodes, and intents that do not say which version of Antrea it is."""
    return unsaid(cluster)


@pytest.fixture
def applied(built: Cluster) -> Cluster:
    """The same intents, applied over whatever is there."""
    built.restore()
    unsaid(built).serve()
    return built


def unsaid(cluster: Cluster) -> Cluster:
    nodes = cluster.intents / "nodes.yaml"
    nodes.write_text(nodes.read_text().replace('antrea: {version: "1.3"}\n', ""))
    return cluster


def machine(cluster: Cluster, node: str) -> Machine:
    return next(each for each in state.load(cluster.name).topology.nodes if each.name == node)


def lists(cluster: Cluster, node: str) -> list[list[str]]:
    """Everything that is on a node, but counters and the order of flows that do not overlap."""
    texts = (cluster.must(node, *argv) for argv in LISTS)
    return [sorted(re.sub(r"\[\d+:\d+\]|^#.*$", "", text, flags=re.MULTILINE).splitlines()) for text in texts]


def tunnelled(cluster: Cluster, node: str) -> int:
    """Frames that have left by the tunnel port."""
    told = cluster.must(node, *OFCTL, "dump-ports", "br-int", str(TUNNEL_PORT))
    found = re.search(r"tx pkts=(\d+)", told)
    assert found
    return int(found[1])


def appctl(cluster: Cluster, node: str, command: str) -> str:
    rundir = Path(machine(cluster, node).rundir)
    control = rundir / f"ovs-vswitchd.{(rundir / 'ovs-vswitchd.pid').read_text().strip()}.ctl"
    return cluster.must(node, "ovs-appctl", "-t", str(control), command)


def marks(cluster: Cluster, node: str, vip: str) -> set[str]:
    """The marks of the connections to a VIP in Antrea's zone."""
    table = appctl(cluster, node, "dpctl/dump-conntrack")
    lines = [line for line in table.splitlines() if f"dst={vip}," in line and "zone=65520" in line]
    return {re.search(r"mark=(\d+)", line)[1] if "mark=" in line else "0" for line in lines}  # type: ignore[index]


@contextmanager
def watched(cluster: Cluster, target: str, interface: str) -> Iterator[list[str]]:
    """Frames of an interface; the list is filled when the block ends."""
    netns = state.load(cluster.name).find(target).netns
    argv = namespaces.inside(netns, (sys.executable, "-u", str(FRAMES), interface))
    frames: list[str] = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "listening\n"
        try:
            yield frames
        finally:
            process.terminate()
            frames += process.stdout.read().splitlines()


@pytest.mark.parametrize("node", ANTREA)
def test_without_us_the_node_reaches_no_service(found: Cluster, node: str) -> None:
    (answer,) = found.ask(node, "10.96.1.1", 80, 1)
    assert answer.startswith("TimeoutError")


def test_with_us_every_path_works(applied: Cluster) -> None:
    applied.apply(node="worker-3")
    probes = sandbox.probe(applied.name)
    assert {probe.client for probe in probes} >= {"worker-1", "worker-2", "worker-1/client", "worker-2/client"}
    assert [probe for probe in probes if not probe.ok] == []


def test_the_generation_is_read_from_the_bridge(found: Cluster) -> None:
    shown = found.reconcile("show").stdout
    assert f"flow cookie=0x520,{ISSUE1}" in shown.splitlines()
    latest = found.reconcile("show", node="worker-2")
    assert [line for line in latest.stdout.splitlines() if line.startswith(("flow", "group"))] == []
    assert "note: Antrea v1.6 or later: its own flows keep the service mark and lead back" in latest.stderr


def test_a_bridge_without_antrea_is_named_with_what_was_looked_for(found: Cluster) -> None:
    nodes = found.intents / "nodes.yaml"
    nodes.write_text(nodes.read_text().replace("name: worker-3\n", "name: worker-3\npipeline: antrea\n"))
    done = found.reconcile("--check", node="worker-3")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "no pipeline of Antrea that is known here: looked for tables named ConntrackState, ServiceLB, UnSNAT" in line


class TestTheMarkConflict:
    """v0.8 to v1.4: a connection of the node to a pod here is committed twice."""

    def forget(self, cluster: Cluster) -> None:
        # One flush of 3.1.0 leaves some of them.
        while marks(cluster, "worker-1", "10.96.1.1"):
            appctl(cluster, "worker-1", "dpctl/flush-conntrack")

    def test_without_the_flow_the_third_packet_leaves_by_the_tunnel(self, applied: Cluster) -> None:
        applied.must("worker-1", *OFCTL, "del-flows", "br-int", "table=105,cookie=0x520/-1")
        self.forget(applied)
        before = tunnelled(applied, "worker-1")
        (answer,) = applied.ask("worker-1", "10.96.1.1", 80, 1)
        assert answer.startswith("TimeoutError")
        assert tunnelled(applied, "worker-1") > before
        assert marks(applied, "worker-1", "10.96.1.1") == {"32"}

    def test_with_the_flow_the_service_mark_stays(self, applied: Cluster) -> None:
        self.forget(applied)
        before = tunnelled(applied, "worker-1")
        assert applied.ask("worker-1", "10.96.1.1", 80, 5) == {"worker-1/10.10.1.2:8080": 5}
        assert tunnelled(applied, "worker-1") == before
        assert marks(applied, "worker-1", "10.96.1.1") == {"33"}


@pytest.mark.parametrize("node", ANTREA)
@pytest.mark.parametrize(("vip", "endpoint"), ENDPOINTS.items())
def test_each_packet_passes_the_gateway_once(applied: Cluster, node: str, vip: str, endpoint: str) -> None:
    with watched(applied, node, "antrea-gw0") as frames:
        answers = applied.ask(node, vip, 80, 5)
    assert sum(answers.values()) == 5
    assert all(f"/{endpoint}:" in answer for answer in answers), answers
    assert len(frames) >= 5 * 7, "a connection that is opened, answered and closed has seven packets at the least"
    assert [frame for frame, times in Counter(frames).items() if times > 1] == []


@pytest.mark.parametrize("node", ANTREA)
def test_each_packet_reaches_the_pod_once(applied: Cluster, node: str) -> None:
    number = node[-1]
    with watched(applied, f"{node}/10.10.{number}.2", "eth0") as frames:
        applied.ask(node, f"10.96.1.{number}", 80, 5)
    assert [frame for frame, times in Counter(frames).items() if times > 1] == []
    assert sum(frame.split()[6] == "2" for frame in frames) == 5, "one SYN a connection"


def test_our_priorities_are_free_in_their_tables(applied: Cluster) -> None:
    dump = applied.must("worker-1", *OFCTL, "--no-stats", "dump-flows", "br-int")
    places: dict[bool, set[tuple[int | str, int]]] = {True: set(), False: set()}
    for cookie, flow in parse_flows(dump):
        places[cookie == COOKIE].add((flow.table, flow.priority))
    assert places[True]
    assert places[True] & places[False] == set()


@pytest.mark.parametrize("node", ANTREA)
def test_a_restart_of_the_agent_leaves_ours_and_we_leave_its(applied: Cluster, node: str) -> None:
    there = machine(applied, node)
    bundle = antrea.program(
        there.antrea or "", antrea.bridge_of(there, state.load(applied.name).topology, load(applied.source))
    )
    applied.must(node, *OFCTL, "del-groups", "br-int")
    applied.must(node, *OFCTL, "bundle", "br-int", "-", stdin=bundle.replace("cookie=0x2", "cookie=0x3"))
    applied.must(node, *OFCTL, "del-flows", "br-int", "cookie=0x2000000000000/0xffff000000000000")
    applied.must(node, "ovs-vsctl", "--timeout=10", "set", "Bridge", "br-int", "external_ids:roundNum=3")
    before = lists(applied, node)
    assert applied.reconcile("--check", node=node).returncode == 0
    applied.apply(node=node)
    assert lists(applied, node) == before
    assert applied.ask(node, "10.96.1.1", 80, 2) == {"worker-1/10.10.1.2:8080": 2}


@pytest.mark.parametrize("node", ANTREA)
def test_release_leaves_the_node_as_it_was(found: Cluster, node: str) -> None:
    before = lists(found, node)
    found.apply(node=node)
    assert lists(found, node) != before
    found.apply("release", node=node)
    assert lists(found, node) == before


def test_a_deleted_flow_is_put_back(applied: Cluster) -> None:
    applied.must("worker-1", *OFCTL, "--strict", "del-flows", "br-int", ISSUE1.partition(" ")[0])
    done = applied.reconcile("--check")
    assert done.returncode == 2
    assert f"flow cookie=0x520,{ISSUE1}" in done.stdout
    applied.apply()
    assert applied.ask("worker-1", "10.96.1.1", 80, 2) == {"worker-1/10.10.1.2:8080": 2}


class TestProxyAll:
    """Antrea leads the node's own packets to services itself: ours stays away."""

    @pytest.fixture
    def serving(self, found: Cluster) -> Iterator[Cluster]:
        gateway = ("dev", "antrea-gw0")
        found.must("worker-2", "ip", "neigh", "add", "169.254.0.253", "lladdr", "aa:bb:cc:dd:ee:ff", *gateway)
        found.must("worker-2", "ip", "route", "add", "169.254.0.253/32", *gateway, "scope", "link")
        found.must("worker-2", "ip", "route", "add", "10.96.0.0/12", "via", "169.254.0.253", *gateway, "onlink")
        yield found
        found.must("worker-2", "ip", "route", "del", "10.96.0.0/12")
        found.must("worker-2", "ip", "route", "del", "169.254.0.253/32")
        found.must("worker-2", "ip", "neigh", "del", "169.254.0.253", *gateway)

    def test_nothing_of_ours_is_needed_or_touched(self, serving: Cluster) -> None:
        before = lists(serving, "worker-2")
        done = serving.reconcile(node="worker-2")
        assert done.returncode == 0
        assert "Antrea (proxyAll) leads this node's own packets to services" in done.stdout + done.stderr
        serving.apply("release", node="worker-2")
        assert lists(serving, "worker-2") == before
        answers = serving.must("worker-2", sys.executable, str(CLIENT), "tcp", "10.96.1.2", "80", "1")
        assert answers.strip() == "worker-2/10.10.2.2:8080"


@pytest.mark.parametrize("node", ANTREA)
@pytest.mark.parametrize("vip", ["10.96.1.3", "fd00:96:1::3"])
def test_a_client_of_the_node_that_was_there_before_us_is_served_and_antreas_connections_stay(
    found: Cluster, node: str, vip: str
) -> None:
    with chatting(found, node, vip) as chat, chatting(found, f"{node}/client", vip) as pod:
        assert chat.ask("send") == "sent"
        assert "worker-3/" in pod.ask()
        kept = f"sport={pod.port},dport=53)"
        found.apply(node=node)
        assert "worker-3/" in chat.ask()
        assert kept in appctl(found, node, "dpctl/dump-conntrack")
