"""What must hold between nodes: every address has one owner, and no two pod networks overlap."""

from collections.abc import Iterable, Iterator

from reconciler.intents.findings import Finding, place
from reconciler.intents.models import Declared, Node
from reconciler.intents.network import Network, Range


def check_nodes(nodes: Iterable[Declared[Node]], table: Network) -> Iterator[Finding]:
    """Every contradiction between and within nodes."""
    for declared in nodes:
        yield from check_addresses(declared, table)
        yield from check_families(declared)
        yield from check_kind(declared)
    yield from check_virtual_ips(table)
    yield from check_overlaps(table)


def check_addresses(declared: Declared[Node], table: Network) -> Iterator[Finding]:
    """An address is on one node, and once."""
    for index, ip in enumerate(declared.spec.addresses):
        at, owner = place(declared, "addresses", index), table.addresses[ip]
        if owner.place != at:
            yield Finding(
                at,
                f"address {ip} is already {owner.why}",
                "give every node addresses of its own, each once",
                owner.place,
            )


def check_families(declared: Declared[Node]) -> Iterator[Finding]:
    """A node has one virtual IP a family, at most."""
    first: dict[bool, int] = {}
    for index, ip in enumerate(declared.spec.virtual_ips):
        if (before := first.setdefault(":" in ip, index)) != index:
            family = "IPv6" if ":" in ip else "IPv4"
            yield Finding(
                place(declared, "virtualIPs", index),
                f"virtual IP {ip} is the second one of {family}",
                "give at most one a family",
                place(declared, "virtualIPs", before),
            )


def check_kind(declared: Declared[Node]) -> Iterator[Finding]:
    """What belongs to one platform or pipeline stands in a node of that kind only."""
    node = declared.spec
    for key, given, needed, actual in (
        ("antrea", node.antrea, "pipeline: antrea", f"pipeline: {node.pipeline}"),
        ("windows", node.windows, "platform: windows", f"platform: {node.platform}"),
    ):
        if given and needed != actual:
            yield Finding(
                place(declared, key), f"key {key!r} is given with `{actual}`", f"add `{needed}`, or remove it"
            )
    if node.windows and node.windows.service_cidrs and node.windows.mode != "virtual-nexthop":
        at = place(declared, "windows", "serviceCIDRs")
        yield Finding(at, "serviceCIDRs are for `mode: virtual-nexthop`", "add that mode, or remove them")
    if node.windows and not node.windows.service_cidrs and node.windows.mode == "virtual-nexthop":
        at = place(declared, "windows", "mode")
        yield Finding(at, "mode virtual-nexthop needs the networks of the VIPs", "add `serviceCIDRs: [10.96.0.0/12]`")


def check_virtual_ips(table: Network) -> Iterator[Finding]:
    """A virtual IP is nobody's address, on no node."""
    for ip, virtual in table.virtual_ips.items():
        if owner := table.owner(ip):
            yield Finding(
                virtual.place,
                f"virtual IP {ip} of node {virtual.node} is {owner.why}",
                "set virtualIPs to an address that nothing else uses",
                owner.place,
            )


def check_overlaps(table: Network) -> Iterator[Finding]:
    """No address is in two podCIDRs. The ranges are sorted, so only those that have not ended yet can overlap."""
    unended: list[Range] = []
    for item in table.ranges:
        unended = [range_ for range_ in unended if range_.family == item.family and range_.last >= item.first]
        for other in unended:
            yield overlap(*sorted((item, other), key=lambda range_: range_.order))
        unended.append(item)


def overlap(earlier: Range, later: Range) -> Finding:
    """Two podCIDRs with an address in common; the one that is declared later is at fault."""
    return Finding(
        later.place,
        f"podCIDR {later.cidr} overlaps podCIDR {earlier.cidr} of node {earlier.node}",
        "give every node networks of its own",
        earlier.place,
    )
