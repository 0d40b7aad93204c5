"""What a run of the bench found, as values: written to a file, read by the report and the chart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from bench.timing import Spread

Party = Literal["ours", "raw", "OVN"]
Spans = dict[str, dict[Party, Spread]]
"""Seconds by what was done, and by whom."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size of cluster, all parties on the same machine in the same run."""

    services: int
    endpoints: int
    spans: Spans
    memory: dict[str, float]
    """MiB resident, by process."""
    audit: float
    """Seconds of processor time that one audit takes, with the commands that it runs and what the loop does besides."""
    idle: float
    """Share of one processor that the loop takes between audits."""


@dataclass(frozen=True, slots=True)
class Visits:
    """What a packet meets on its way, on average, by the switch's own counts."""

    lookups: float
    """In OpenFlow tables; a packet that the datapath knows has them behind it, and only counts there."""
    conntrack: float
    """Times through conntrack."""
    passes: float
    """Through the datapath: 1 and its recirculations."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of packets to a server; a figure a round."""

    name: str
    connections: Spread
    """A second, one request each."""
    connections_share: float
    """Of those of the first way in the same round."""
    megabits: Spread
    """A second, by one connection."""
    megabits_share: float
    per_connection: Spread
    """Seconds of ovs-vswitchd's processor time."""
    per_gigabit: Spread
    """The same for a thousand megabits."""
    new: Visits
    """The first packet of a connection."""
    established: Visits
    """Packets of a connection that carries data, and of what answers it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything of one run."""

    machine: str
    """What it ran on, in a line."""
    sizes: tuple[Size, ...] = ()
    ways: tuple[Way, ...] = ()


_JSON = TypeAdapter(Run)


def save(run: Run, path: Path) -> None:
    """Write it for machines."""
    path.write_bytes(_JSON.dump_json(run, indent=1) + b"\n")


def load(path: Path) -> Run:
    """Read it again."""
    return _JSON.validate_json(path.read_bytes())
