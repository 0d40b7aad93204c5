"""Node -> service on Linux: ipset -> mark -> policy table -> masquerade (by SNAT) -> gateway port.

A connection keeps the mark that its first packet got, so that it drains when its VIP leaves the set. UDP does not: its
clients would go on to an endpoint that has gone.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import View
from reconciler.features.service_ports import ServicePortView
from reconciler.ownership import COMMENT, FWMARK, ROUTE_TABLE, RULE_PRIORITY
from reconciler.resources import Chain, Entry, Family, IpSet, Jump, Neighbour, Resource, Route, Rule


def resources(view: View) -> Iterator[Resource]:
    """Everything but the set's members, in every family that the gateway and the virtual IPs have."""
    for family, virtual in view.steered.items():
        yield from _steering(view, family, virtual)
        yield from _chains(view, family, virtual)


def of_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """A member of the set for every VIP with endpoints."""
    if service_port.endpoints and service_port.family in service_port.view.steered:
        for vip in service_port.vips:
            yield Entry(p.SERVICES[service_port.family], service_port.member(vip), service_port.origin)


def _steering(view: View, family: Family, virtual: str) -> Iterator[Resource]:
    gateway, origin = view.node.spec.gateway.interface, view.node.origin
    yield Neighbour(virtual, gateway, p.VIRTUAL_MAC, intent=origin)
    yield Route(family, p.MAIN_TABLE, f"{virtual}/{p.HOST_LENGTH[family]}", gateway, intent=origin)
    yield Route(family, ROUTE_TABLE, p.DEFAULT_ROUTE[family], gateway, virtual, intent=origin)
    yield Rule(family, RULE_PRIORITY, f"fwmark {FWMARK:#x}/{FWMARK:#x}", ROUTE_TABLE, origin)
    yield IpSet(p.SERVICES[family], family, origin)


def _chains(view: View, family: Family, virtual: str) -> Iterator[Resource]:
    gateway, origin = view.node.spec.gateway.interface, view.node.origin
    gateway_ip = view.facts.gateway_ips[family]
    comment, host = f"-m comment --comment {COMMENT}", f"{virtual}/{p.HOST_LENGTH[family]}"
    masked = f"{FWMARK:#x}/{FWMARK:#x}"
    mark = (
        f"-m set --match-set {p.SERVICES[family]} dst,dst {comment} -j MARK --set-xmark {masked}",
        f"! -p udp -m connmark --mark {masked} {comment} -j MARK --set-xmark {masked}",
        f"! -p udp -m mark --mark {masked} {comment} -j CONNMARK --set-xmark {masked}",
    )
    masquerade = (
        # MASQUERADE with its choice of address made here: the bridge must know it.
        f"-o {gateway} -m mark --mark {masked} {comment} -j SNAT --to-source {gateway_ip}",
        f"-s {host} ! -o {gateway} {comment} -j MASQUERADE",
    )
    forward = (f"-s {host} -i {gateway} {comment} -j ACCEPT", f"-d {host} -o {gateway} {comment} -j ACCEPT")
    yield Chain(family, "mangle", p.MARK_CHAIN, mark, origin)
    yield Chain(family, "nat", p.MASQUERADE_CHAIN, masquerade, origin)
    yield Chain(family, "filter", p.FORWARD_CHAIN, forward, origin)
    yield Jump(family, "mangle", p.jump("OUTPUT", p.MARK_CHAIN), intent=origin)
    yield Jump(family, "nat", p.jump("POSTROUTING", p.MASQUERADE_CHAIN), intent=origin)
    yield Jump(family, "filter", p.jump("FORWARD", p.FORWARD_CHAIN), intent=origin)
