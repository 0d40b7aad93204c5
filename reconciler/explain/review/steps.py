"""The steps of a packet from a client of a node to an endpoint, as intents tell them, in the field note's notation.

`(A, B)` is source and destination after the step. Words stand for what differs from packet to packet or is only known
on the node: `node`, `pod`, `VIP`, `endpoint`, and the gateway's name for its address.
"""

from collections.abc import Iterator
from typing import Literal

from reconciler import pipeline as p
from reconciler.explain.review.places import Target
from reconciler.intents import Node, Windows
from reconciler.ownership import FWMARK, ROUTE_TABLE, RULE_PRIORITY
from reconciler.resources import Family, family_of

Client = Literal["node", "pod"]
CLIENTS: tuple[Client, Client] = ("node", "pod")
TARGETS: tuple[Target, ...] = ("pod here", "host here", "pod elsewhere", "elsewhere", "nowhere")
Steps = tuple[str, ...]
"""Empty where a client is not served."""

ANTREA_PROXY = "AntreaProxy"


def steps(node: Node, client: Client, family: Family, target: Target) -> Steps:
    """The steps from a client of the node."""
    if family not in map(family_of, node.pod_cidrs) or (client == "node" and not _virtual_ip(node, family)):
        return ()
    if client == "pod":
        return tuple(_from_pod(node, family, target))
    from_node = _from_windows if node.platform == "windows" else _from_linux
    return tuple(from_node(node, family, target))


def _virtual_ip(node: Node, family: Family) -> str:
    return next((ip for ip in node.virtual_ips if family_of(ip) == family), "")


def _from_pod(node: Node, family: Family, target: Target) -> Iterator[str]:
    gateway = node.gateway.interface
    yield "(pod, VIP)"
    yield f"OVS {node.bridge}"
    if node.pipeline == "antrea":
        yield ANTREA_PROXY
    elif target == "nowhere":
        yield from _refused_pod(node, family)
    else:
        yield "group"
        yield "DNAT (pod, endpoint)"
        yield from ("its port",) if target == "pod here" else (gateway, _beyond(target))


def _refused_pod(node: Node, family: Family) -> Iterator[str]:
    if node.platform == "windows":
        yield "drop"
        return
    yield node.gateway.interface
    if _virtual_ip(node, family):
        yield from (f"ipset {p.REJECTED[family]}", f"mark {FWMARK:#x}", "REJECT")
    else:
        yield "the host's routes"


def _from_linux(node: Node, family: Family, target: Target) -> Iterator[str]:
    gateway, virtual = node.gateway.interface, _virtual_ip(node, family)
    yield "(node, VIP)"
    if target == "nowhere":
        yield from (f"ipset {p.REJECTED[family]}", "REJECT")
        return
    yield from (f"ipset {p.SERVICES[family]}", f"mark {FWMARK:#x}", f"rule {RULE_PRIORITY}")
    yield f"table {ROUTE_TABLE} via {virtual} {gateway}"
    yield f"masquerade ({gateway}, VIP)"
    yield from _balanced(node, family, target)


def _from_windows(node: Node, family: Family, target: Target) -> Iterator[str]:
    gateway, virtual = node.gateway.interface, _virtual_ip(node, family)
    windows = node.windows or Windows()
    yield f"({gateway}, VIP)"
    if windows.mode == "virtual-nexthop":
        networks = ", ".join(cidr for cidr in windows.service_cidrs if family_of(cidr) == family)
        yield f"route {networks} via {virtual} {gateway}" if networks else "no route in serviceCIDRs"
        yield f"neighbour {virtual}"
    else:
        yield f"route VIP/{p.HOST_LENGTH[family]} via VIP {gateway}"
        yield "OVS answers ARP" if family == 4 else "neighbour VIP"
    if target == "nowhere" and node.pipeline == "standalone":
        yield from (f"OVS {node.bridge}", "drop")
    else:
        yield from _balanced(node, family, target)


def _balanced(node: Node, family: Family, target: Target) -> Iterator[str]:
    """The node's own packet from the bridge on."""
    gateway = node.gateway.interface
    yield f"OVS {node.bridge}"
    yield ANTREA_PROXY if node.pipeline == "antrea" else "group"
    if target == "nowhere":
        return
    yield f"DNAT ({gateway}, endpoint)"
    if target == "pod here":
        yield "its port"
    elif target == "pod elsewhere" and node.pipeline == "antrea":
        yield "Antrea's way between nodes"
    else:
        yield f"SNAT ({_virtual_ip(node, family)}, endpoint)"
        yield gateway
        yield "host network" if target == "host here" else _masquerade(node, family)


def _masquerade(node: Node, family: Family) -> str:
    if node.platform == "linux":
        return "masquerade (node, endpoint)"
    return "NetNat (node, endpoint)" if family == 4 else "no answer: Windows has no NAT for IPv6"


def _beyond(target: Target) -> str:
    return "host network" if target == "host here" else "the host's routes"
