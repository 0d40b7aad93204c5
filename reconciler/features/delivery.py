"""Where a balanced packet leaves the bridge: by a pod's port, or by the gateway port with the host as the next hop.

Requests of the node that leave by the gateway again carry the virtual IP in place of the gateway's own address: with
its own, the host would take them for martians, or answer itself past the bridge.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import Pod, View
from reconciler.resources import FAMILIES, Family, Flow, Resource, family_of


def resources(view: View) -> Iterator[Resource]:
    """The flows of the table DELIVERY, and those that put on the virtual IP and take it off again."""
    origin = view.node.origin
    for table, priority, match, actions in _flows(view):
        yield Flow(table, priority, match, actions, origin)


def _flows(view: View) -> Iterator[tuple[int, int, str, str]]:
    for pod in view.facts.pods.values():
        yield from _to_pod(view, pod)
    for family in view.families:
        yield from _node(view, family)
    for cidr in view.node.spec.pod_cidrs:
        family = family_of(cidr)
        match = f"ct_state=+rpl+trk,{p.IP[family]},{p.DST[family]}={cidr}"
        yield p.DELIVERY, p.TO_UNKNOWN_POD, match, "NORMAL"
    for family in FAMILIES:
        yield p.DELIVERY, p.TO_ELSEWHERE, p.IP[family], f"{to_gateway(view)},{p.output(view.facts.gateway_port)}"


def _to_pod(view: View, pod: Pod) -> Iterator[tuple[int, int, str, str]]:
    family = family_of(pod.ip)
    address = f"{p.DST[family]}={pod.ip}"
    frame = to_pod(view, pod)
    yield p.DELIVERY, p.TO_POD, f"{p.IP[family]},{address}", f"{frame},{p.output(pod.port)}"
    yield p.DELIVERY, p.BACK_OUT, f"{p.IP[family]},in_port={pod.port},{address}", f"{frame},IN_PORT"


def _node(view: View, family: Family) -> Iterator[tuple[int, int, str, str]]:
    gateway, gateway_ip = view.facts.gateway_port, view.facts.gateway_ips[family]
    frame = to_gateway(view)
    reply = f"ct_state=+rpl+trk,{p.IP[family]}"
    yield p.DELIVERY, p.TO_NODE, f"{reply},{p.DST[family]}={gateway_ip}", f"{frame},{p.output(gateway)}"
    back = f"{reply},in_port={gateway},{p.DST[family]}={gateway_ip}"
    yield p.DELIVERY, p.TO_NODE + 1, back, f"{frame},IN_PORT"
    virtual = view.virtual_ip(family)
    if not virtual:
        return
    request = f"ct_state=-rpl+trk,{p.IP[family]},in_port={gateway},{p.SRC[family]}={gateway_ip}"
    yield p.DELIVERY, p.NODE_TO_ELSEWHERE, request, p.commit_return(virtual)
    yield p.RETURN, p.NODE_TO_ELSEWHERE, f"{p.IP[family]},in_port={gateway}", back_to_host(view)


def to_pod(view: View, pod: Pod) -> str:
    """The frame's addresses on the way to a pod: from the gateway, as if routed."""
    return f"set_field:{view.facts.gateway_mac}->eth_src,set_field:{pod.mac}->eth_dst"


def back_to_host(view: View) -> str:
    """Out by the gateway port, where the packet came in; on Linux without the mark of its first pass."""
    back = f"{to_gateway(view)},IN_PORT"
    return back if view.node.spec.platform == "windows" else f"{p.CLEAR_FWMARK},{back}"


def to_gateway(view: View) -> str:
    """The frame's addresses on the way to the host: never from its own MAC."""
    return f"set_field:{p.VIRTUAL_MAC}->eth_src,set_field:{view.facts.gateway_mac}->eth_dst"
