"""What must hold for endpoints: each can be reached through its service, and is where it says it is.

There are ten times as many endpoints as anything else, so this is dictionary look-ups and little more.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from reconciler.intents.findings import Finding, Place, place
from reconciler.intents.models import Declared, Service
from reconciler.intents.network import Network
from reconciler.intents.places import KEY

MOST = {False: 818, True: 681}
"""Endpoints of a service by whether they are IPv6: a group with one more is larger than an OpenFlow message can be."""

Vips = Mapping[str, tuple[str, Place]]


def check_endpoints(
    services: Iterable[Declared[Service]], table: Network, vips: Vips, nodes: Collection[str] | None
) -> Iterator[Finding]:
    """Every contradiction of an endpoint; `nodes` are the names that a nodeName may have, None if not all are known."""
    for declared in services:
        if not plain(declared.spec, table, vips):
            yield from check_one_by_one(declared, table, vips, nodes)


def plain(service: Service, table: Network, vips: Vips) -> bool:
    """Whether nothing can be wrong with any endpoint, seen at a glance: a third of the time for nearly all services."""
    ips = {endpoint.ip for endpoint in service.endpoints}
    return (
        len(ips) == len(service.endpoints) <= min(MOST.values())
        and vips.keys().isdisjoint(ips)
        and table.virtual_ips.keys().isdisjoint(ips)
        and {":" in ip for ip in ips} <= {":" in ip for ip in service.cluster_ips}
        and not any(endpoint.ports or endpoint.node_name is not None for endpoint in service.endpoints)
    )


def check_one_by_one(
    declared: Declared[Service], table: Network, vips: Vips, nodes: Collection[str] | None
) -> Iterator[Finding]:
    """Every contradiction of the endpoints of one service."""
    families = {":" in ip for ip in declared.spec.cluster_ips}
    seen: dict[str, int] = {}
    yield from too_many(declared)
    for index, endpoint in enumerate(declared.spec.endpoints):
        ip = endpoint.ip
        if seen.setdefault(ip, index) != index:
            yield twice(declared, seen[ip], index)
        elif ip in vips or ip in table.virtual_ips:
            yield not_a_backend(declared, index, table, vips)
        elif (":" in ip) not in families:
            yield no_vip(declared, index)
        if endpoint.ports:
            yield from check_overrides(declared, index)
        if endpoint.node_name is not None:
            yield from check_node_name(declared, index, table, nodes)


def too_many(declared: Declared[Service]) -> Iterator[Finding]:
    """The first endpoint of a family that has no room."""
    for six, most in MOST.items():
        indexes = [index for index, endpoint in enumerate(declared.spec.endpoints) if (":" in endpoint.ip) == six]
        if len(indexes) > most:
            at = place(declared, "endpoints", indexes[most], "ip")
            family = "IPv6" if six else "IPv4"
            wrong = f"{len(indexes)} {family} endpoints are too many for one service: an OpenFlow group holds {most}"
            yield Finding(at, wrong, "spread them over several services")


def twice(declared: Declared[Service], before: int, index: int) -> Finding:
    """An endpoint that is listed again."""
    return Finding(
        place(declared, "endpoints", index, "ip"),
        f"endpoint {declared.spec.endpoints[index].ip} stands twice",
        "keep one of them, and use weight for a larger share",
        place(declared, "endpoints", before, "ip"),
    )


def not_a_backend(declared: Declared[Service], index: int, table: Network, vips: Vips) -> Finding:
    """An endpoint where nothing can listen."""
    ip = declared.spec.endpoints[index].ip
    if ip in vips:
        service, other = vips[ip]
        what = f"a VIP of service {service}"
    else:
        what, other = table.virtual_ips[ip].why, table.virtual_ips[ip].place
    at = place(declared, "endpoints", index, "ip")
    return Finding(at, f"endpoint {ip} is {what}", "give the address of a pod or of a node", other)


def no_vip(declared: Declared[Service], index: int) -> Finding:
    """An endpoint of a family in which the service has no VIP."""
    ip = declared.spec.endpoints[index].ip
    family = "IPv6" if ":" in ip else "IPv4"
    return Finding(
        place(declared, "endpoints", index, "ip"),
        f"endpoint {ip} is never used, for the service has no {family} VIP",
        f"add an {family} address to clusterIPs, or remove the endpoint",
        place(declared, "clusterIPs"),
    )


def check_overrides(declared: Declared[Service], index: int) -> Iterator[Finding]:
    """A port that is overridden exists."""
    names = [port.name for port in declared.spec.ports if port.name is not None]
    for name in declared.spec.endpoints[index].ports:
        if name not in names:
            yield Finding(
                place(declared, "endpoints", index, "ports", name, KEY),
                f"the service has no port named {name}",
                f"give one of {', '.join(names)}" if names else "give the port a name",
                place(declared, "ports"),
            )


def check_node_name(
    declared: Declared[Service], index: int, table: Network, nodes: Collection[str] | None
) -> Iterator[Finding]:
    """A nodeName is a node, and the one that the address says."""
    endpoint = declared.spec.endpoints[index]
    at, name = place(declared, "endpoints", index, "nodeName"), endpoint.node_name or ""
    if owner := table.owner(endpoint.ip):
        if owner.node != name:
            wrong = f"nodeName {name} contradicts the address {endpoint.ip}, which is {owner.why}"
            yield Finding(at, wrong, f"give {owner.node}, or leave nodeName out", owner.place)
    elif nodes is not None and name not in nodes:
        meant = get_close_matches(name, nodes, n=1)
        right = f"did you mean {meant[0]}?" if meant else "add the Node, or leave nodeName out"
        yield Finding(at, f"there is no node {name}", right)
