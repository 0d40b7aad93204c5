"""What must hold for services: a VIP, protocol and port has one service, and a VIP is nothing but a VIP."""

from collections.abc import Iterable, Iterator

from reconciler.intents.findings import Finding, Place, place
from reconciler.intents.models import Declared, Service
from reconciler.intents.network import Network

Taken = dict[tuple[str, str, int], tuple[str, Place]]
"""VIP, protocol and port: the service that has it, and where."""


def first_vips(services: Iterable[Declared[Service]]) -> dict[str, tuple[str, Place]]:
    """Every VIP, the first service that has it, and where."""
    vips: dict[str, tuple[str, Place]] = {}
    for declared in services:
        for index, ip in enumerate(declared.spec.cluster_ips):
            vips.setdefault(ip, (declared.spec.key, place(declared, "clusterIPs", index)))
    return vips


def check_services(services: Iterable[Declared[Service]], table: Network) -> Iterator[Finding]:
    """Every contradiction between and within services, but for their endpoints."""
    taken: Taken = {}
    for declared in services:
        yield from check_ports(declared)
        seen: dict[str, int] = {}
        for index, ip in enumerate(declared.spec.cluster_ips):
            if (before := seen.setdefault(ip, index)) != index:
                other = place(declared, "clusterIPs", before)
                yield Finding(place(declared, "clusterIPs", index), f"VIP {ip} stands twice", "keep one of them", other)
                continue
            yield from check_vip(declared, index, table)
            yield from check_claim(declared, index, taken)


def check_vip(declared: Declared[Service], index: int, table: Network) -> Iterator[Finding]:
    """A VIP is no address of a node or a pod."""
    ip = declared.spec.cluster_ips[index]
    if owner := table.owner(ip) or table.virtual_ips.get(ip):
        yield Finding(
            place(declared, "clusterIPs", index),
            f"VIP {ip} is {owner.why}",
            "give an address that nothing else uses",
            owner.place,
        )


def check_claim(declared: Declared[Service], index: int, taken: Taken) -> Iterator[Finding]:
    """A VIP, protocol and port belongs to one service; one finding a VIP, however many ports they share."""
    ip, at, shared = declared.spec.cluster_ips[index], place(declared, "clusterIPs", index), None
    key = declared.spec.key
    for port in declared.spec.ports:
        owner, there = taken.setdefault((ip, port.protocol, port.port), (key, at))
        if owner != key and shared is None:
            shared = Finding(
                at,
                f"VIP {ip} with {port.protocol} port {port.port} belongs to service {owner}",
                "give another VIP or another port",
                there,
            )
    if shared:
        yield shared


def check_ports(declared: Declared[Service]) -> Iterator[Finding]:
    """Ports of one service differ in their name, and in protocol or number."""
    names: dict[str, int] = {}
    numbers: dict[tuple[str, int], int] = {}
    for index, port in enumerate(declared.spec.ports):
        if port.name is None and len(declared.spec.ports) > 1:
            yield Finding(
                place(declared, "ports", index),
                "a port without a name",
                "name every port of a service that has several",
            )
        elif port.name is not None and (before := names.setdefault(port.name, index)) != index:
            yield Finding(
                place(declared, "ports", index, "name"),
                f"port name {port.name} stands twice",
                "give every port a name of its own",
                place(declared, "ports", before, "name"),
            )
        if (before := numbers.setdefault((port.protocol, port.port), index)) != index:
            yield Finding(
                place(declared, "ports", index, "port"),
                f"{port.protocol} port {port.port} stands twice",
                "keep one of them, or give another port",
                place(declared, "ports", before, "port"),
            )
