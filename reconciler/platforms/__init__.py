"""What a node runs on: how its facts are read, and which drivers read and apply its live state.

Each platform is imported for its own nodes only, since its tools' libraries exist nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from reconciler.conntrack import Expected, Place
from reconciler.drivers import Driver
from reconciler.explain.seen import Found, Lookup
from reconciler.facts import Facts
from reconciler.resources import Key
from reconciler.site import Site

if TYPE_CHECKING:
    from reconciler.intents import Node

    Whereabouts = Site | Node
    """What has to be known of a node to reach it: of Linux, which this machine is, but little."""


class Kernel(Protocol):
    """What a host's own stack is asked to explain a path."""

    def look_up(self, questions: Iterable[Lookup], /) -> Iterator[tuple[Lookup, Found]]:
        """What its routing answers to each question."""

    def counted(self) -> Mapping[Key, str]:
        """Our chains and jumps, with their counters."""

    def rules_before(self) -> Sequence[tuple[int, int, str]]:
        """Policy rules that are asked before ours: priority, table and text."""

    def links_down(self) -> frozenset[str]:
        """The interfaces that are switched off."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Where a node is asked what its drivers do not read."""

    ovsdb: str
    control: str | None
    """Where `ovs-vswitchd` keeps its control socket; None where that is out of reach."""
    kernel: Kernel | None
    """None on Windows."""


class Platform(Protocol):
    """One node as this process reaches it."""

    @property
    def side_by_side(self) -> bool:
        """Whether the drivers may read before the facts are there; not where one answer has both."""

    def facts(self) -> Facts:
        """The live facts. Raises NodeError for whatever the intents name and the node does not have."""

    def only_writer(self) -> AbstractContextManager[None]:
        """Holds the lock of the node. Raises LockedError when another process of this machine has it."""

    def drivers(self) -> tuple[Driver, ...]:
        """The drivers of everything that we may own there. Raises NodeError when the bridge does not answer."""

    def inquiry(self) -> Inquiry:
        """Where to ask more, to explain a path."""

    def sweep(self, expected: Expected, gone: frozenset[Place]) -> tuple[str, ...]:
        """Flush UDP connections that look otherwise than expected, and the node's own to what is no longer steered.

        Returns a line for each thing that could not be done, and raises nothing for it: what is not flushed ends by
        itself, once its client is silent.
        """


def platform(node: "Node", rundir: str) -> Platform:
    """The platform of a node; `rundir` is where a local Open vSwitch keeps its sockets."""
    return reached(whereabouts(node), rundir)


def whereabouts(node: "Node") -> "Whereabouts":
    """Those of a node."""
    return Site.of(node) if node.platform == "linux" else node


def reached(at: "Whereabouts", rundir: str) -> Platform:
    """The platform of a node by its whereabouts."""
    name = "linux" if isinstance(at, Site) else "windows"
    return cast("Platform", import_module(f"reconciler.platforms.{name}").Machine(at, rundir))
