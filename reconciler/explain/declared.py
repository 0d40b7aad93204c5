"""The bridge as the desired state declares it: which flows a packet would meet."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from reconciler.desired import Desired
from reconciler.explain.packets import Packet
from reconciler.facts import Networks
from reconciler.resources import Flow

DESTINATION = re.compile(r"(?:^|,)(?:nw_dst|ipv6_dst|arp_tpa)=([^,/]+)(?:,|$)")
FLAG = re.compile(r"[+-]\w+")
ONWARD = re.compile(r"goto_table:(\d+)|ct\([^()]*table=(\d+)")
Met = Callable[[str, Packet, bool], bool]
"""Whether a packet has the value of a field; the last says whether it has been in conntrack."""
Meeting = tuple[Flow, ...]
"""The flow that a packet meets in a table; several where they stand at one priority and do the same."""


class Declared:
    """The desired flows, found by table and destination: most are a service's, and name one."""

    def __init__(self, desired: Desired) -> None:
        self._flows: defaultdict[tuple[int | str, str], list[Flow]] = defaultdict(list)
        self._ways: dict[Packet, tuple[Meeting, ...]] = {}
        for resource in desired.values():
            if isinstance(resource, Flow):
                named = DESTINATION.search(resource.match)
                self._flows[resource.table, named[1] if named else ""].append(resource)

    def way(self, packet: Packet) -> tuple[Meeting, ...]:
        """What a packet meets, until it leaves, is dropped, or comes to a group."""
        if packet not in self._ways:
            self._ways[packet] = tuple(self._way(packet))
        return self._ways[packet]

    def _way(self, packet: Packet) -> Iterator[Meeting]:
        table: int | None = 0
        tracked = False
        while table is not None:
            met = self._met(table, packet, tracked=tracked)
            if not met:
                return
            yield met
            onward = ONWARD.search(met[0].actions)
            tracked = tracked or "ct(" in met[0].actions
            table = int(onward[1] or onward[2]) if onward else None

    def _met(self, table: int, packet: Packet, *, tracked: bool) -> Meeting:
        candidates = [*self._flows.get((table, packet.destination), ()), *self._flows.get((table, ""), ())]
        candidates.sort(key=lambda flow: -flow.priority)
        kinds, fitting = packet.kinds, list[Flow]()
        for flow in candidates:
            if fitting and flow.priority < fitting[0].priority:
                break
            if _matches(flow.match, packet, kinds, tracked):
                fitting.append(flow)
        return tuple(fitting)


def _matches(match: str, packet: Packet, kinds: frozenset[str], tracked: bool) -> bool:  # noqa: FBT001  (a state)
    for word in filter(None, match.split(",")):
        name, given, value = word.partition("=")
        if not (FIELDS[name](value, packet, tracked) if given else name in kinds):
            return False
    return True


def _inside(network: str, address: str) -> bool:
    return network == address or ("/" in network and address in _networks(network))


@cache
def _networks(cidr: str) -> Networks:
    return Networks((cidr,))


def _ethernet(wanted: str, address: str) -> bool:
    value, _, mask = wanted.partition("/")
    bits = _number(mask or "ff:ff:ff:ff:ff:ff")
    return _number(value) & bits == _number(address) & bits


def _number(mac: str) -> int:
    return int(mac.replace(":", ""), 16)


def _state(value: str, packet: Packet, tracked: bool) -> bool:  # noqa: FBT001  (as above)
    states = packet.state.split(",") if tracked else []
    return all((flag[1:] in states) == (flag[0] == "+") for flag in FLAG.findall(value))


FIELDS: Mapping[str, Met] = {
    "in_port": lambda value, packet, _: packet.in_port == value,
    "nw_src": lambda value, packet, _: _inside(value, packet.source),
    "ipv6_src": lambda value, packet, _: _inside(value, packet.source),
    "nw_dst": lambda value, packet, _: _inside(value, packet.destination),
    "ipv6_dst": lambda value, packet, _: _inside(value, packet.destination),
    "tp_dst": lambda value, packet, _: packet.destination_port == int(value),
    "arp_tpa": lambda value, packet, _: packet.destination == value,
    "arp_op": lambda value, _packet, _: value == "1",
    "icmp_type": lambda _value, _packet, _: False,
    "ct_mark": lambda value, packet, tracked: tracked and packet.mark == int(value, 16),
    "ct_state": _state,
    "dl_dst": lambda value, packet, _: _ethernet(value, packet.eth_dst),
}
"""A KeyError says that the pipeline has a field that no packet here has."""
