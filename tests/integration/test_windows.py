"""Windows nodes on a real Open vSwitch: the real command, packets as they go, and a stand-in for PowerShell."""

import os
import re
from collections.abc import Iterator

import pytest

from tests.integration.cluster import INTENTS
from tests.integration.conftest import sandboxed
from tests.integration.windows import WindowsCluster, install, script

pytestmark = pytest.mark.node

NODES = ("win-1", "win-2")
ANTREA = ("win-4", "win-5", "win-6")
"""On bridges that Antrea programs: v1.3, and the latest in either mode."""
SOURCE = INTENTS.parent / "windows_intents"
SERVICES = {
    "10.111.43.196": ("win-1/10.10.1.2", 8080, 5300),
    "10.105.113.209": ("win-2/10.10.2.2", 8080, 5300),
    "10.96.0.11": ("win-1/172.30.0.1", 8081, 5301),
    "10.96.0.12": ("win-2/172.30.0.2", 8082, 5302),
    "10.96.0.13": ("worker-3/172.30.0.3", 8083, 5303),
    "10.96.0.14": ("worker-3/10.10.3.2", 8084, 5304),
}
"""Of each node one is a pod of its own, one its own host network, the rest elsewhere."""
WITH_ANTREA = {
    "10.96.0.24": "win-4/10.10.4.2:8080",
    "10.96.0.34": "win-4/172.30.0.4:8084",
    "10.96.0.25": "win-5/10.10.5.2:8080",
    "10.96.0.35": "win-5/172.30.0.5:8085",
    "10.96.0.26": "win-6/10.10.6.2:8080",
    "10.96.0.36": "win-6/172.30.0.6:8086",
    "10.96.0.13": "worker-3/172.30.0.3:8083",
}
OWN_IPV6 = {
    "win-1": {"fd00:96::1": "win-1/[fd00:10:1::2]:8080", "fd00:96::11": "win-1/[fd00:172::1]:8081"},
    "win-2": {"fd00:96::2": "win-2/[fd00:10:2::2]:8080", "fd00:96::12": "win-2/[fd00:172::2]:8082"},
}


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowsCluster]:
    folder = tmp_path_factory.mktemp("windows")
    install(folder)
    with sandboxed(folder, f"t{os.getpid()}-win", SOURCE, (*NODES, *ANTREA)) as built:
        yield WindowsCluster(built.name, built.intents, built.source, built.nodes)


@pytest.fixture(scope="module")
def serving(windows: WindowsCluster) -> WindowsCluster:
    """Every node served once, for the tests that change nothing."""
    windows.serve()
    return windows


@pytest.fixture
def served(windows: WindowsCluster) -> WindowsCluster:
    """The nodes without Antrea served again, for tests that change something there."""
    windows.restore()
    for node in NODES:
        windows.apply(node=node)
    return windows


@pytest.mark.parametrize("client", [*NODES, *(f"{node}/client" for node in NODES)])
@pytest.mark.parametrize("vip", SERVICES)
class TestEveryPath:
    def test_tcp(self, serving: WindowsCluster, client: str, vip: str) -> None:
        who, tcp, _ = SERVICES[vip]
        assert serving.ask(client, vip, 80, 5) == {f"{who}:{tcp}": 5}

    def test_udp(self, serving: WindowsCluster, client: str, vip: str) -> None:
        who, _, udp = SERVICES[vip]
        assert serving.ask(client, vip, 53, 5, "udp") == {f"{who}:{udp}": 5}


@pytest.mark.parametrize("node", ANTREA)
@pytest.mark.parametrize("vip", WITH_ANTREA)
def test_on_a_bridge_that_antrea_programs(serving: WindowsCluster, node: str, vip: str) -> None:
    assert serving.ask(node, vip, 80, 5) == {WITH_ANTREA[vip]: 5}


@pytest.mark.parametrize("node", ANTREA)
def test_beside_antrea_the_second_pass_has_nothing_to_do(serving: WindowsCluster, node: str) -> None:
    assert serving.reconcile("--check", node=node).returncode == 0


def test_where_antrea_leads_the_nodes_packets_nothing_is_ours(serving: WindowsCluster) -> None:
    state = serving.state("win-6")
    theirs = {"DestinationPrefix": "169.254.0.253/32", "NextHop": "0.0.0.0", "RouteMetric": 256}  # noqa: S104
    neighbour = {"IPAddress": "169.254.0.253", "LinkLayerAddress": "AA-BB-CC-DD-EE-FF", "State": "Permanent"}
    serving.change({"routes": [theirs], "neighbors": [neighbour], "nats": []}, "win-6")
    done = serving.reconcile("--check", "--allow-deletes", node="win-6")
    serving.change(state, "win-6")
    assert "Antrea (proxyAll) leads this node's own packets" in done.stderr
    assert not any(line.startswith(("+", "~")) or " net" in line for line in done.stdout.splitlines())


@pytest.mark.parametrize("node", NODES)
def test_over_ipv6_a_node_reaches_what_is_on_it(served: WindowsCluster, node: str) -> None:
    for vip, who in OWN_IPV6[node].items():
        assert served.ask(node, vip, 80, 3) == {who: 3}


@pytest.mark.parametrize("client", ["win-1", "win-1/client", "win-2"])
def test_nobody_answers_for_a_service_without_endpoints(served: WindowsCluster, client: str) -> None:
    (answer,) = served.ask(client, "10.96.0.17", 80, 1)
    assert answer.startswith("TimeoutError")


@pytest.mark.parametrize("node", NODES)
def test_the_second_pass_has_nothing_to_do_and_asks_once(served: WindowsCluster, node: str) -> None:
    served.change({"asked": []}, node)
    assert served.reconcile("--check", node=node).returncode == 0
    assert served.state(node)["asked"] == ["read"]


def test_a_pass_asks_to_read_to_apply_and_to_read_back(served: WindowsCluster) -> None:
    assert served.reconcile("release").returncode == 0
    served.change({"asked": []})
    served.apply(node="win-1")
    assert served.state()["asked"] == ["read", "apply", "read"]


@pytest.mark.parametrize("node", NODES)
def test_release_leaves_nothing_of_ours_and_all_that_is_not(served: WindowsCluster, node: str) -> None:
    foreign = {"DestinationPrefix": "198.51.100.0/24", "NextHop": "10.10.1.9", "RouteMetric": 256}
    nat = {"Name": "somebody", "InternalIPInterfaceAddressPrefix": "192.0.2.0/24"}
    state = served.state(node)
    served.change({"routes": [*state["routes"], foreign], "nats": [*state["nats"], nat]}, node)
    assert served.reconcile("release", node=node).returncode == 0
    left = served.state(node)
    assert (left["routes"], left["neighbors"], left["nats"]) == ([foreign], [], [nat])
    assert "cookie=0x520," not in served.must(node, "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int")
    served.change({"routes": [], "nats": []}, node)


def test_drift_is_found_and_mended(served: WindowsCluster) -> None:
    # The field note answers for its second address with the first one's.
    flow = "cookie=0x520,table=0,priority=310,arp,in_port=1,arp_tpa=10.105.113.209,arp_op=1 actions=drop"
    served.must("win-1", "ovs-ofctl", "-O", "OpenFlow15", "add-flow", "br-int", flow)
    served.must("win-1", "ip", "route", "del", "10.111.43.196/32")
    routes = [r for r in served.state()["routes"] if r["DestinationPrefix"] != "10.111.43.196/32"]
    served.change({"routes": routes})
    check = served.reconcile("--check")
    assert check.returncode == 2
    assert "+ netroute New-NetRoute -InterfaceAlias gw0 -DestinationPrefix 10.111.43.196/32" in check.stdout
    assert "win-1: 1 to create, 1 to update, 0 to delete" in check.stdout
    served.apply(node="win-1")
    assert served.ask("win-1", "10.111.43.196", 80, 2) == {"win-1/10.10.1.2:8080": 2}


def test_a_change_that_fails_is_named_and_does_not_stop_the_others(served: WindowsCluster) -> None:
    assert served.reconcile("release").returncode == 0
    served.change({"fails": {"change": 2, "category": "InvalidArgument", "message": "The parameter is incorrect."}})
    done = served.reconcile()
    served.change({"fails": {}})
    assert done.returncode == 1
    assert "windows: create `New-Net" in done.stderr
    assert done.stderr.count("The parameter is incorrect.") == 1
    check = served.reconcile("--check")
    assert "win-1: 1 to create, 0 to update, 0 to delete" in check.stdout


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ({"verb": "read", "category": "PermissionDenied", "message": "Access is denied."}, "run as Administrator"),
        (
            {
                "verb": "read",
                "category": "ResourceUnavailable",
                "id": "Modules_ModuleNotFound,Microsoft.PowerShell.Commands.ImportModuleCommand",
                "message": "The specified module 'NetNat' was not loaded.",
            },
            "module 'NetNat' was not loaded: they come with Windows Server 2016 or newer",
        ),
    ],
)
def test_what_only_a_person_can_mend_is_said(served: WindowsCluster, fails: dict[str, str], said: str) -> None:
    served.change({"fails": fails})
    done = served.reconcile("--check")
    served.change({"fails": {}})
    assert done.returncode == 1
    assert said in done.stderr


def test_a_foreign_route_in_the_way_is_named(served: WindowsCluster) -> None:
    foreign = {"DestinationPrefix": "10.96.0.11/32", "NextHop": "169.254.0.253", "RouteMetric": 50}
    kept = [route for route in served.state()["routes"] if route["DestinationPrefix"] != "10.96.0.11/32"]
    served.change({"routes": [*kept, foreign]})
    done = served.reconcile("--check")
    own = {"DestinationPrefix": "10.96.0.11/32", "NextHop": "10.96.0.11", "RouteMetric": 1312}
    served.change({"routes": [*kept, own]})
    assert done.returncode == 1
    assert "a foreign netroute is in the way" in done.stderr
    assert "-NextHop 169.254.0.253 -RouteMetric 50" in done.stderr


def test_nothing_is_masqueraded_twice(served: WindowsCluster) -> None:
    assert served.reconcile("release").returncode == 0
    theirs = {"Name": "antrea-nat-nodeport", "InternalIPInterfaceAddressPrefix": "169.254.0.253/32"}
    served.change({"nats": [theirs]})
    plan = served.reconcile("--check").stdout
    served.change({"nats": []})
    assert "netroute" in plan
    assert "netnat" not in plan


WITHOUT_LINUX = """
import sys
sys.modules["pyroute2"] = sys.modules["fcntl"] = None
from reconciler.cli import main
code = main(sys.argv[1:])
linux = {"system.netlink", "system.node_facts", "drivers.routes", "drivers.rules", "drivers.neighbours"}
sys.exit(str(loaded) if (loaded := linux & {name.removeprefix("reconciler.") for name in sys.modules}) else code)
"""


def test_nothing_of_linux_is_imported_for_a_windows_node(served: WindowsCluster) -> None:
    for command in (["--check"], ["show"], [], ["release"]):
        done = served.python("-c", WITHOUT_LINUX, "--intents", str(served.intents), *command)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def distant(served: WindowsCluster) -> Iterator[WindowsCluster]:
    """win-1 is reached by TCP, and by an ssh that stays here."""
    remotes = ("ovs-appctl", "-t", "ovsdb-server")
    served.must("win-1", *remotes, "ovsdb-server/add-remote", "ptcp:6640")
    served.must("win-1", "ovs-vsctl", "set-controller", "br-int", "ptcp:6654")
    folder, nodes = served.intents.parent, served.intents / "nodes.yaml"
    said = f'while [ "$1" != -- ]; do echo "$1" >> {folder}/ssh.said; shift; done; shift; exec "$@"'
    script(folder / "ssh", said)
    remote = "windows: {remote: {transport: ssh, host: 127.0.0.1, user: Administrator, port: 2222}}"
    nodes.write_text(nodes.read_text().replace("platform: windows\n", f"platform: windows\n{remote}\n", 1))
    yield served
    served.must("win-1", *remotes, "ovsdb-server/remove-remote", "ptcp:6640")
    served.must("win-1", "ovs-vsctl", "del-controller", "br-int")
    served.restore()


def test_a_node_is_reached_from_elsewhere(distant: WindowsCluster) -> None:
    (distant.intents.parent / "ssh.said").unlink(missing_ok=True)
    assert distant.reconcile("release", "--ovs-rundir", "/nonexistent").returncode == 0
    done = distant.reconcile("--ovs-rundir", "/nonexistent")
    assert done.returncode == 0, done.stderr
    assert distant.ask("win-1", "10.111.43.196", 80, 2) == {"win-1/10.10.1.2:8080": 2}
    said = (distant.intents.parent / "ssh.said").read_text().split()
    assert said[:5] == ["-o", "BatchMode=yes", "-p", "2222", "Administrator@127.0.0.1"]


def test_a_node_that_is_not_reached_says_what_to_do_there(distant: WindowsCluster) -> None:
    script(distant.intents.parent / "ssh", "echo 'Permission denied (publickey).' >&2; exit 255")
    done = distant.reconcile("--check")
    assert done.stderr == "error: 127.0.0.1 is not reached by ssh: Permission denied (publickey).\n"
    distant.must("win-1", "ovs-vsctl", "del-controller", "br-int")
    done = distant.reconcile("--check")
    assert re.search(r"127.0.0.1:6654 does not answer: on 127.0.0.1, run `ovs-vsctl set-controller br-int", done.stderr)
