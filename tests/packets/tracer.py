"""Follows one packet through desired flows and groups, as far as ours go: a model of the bridge in a page.

Conntrack is given, not modelled: a packet belongs to a `Connection`, or begins a new one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from reconciler.desired import Desired
from reconciler.ownership import RETURN_ZONE
from reconciler.resources import Flow, Group, family_of


@dataclass(frozen=True, slots=True)
class Connection:
    """What conntrack knows: whether the packet is a reply, the mark, and what NAT does to its address."""

    reply: bool
    mark: int = 0
    nat: str = ""
    """The address that a request's destination, or a reply's source, becomes."""
    behind: str = ""
    """Who the virtual IP stands for in the zone of the way back."""


@dataclass(frozen=True, slots=True)
class Packet:
    in_port: str
    src: str
    dst: str
    protocol: str = "tcp"
    tp_dst: int = 80
    dl_dst: str = "0a:00:00:00:00:99"
    icmp_type: int | None = None
    connection: Connection | None = None
    states: frozenset[str] = field(default=frozenset())
    mark: int = 0
    dl_src: str = ""

    @property
    def kinds(self) -> frozenset[str]:
        """The protocol words that match it."""
        if self.protocol == "arp":
            return frozenset({"arp"})
        six = family_of(self.src) == 6
        over = f"{self.protocol}6" if six and self.protocol != "icmp6" else self.protocol
        return frozenset({"ipv6" if six else "ip", over})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a packet went (a port, IN_PORT, NORMAL or drop), and as what."""

    to: str
    src: str
    dst: str
    dl_dst: str
    tracked: bool = field(default=False, compare=False)
    """Whether it entered conntrack."""


def trace(desired: Desired, packet: Packet) -> Outcome:
    flows = sorted((r for r in desired.values() if isinstance(r, Flow)), key=lambda flow: -flow.priority)
    groups = {f"group:{r.id:#x}": r for r in desired.values() if isinstance(r, Group)}
    table: int | None = 0
    actions = ""
    while table is not None:
        actions = next((f.actions for f in flows if f.table == table and matches(f.match, packet)), "drop")
        table = None
        for action in split(actions):
            steps = split(first_bucket(groups[action])) if action in groups else [action]
            for step in steps:
                packet, goto = act(step, packet)
                table = table if goto is None else goto
    return Outcome(split(actions)[-1], packet.src, packet.dst, packet.dl_dst, bool(packet.states))


def split(actions: str) -> list[str]:
    """At the commas outside parentheses."""
    return re.findall(r"(?:[^,()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+", actions)


def first_bucket(group: Group) -> str:
    return group.body.split("bucket=")[1].partition("actions=")[2].removesuffix(",")


def matches(match: str, packet: Packet) -> bool:
    return all(met(name, value, packet) for name, value in fields(match))


def fields(match: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, match.split(",")):
        name, _, value = part.partition("=")
        yield name, value


MET: Mapping[str, Callable[[str, Packet], bool]] = {
    "in_port": lambda value, packet: packet.in_port == value,
    "nw_src": lambda value, packet: ip_address(packet.src) in ip_network(value),
    "ipv6_src": lambda value, packet: ip_address(packet.src) in ip_network(value),
    "nw_dst": lambda value, packet: ip_address(packet.dst) in ip_network(value),
    "ipv6_dst": lambda value, packet: ip_address(packet.dst) in ip_network(value),
    "tp_dst": lambda value, packet: packet.tp_dst == int(value),
    "icmp_type": lambda value, packet: packet.icmp_type == int(value),
    "ct_mark": lambda value, packet: packet.mark == int(value, 16),
    "ct_state": lambda value, packet: all(
        (flag[1:] in packet.states) == (flag[0] == "+") for flag in re.findall(r"[+-]\w+", value)
    ),
    "dl_dst": lambda value, packet: ethernet(value, packet.dl_dst),
}
"""A KeyError says that the pipeline has a field that the tracer does not know."""


def met(name: str, value: str, packet: Packet) -> bool:
    return MET[name](value, packet) if value else name in packet.kinds


def ethernet(wanted: str, address: str) -> bool:
    value, _, mask = wanted.partition("/")
    bits = int((mask or "ff:ff:ff:ff:ff:ff").replace(":", ""), 16)
    return int(value.replace(":", ""), 16) & bits == int(address.replace(":", ""), 16) & bits


def act(action: str, packet: Packet) -> tuple[Packet, int | None]:
    """The packet after an action, and the table where it goes on."""
    name, _, rest = action.partition(":")
    if name == "goto_table":
        return packet, int(rest)
    if name == "set_field":
        value, _, target = rest.partition("->")
        return set_field(value, target, packet), None
    if name.startswith("ct("):
        goto = re.search(r"table=(\d+)", action)
        assert goto
        return (commit if "commit" in action else track)(action, packet), int(goto[1])
    assert name in ("output", "IN_PORT", "NORMAL", "drop"), f"the tracer does not know {action}"
    return packet, None


def set_field(value: str, name: str, packet: Packet) -> Packet:
    match name:
        case "eth_dst":
            return replace(packet, dl_dst=value)
        case "eth_src":
            return replace(packet, dl_src=value)
        case "pkt_mark":
            return packet
    raise AssertionError(f"the tracer does not know {name}")


def track(action: str, packet: Packet) -> Packet:
    known = packet.connection
    if f"zone={RETURN_ZONE}" in action:
        return replace(packet, dst=known.behind if known else packet.dst)
    if known is None:
        return replace(packet, states=frozenset({"trk", "new"}))
    states = frozenset({"trk", "est", "rpl"} if known.reply else {"trk", "est"})
    packet = replace(packet, states=states, mark=known.mark)
    if not known.nat:
        return packet
    return replace(packet, src=known.nat) if known.reply else replace(packet, dst=known.nat)


def commit(action: str, packet: Packet) -> Packet:
    nat = re.search(r"nat\(dst=\[?([0-9a-f.:]+?)\]?:(\d+)\)", action)
    mark = re.search(r"set_field:(0x[0-9a-f]+)->ct_mark", action)
    source = re.search(r"nat\(src=([0-9a-f.:]+)\)", action)
    if source:
        return replace(packet, src=source[1])
    if nat:
        packet = replace(packet, dst=nat[1], tp_dst=int(nat[2]))
    return replace(packet, mark=int(mark[1], 16)) if mark else packet
