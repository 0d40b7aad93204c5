"""What was seen on the node: the values that evidence is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.explain.packets import Packet
from reconciler.resources import Key, Resource


@dataclass(frozen=True, slots=True)
class Hop:
    """A flow that a packet met in `ofproto/trace`."""

    key: str
    """As a flow's: table, priority and match."""
    table: int
    cookie: int
    text: str
    """Its lines, with what it did."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What `ofproto/trace` answered."""

    hops: tuple[Hop, ...]
    chosen: str = ""
    """The endpoint that a group has chosen: `ADDRESS:PORT`."""
    mark: int = 0
    """The connection's mark at the end."""
    out: str = ""
    """The number of the port by which the packet leaves, `IN_PORT`, `NORMAL`; empty when it does not."""
    actions: str = ""
    """What the datapath does at the end."""
    complaint: str = ""
    """What Open vSwitch said in place of an answer."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question to the kernel's routing."""

    destination: str
    source: str = ""
    device: str = ""
    """By which it came in; empty for the node's own."""
    mark: int = 0

    @property
    def text(self) -> str:
        """The question as `ip` reads it."""
        words = (("from", self.source), ("iif", self.device), ("mark", f"{self.mark:#x}" if self.mark else ""))
        said = [f"{name} {value}" for name, value in words if value]
        return " ".join(("ip route get", self.destination, *said))


@dataclass(frozen=True, slots=True)
class Found:
    """What the kernel's routing answered."""

    text: str
    """As `ip route get` prints it, or its complaint."""
    type: str = ""
    """`unicast`, `local`; empty for a complaint."""
    device: str = ""
    via: str = ""
    source: str = ""
    """The address that the kernel picks for the node's own packets."""
    table: int = 0


@dataclass(frozen=True, slots=True)
class Port:
    """An Interface of OVSDB that has a pod's address."""

    name: str
    number: str
    text: str
    """Its external_ids, as far as they tell of a pod."""
    down: bool = False
    learned: tuple[str, ...] = ()
    """The MACs that the bridge has learned behind it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A connection in conntrack."""

    zone: int
    protocol: str
    asked: str
    """`ADDRESS:PORT` that the client sends to."""
    answers: str
    """`ADDRESS:PORT` that answers."""
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was seen."""

    owned: Mapping[Key, Resource]
    foreign: Mapping[Key, str]
    """Other people's objects where one of ours could stand."""
    ports: Mapping[str, Port] = field(default_factory=dict)
    """By the pod's address."""
    lookups: dict[Lookup, Found] = field(default_factory=dict)
    """Grows with what is asked, as `traces` does."""
    traces: dict[Packet, Trace] | None = field(default_factory=dict)
    """None where Open vSwitch's control socket is out of reach."""
    counted: Mapping[Key, str] = field(default_factory=dict)
    """Chains and jumps with their counters."""
    connections: Sequence[Held] = ()
    rules: Sequence[tuple[int, int, str]] = ()
    """Policy rules before ours: priority, table and text."""
    gateway_down: bool = False
    userspace: bool = False
    """Whether the bridge has the userspace datapath."""
