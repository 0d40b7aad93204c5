"""Which node an address belongs to, as a table that answers for 100,000 endpoints at once."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.intents.fields import packed
from reconciler.intents.findings import Place, place
from reconciler.intents.models import Declared, Node


class Range(NamedTuple):
    """A podCIDR as its first and its last address; ranges sort by family and address."""

    family: int
    """Bytes of an address: 4 or 16."""
    first: bytes
    last: bytes
    order: tuple[int, int]
    """Which node and which of its podCIDRs, in the order in which they are declared."""
    node: str
    cidr: str
    place: Place


@dataclass(frozen=True, slots=True)
class Owner:
    """The node that an address belongs to, and why."""

    node: str
    why: str
    place: Place


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses of all nodes; of two that claim the same, the first."""

    addresses: dict[str, Owner]
    virtual_ips: dict[str, Owner]
    ranges: list[Range]
    """Sorted."""
    starts: list[tuple[int, bytes]]
    """Family and first address of each range, for the bisection."""

    def owner(self, ip: str) -> Owner | None:
        """The node that has the address, or whose pods have it."""
        return self.addresses.get(ip) or self.pod_owner(ip)

    def pod_owner(self, ip: str) -> Owner | None:
        """The node with the address in one of its podCIDRs."""
        data = packed(ip)
        index = bisect_right(self.starts, (len(data), data)) - 1
        if index < 0:
            return None
        found = self.ranges[index]
        if found.family != len(data) or data > found.last:
            return None
        return Owner(found.node, f"inside podCIDR {found.cidr} of node {found.node}", found.place)


def network(nodes: Collection[Declared[Node]]) -> Network:
    """The table of these nodes."""
    addresses: dict[str, Owner] = {}
    virtual_ips: dict[str, Owner] = {}
    for declared in nodes:
        name = declared.spec.name
        for index, ip in enumerate(declared.spec.addresses):
            addresses.setdefault(ip, Owner(name, f"an address of node {name}", place(declared, "addresses", index)))
        for index, ip in enumerate(declared.spec.virtual_ips):
            virtual = Owner(name, f"a virtual IP of node {name}", place(declared, "virtualIPs", index))
            virtual_ips.setdefault(ip, virtual)
    ranges = sorted(
        of_cidr(declared, (number, index))
        for number, declared in enumerate(nodes)
        for index in range(len(declared.spec.pod_cidrs))
    )
    return Network(addresses, virtual_ips, ranges, [(item.family, item.first) for item in ranges])


def of_cidr(declared: Declared[Node], order: tuple[int, int]) -> Range:
    """One podCIDR of a node as a range."""
    cidr = declared.spec.pod_cidrs[order[1]]
    start, _, prefix = cidr.partition("/")
    first = packed(start)
    hosts = (1 << len(first) * 8 - int(prefix)) - 1
    last = (int.from_bytes(first, "big") | hosts).to_bytes(len(first), "big")
    return Range(len(first), first, last, order, declared.spec.name, cidr, place(declared, "podCIDRs", order[1]))
