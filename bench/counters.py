"""How much work a packet is to Open vSwitch, by its own counts."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Visits

GOING = 10.0
"""Seconds in which a daemon that aborts has gone."""
CONNTRACK = re.compile(r"\bct\(")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a switch has counted up to a moment."""

    received: int
    recirculated: int
    lookups: int
    """Packets of all OpenFlow flows together: each packet counts in each table that it visits."""
    tracked: Mapping[str, int]
    """Passes of conntrack by flow of the datapath."""


@dataclass(frozen=True, slots=True)
class Switch:
    """An Open vSwitch with one bridge."""

    run: Callable[..., str]
    rundir: str
    bridge: str

    @property
    def pid(self) -> int:
        """The process of ovs-vswitchd."""
        return int(Path(self.rundir, "ovs-vswitchd.pid").read_text())

    @property
    def lives(self) -> bool:
        """Whether the daemon is still there; its file goes with it."""
        try:
            return Path(f"/proc/{self.pid}").exists()
        except (OSError, ValueError):
            return False

    @property
    def has_ended(self) -> bool:
        """Whether it is gone, or goes: a daemon that aborts is deaf for a moment before."""
        deadline = time.monotonic() + GOING
        while self.lives and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.lives

    def ask(self, *words: str) -> str:
        """What the daemon answered."""
        sockets = [Path(self.rundir, f"ovs-vswitchd{infix}.ctl") for infix in ("", f".{self.pid}")]
        return self.run("ovs-appctl", "-t", str(next((path for path in sockets if path.exists()), sockets[0])), *words)

    def counts(self) -> Counts:
        """What it has counted so far, after the revalidators have told of the last packet."""
        for _ in range(2):
            self.ask("revalidator/wait")
        target = f"unix:{self.rundir}/{self.bridge}.mgmt"
        aggregate = self.run("ovs-ofctl", "-O", "OpenFlow15", "dump-aggregate", target)
        return read(self.ask("dpif-netdev/pmd-stats-show"), aggregate, self.ask("dpctl/dump-flows"))

    def visits(self, act: Callable[[], object], hops: int = 1) -> Visits:
        """What a packet met while something was done; `hops` is how often the switch receives one."""
        before = self.counts()
        act()
        return between(before, self.counts(), hops)


def read(statistics: str, aggregate: str, flows: str) -> Counts:
    """The text of three commands as a value."""
    lines = flows.splitlines()
    return Counts(
        _sum(r"packets received: (\d+)", statistics),
        _sum(r"packet recirculations: (\d+)", statistics),
        _sum(r"packet_count=(\d+)", aggregate),
        {line.partition(", packets:")[0]: _passes(line) for line in lines if CONNTRACK.search(line)},
    )


def _sum(pattern: str, text: str) -> int:
    return sum(map(int, re.findall(pattern, text)))


def _passes(line: str) -> int:
    return _sum(r"packets:(\d+)", line) * len(CONNTRACK.findall(line.partition("actions:")[2]))


def between(before: Counts, after: Counts, hops: int) -> Visits:
    """What a packet met between two moments, on average."""
    packets = max(1, after.received - before.received) / hops
    tracked = sum(passes - before.tracked.get(flow, 0) for flow, passes in after.tracked.items())
    return Visits(
        lookups=(after.lookups - before.lookups) / packets,
        conntrack=tracked / packets,
        passes=hops + (after.recirculated - before.recirculated) / packets,
    )
