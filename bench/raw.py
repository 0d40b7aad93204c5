"""The raw C tools bring about the same state, from what they themselves print of it, and read it."""

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.folder import address
from bench.node import OURS, Node
from bench.timing import timed
from reconciler.ownership import FWMARK, GROUP_PREFIX, ROUTE_TABLE, RULE_PRIORITY
from reconciler.pipeline import VIRTUAL_MAC
from reconciler.sandbox import namespaces

OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")
VIRTUAL_IP = "169.254.0.253"
STEERING = f"""\
neigh replace {VIRTUAL_IP} lladdr {VIRTUAL_MAC} dev gw0
route replace {VIRTUAL_IP}/32 dev gw0 proto 82
route replace default via {VIRTUAL_IP} dev gw0 table {ROUTE_TABLE} proto 82
rule add priority {RULE_PRIORITY} fwmark {FWMARK:#x}/{FWMARK:#x} table {ROUTE_TABLE}
"""
"""The handful that `ip` makes."""
SPARE_GROUP = GROUP_PREFIX | 0xFFFFF

Call = tuple[tuple[str, ...], str]
"""A command, and what it reads from standard input."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The commands of one state on one node."""

    node: Node
    calls: tuple[Call, ...]
    """All of it, the bundle first."""
    group: str
    """The group of one service, as a dump has it."""

    def apply(self) -> float:
        """Seconds from nothing to everything."""
        return self._timed(lambda: self._run(*self.calls))

    def read(self) -> float:
        """Seconds to dump everything, side by side."""
        target = management(self.node)
        reads: Sequence[tuple[str, ...]] = (
            (*OFCTL, "--no-stats", "dump-flows", target, OURS),
            (*OFCTL, "dump-groups", target),
            ("ipset", "save"),
            ("ip", "route", "show", "table", str(ROUTE_TABLE)),
            ("ip", "rule"),
            ("iptables-save",),
            ("ip6tables-save",),
        )
        with ThreadPoolExecutor(len(reads)) as pool:
            return timed(lambda: list(pool.map(self._read, reads)))

    def change(self, *, fewer: bool) -> float:
        """Seconds of the bundle that gives one service an endpoint less, or all of them again."""
        return self._bundle(f"group modify {without_last_bucket(self.group) if fewer else self.group}\n")

    def add(self, number: int) -> float:
        """Seconds of the bundle with one service more."""
        group = f"group_id={SPARE_GROUP},{self.group.partition(',')[2]}"
        flow = f"cookie=0x520,{spare(number)},priority=200,actions=group:{SPARE_GROUP}"
        return self._bundle(f"group add {group}\nflow add {flow}\n")

    def remove(self, number: int) -> float:
        """Seconds of the bundle with that service less."""
        return self._bundle(f"flow delete {spare(number)}\ngroup delete group_id={SPARE_GROUP}\n")

    def _bundle(self, text: str) -> float:
        return self._timed(lambda: self._run((bundle(self.node), text)))

    def _timed(self, call: Callable[[], object]) -> float:
        with namespaces.entered(self.node.machine.netns):
            return timed(call)

    def _run(self, *calls: Call) -> None:
        for argv, text in calls:
            done = subprocess.run(argv, input=text, text=True, check=False, capture_output=True)
            if done.returncode:
                raise SystemExit(f"{' '.join(argv)}: {done.stderr}")

    def _read(self, argv: tuple[str, ...]) -> int:
        with namespaces.entered(self.node.machine.netns):
            return len(subprocess.check_output(argv))


def capture(node: Node, number: int) -> Raw:
    """The commands that make the state that the node has now; `number` is the service that will change."""
    flows, groups = lines(node.ofctl("dump-flows", "--no-stats", OURS)), lines(node.ofctl("dump-groups"))
    text = "".join([*(f"group add {group}\n" for group in groups), *(f"flow add {flow}\n" for flow in flows)])
    vip = f"nw_dst={address(number)},"
    identity = int(next(flow for flow in flows if vip in flow).rpartition("group:")[2])
    calls = (
        (bundle(node), text),
        (("ip", "-batch", "-"), STEERING),
        (("ipset", "restore"), node.run("ipset", "save")),
        (("iptables-restore", "--noflush"), node.run("iptables-save")),
        (("ip6tables-restore", "--noflush"), node.run("ip6tables-save")),
    )
    return Raw(node, calls, next(group for group in groups if group.startswith(f"group_id={identity},")))


def management(node: Node) -> str:
    """The bridge, as the tools find it without a folder of sockets."""
    return f"unix:{node.management}"


def bundle(node: Node) -> tuple[str, ...]:
    """The command that makes changes of flows and groups, all or none."""
    return (*OFCTL, "bundle", management(node), "-")


def lines(dump: str) -> list[str]:
    """The flows or groups of a dump, each as it can be given back; without the heading."""
    stripped = (line.strip() for line in dump.splitlines())
    return [line for line in stripped if line.startswith(("cookie=", "group_id="))]


def without_last_bucket(group: str) -> str:
    """A group with one bucket less."""
    return group.rpartition(",bucket=")[0]


def spare(number: int) -> str:
    """What the flow of one service more matches."""
    return f"table=20,tcp,nw_dst={address(number)},tp_dst=80"
