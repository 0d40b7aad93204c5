"""Node -> service on Windows: routes on the gateway and a MAC that nobody has. No ipset, mark, rule or masquerade.

The source is the gateway's own address, because the route chose it. By `windows.mode`:

- `self-nexthop`: a route for every VIP, which is its own next hop. Windows asks for it by ARP, and a flow answers; IPv6
  has a permanent neighbour in the flow's place, since Open vSwitch cannot make an advertisement of a solicitation.
- `virtual-nexthop`: a route for each of `serviceCIDRs` through the virtual IP.

The virtual IP is a permanent neighbour in either mode: the answers of host-network endpoints go there, and a question
for it could have their address as its sender, which Antrea takes for a forgery. What leaves the node with it
as its source is masqueraded by a NetNat, which is IPv4's alone, unless somebody's NetNat takes it in already: there is
none for it on a standalone bridge, nor with Antrea before proxyAll, and with proxyAll nothing here is ours.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import View
from reconciler.features.service_ports import ServicePortView
from reconciler.intents import Windows
from reconciler.origin import Origin
from reconciler.resources import Flow, Resource, family_of
from reconciler.windows_resources import NetNat, NetNeighbor, NetRoute

ARP_TABLE, ARP_PRIORITY = "ARPResponder", 210
"""Where Antrea answers ARP, by itself at 190 and 200."""


def resources(view: View) -> Iterator[Resource]:
    """What leads to the virtual IP and, by `mode: virtual-nexthop`, to the services; and the masquerade."""
    gateway, origin = view.node.spec.gateway.interface, view.node.origin
    for family, virtual in view.steered.items():
        yield NetNeighbor(virtual, gateway, p.WINDOWS_MAC, origin)
        yield NetRoute(_host(virtual), gateway, p.ON_LINK[family], origin)
        for cidr in (view.node.spec.windows or Windows()).service_cidrs:
            if family_of(cidr) == family:
                yield NetRoute(cidr, gateway, virtual, origin)
    if 4 in view.steered and not view.facts.masqueraded:
        yield NetNat(_host(view.steered[4]), intent=origin)


def of_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """By `mode: self-nexthop`, what leads to each VIP, whether it has endpoints or not."""
    view = service_port.view
    if _self_nexthop(view) and service_port.family in view.steered:
        for vip in service_port.vips:
            yield from _own_next_hop(view, vip, service_port.origin)


def drop_of_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """For every VIP without endpoints a flow that drops: Windows would not refuse, but send the packet back to us."""
    if not service_port.endpoints:
        for vip in service_port.vips:
            yield Flow(p.SERVICE, p.BALANCED, service_port.match(vip), "drop", service_port.origin)


def _self_nexthop(view: View) -> bool:
    return (view.node.spec.windows or Windows()).mode == "self-nexthop"


def _own_next_hop(view: View, ip: str, origin: Origin) -> Iterator[Resource]:
    gateway = view.node.spec.gateway.interface
    yield NetRoute(_host(ip), gateway, ip, origin)
    if family_of(ip) == 6:
        yield NetNeighbor(ip, gateway, p.WINDOWS_MAC, origin)
        return
    match = f"arp,in_port={view.facts.gateway_port},arp_tpa={ip},arp_op=1"
    yield Flow(*_arp_place(view), match, p.answer_arp(ip), origin)


def _arp_place(view: View) -> tuple[int | str, int]:
    antrea = view.facts.antrea
    return (antrea.tables.get(ARP_TABLE, ARP_TABLE), ARP_PRIORITY) if antrea else (p.CLASSIFY, p.ARP_ANSWERED)


def _host(ip: str) -> str:
    return f"{ip}/{p.HOST_LENGTH[family_of(ip)]}"
