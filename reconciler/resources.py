"""What we own on a node: frozen values, each with a key (identity), `==` (sameness) and one canonical text.

The text is the tool's own: what `ovs-ofctl`, `ip`, `ipset` and `iptables-save` would print for the object, so that a
plan, a golden file and a dump can be read side by side. `intent` says who asked for it and takes no part in `==`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from reconciler.origin import Origin
from reconciler.ownership import COOKIE
from reconciler.windows_resources import NetNat, NetNeighbor, NetRoute

OUR_COOKIE = f"cookie={COOKIE:#x}"
Family = Literal[4, 6]
FAMILIES: tuple[Family, Family] = (4, 6)


@dataclass(frozen=True, slots=True)
class Flow:
    """An OpenFlow 1.5 flow, spelled as `ovs-ofctl --no-names --no-stats dump-flows` prints it."""

    kind: ClassVar[str] = "flow"
    table: int | str
    """Its number; off the node, where Antrea gives numbers out, its name."""
    priority: int
    match: str
    actions: str
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Table, priority and match: what OpenFlow takes for the identity of a flow."""
        place = f"table={self.table},priority={self.priority}"
        return f"{place},{self.match}" if self.match else place

    @property
    def text(self) -> str:
        """The flow as `ovs-ofctl` reads it."""
        return f"{OUR_COOKIE},{self.key} actions={self.actions}"


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `body` is what follows the id in `ovs-ofctl dump-groups`."""

    kind: ClassVar[str] = "group"
    id: int
    body: str
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The group's id, in hexadecimal because that shows whose it is."""
        return f"group_id={self.id:#x}"

    @property
    def text(self) -> str:
        """The group as `ovs-ofctl` reads it."""
        return f"{self.key},{self.body}"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A permanent neighbour entry."""

    kind: ClassVar[str] = "neighbour"
    ip: str
    device: str
    mac: str
    state: str = "PERMANENT"
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Address and device."""
        return f"{self.ip} dev {self.device}"

    @property
    def text(self) -> str:
        """The entry as `ip neigh` prints it."""
        return f"{self.key} lladdr {self.mac} {self.state}"


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `via` is empty for a route on the link."""

    kind: ClassVar[str] = "route"
    family: Family
    table: int
    destination: str
    """`ADDRESS/LENGTH`; `0.0.0.0/0` or `::/0` for the default route."""
    device: str
    via: str = ""
    type: str = "unicast"
    metric: int = 0
    """0 is the family's default."""
    tos: int = 0
    extra: str = ""
    """What else the kernel has in this place; we never ask for any."""
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The place: destination, table, metric and TOS. A replacement stays in it."""
        words = {"table": self.table, "metric": self.metric, "tos": self.tos}
        return " ".join([self.destination, *(f"{name} {value}" for name, value in words.items() if value)])

    @property
    def text(self) -> str:
        """The route as `ip route` reads it."""
        to = "" if self.type == "unicast" else f"{self.type} "
        hop = (f" via {self.via}" if self.via else "") + (f" dev {self.device}" if self.device else "")
        place = self.key.removeprefix(self.destination)
        return f"{to}{self.destination}{hop}{place}" + (" onlink" if self.via else "") + self.extra


@dataclass(frozen=True, slots=True)
class Rule:
    """The policy rule of a family: one place, and what the kernel has there."""

    kind: ClassVar[str] = "rule"
    family: Family
    priority: int
    selector: str
    """What it selects, as `ip rule` reads it; of several rules in the one place, all, joined by `and`."""
    table: int
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The place: family, priority and table."""
        return f"inet{'6' if self.family == 6 else ''} priority {self.priority} table {self.table}"

    @property
    def text(self) -> str:
        """The rule as `ip rule` reads it, with the family in front."""
        return f"inet{'6' if self.family == 6 else ''} priority {self.priority} {self.selector} table {self.table}"


@dataclass(frozen=True, slots=True)
class IpSet:
    """A set of address, protocol and port; its members are resources of their own, so that one change costs one."""

    kind: ClassVar[str] = "ipset"
    name: str
    family: Family
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The set's name."""
        return self.name

    @property
    def text(self) -> str:
        """The set as `ipset save` prints it, less the sizes that the kernel moves."""
        return f"create {self.name} hash:ip,port family inet{'6' if self.family == 6 else ''}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a set."""

    kind: ClassVar[str] = "entry"
    set: str
    member: str
    """`ADDRESS,protocol:port`, as `ipset save` prints it."""
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The set and the member."""
        return f"{self.set} {self.member}"

    @property
    def text(self) -> str:
        """The entry as `ipset save` prints it."""
        return f"add {self.key}"


@dataclass(frozen=True, slots=True)
class Chain:
    """One of our iptables chains with all its rules, each as `iptables-save` prints it after `-A CHAIN `."""

    kind: ClassVar[str] = "chain"
    family: Family
    table: str
    name: str
    rules: tuple[str, ...]
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Tool, table and name."""
        return f"{iptables(self.family)} -t {self.table} {self.name}"

    @property
    def text(self) -> str:
        """The chain on one line."""
        return f"{self.key} {{ {' ; '.join(self.rules)} }}"


@dataclass(frozen=True, slots=True)
class Jump:
    """The rule in a built-in chain that leads into one of ours."""

    kind: ClassVar[str] = "jump"
    family: Family
    table: str
    rule: str
    """As `iptables-save` prints it after `-A `."""
    copy: int = 0
    """How many of the same stand before it: one is enough."""
    behind: str = ""
    """A foreign rule in front of it that decides for good, so that ours may never be met."""
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Everything: a jump has no identity but its whole self."""
        return f"{iptables(self.family)} -t {self.table} {self.rule}" + (f" (copy {self.copy})" if self.copy else "")

    @property
    def text(self) -> str:
        """The rule as `iptables` reads it, and what is in front of it."""
        return f"{iptables(self.family)} -t {self.table} {self.rule}" + (
            f" (behind: {self.behind})" if self.behind else ""
        )


Resource = Flow | Group | Neighbour | Route | Rule | IpSet | Entry | Chain | Jump | NetRoute | NetNeighbor | NetNat
Key = tuple[str, str]


def key_of(resource: Resource) -> Key:
    """The identity of a resource among all kinds."""
    return resource.kind, resource.key


def by_key(resources: Iterable[Resource]) -> dict[Key, Resource]:
    """Resources by their identity, in their order."""
    return {key_of(resource): resource for resource in resources}


def iptables(family: Family) -> str:
    """The tool of a family: iptables or ip6tables."""
    return "iptables" if family == 4 else "ip6tables"


def family_of(address: str) -> Family:
    """4 or 6, told by the colon that every IPv6 text has."""
    return 6 if ":" in address else 4
