"""A service without endpoints is refused at once, by the host's own stack: TCP reset, else ICMP unreachable.

The node's own packets meet the reject in OUTPUT. A pod's packet leaves the bridge by the gateway port; the host marks
it, so that it is forwarded whatever the main table says, and rejects it in FORWARD. What is
established drains, except UDP.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import View
from reconciler.features.delivery import to_gateway
from reconciler.features.service_ports import ServicePortView
from reconciler.ownership import COMMENT, FWMARK
from reconciler.resources import Chain, Entry, Family, Flow, IpSet, Jump, Resource

UNREACHABLE: dict[Family, str] = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}


def resources(view: View) -> Iterator[Resource]:
    """The set of refused VIPs and the chains that refuse them, to the node and to the pods."""
    yield from of_node(view)
    gateway, origin = view.node.spec.gateway.interface, view.node.origin
    for family in view.steered:
        mark = f"-i {gateway} {_refused(family)} -j MARK --set-xmark {FWMARK:#x}/{FWMARK:#x}"
        yield Chain(family, "mangle", p.REFUSED_CHAIN, (mark,), origin)
        yield Jump(family, "mangle", p.jump("PREROUTING", p.REFUSED_CHAIN), intent=origin)
        yield Jump(family, "filter", p.jump("FORWARD", p.REJECT_CHAIN), intent=origin)


def of_node(view: View) -> Iterator[Resource]:
    """The set of refused VIPs and the chain that refuses them, to the node alone."""
    origin = view.node.origin
    for family in view.steered:
        reject = (
            f"! -p udp -m conntrack --ctstate ESTABLISHED -m comment --comment {COMMENT} -j RETURN",
            f"-p tcp {_refused(family)} -j REJECT --reject-with tcp-reset",
            f"{_refused(family)} -j REJECT --reject-with {UNREACHABLE[family]}",
        )
        yield IpSet(p.REJECTED[family], family, origin)
        yield Chain(family, "filter", p.REJECT_CHAIN, reject, origin)
        yield Jump(family, "filter", p.jump("OUTPUT", p.REJECT_CHAIN), intent=origin)


def _refused(family: Family) -> str:
    return f"-m set --match-set {p.REJECTED[family]} dst,dst -m comment --comment {COMMENT}"


def of_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """For every VIP without endpoints a flow to the host, and a member of the set."""
    yield from of_node_service_port(service_port)
    if service_port.endpoints:
        return
    view, origin = service_port.view, service_port.origin
    actions = f"{to_gateway(view)},{p.output(view.facts.gateway_port)}"
    for vip in service_port.vips:
        yield Flow(p.SERVICE, p.BALANCED, service_port.match(vip), actions, origin)


def of_node_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """For every VIP without endpoints a member of the set."""
    if not service_port.endpoints and service_port.family in service_port.view.steered:
        for vip in service_port.vips:
            yield Entry(p.REJECTED[service_port.family], service_port.member(vip), service_port.origin)
