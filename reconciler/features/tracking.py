"""What enters conntrack, and where a packet goes by what conntrack knows of it.

Only packets from or to a pod address or from the gateway port are looked at; all other traffic of the bridge is
switched as if we were not there.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import View
from reconciler.ownership import CT_MARK
from reconciler.resources import FAMILIES, Family, Flow, Resource, family_of


def resources(view: View) -> Iterator[Resource]:
    """The flows of the tables CLASSIFY, STATE and ORDINARY, and the last ones of SERVICE."""
    origin = view.node.origin
    for table, priority, match, actions in _flows(view):
        yield Flow(table, priority, match, actions, origin)


def _flows(view: View) -> Iterator[tuple[int, int, str, str]]:
    yield p.CLASSIFY, p.SWITCHED, "", "NORMAL"
    yield p.CLASSIFY, p.NOT_TRACKED, p.MULTICAST, "NORMAL"
    for icmp_type in p.NEIGHBOUR_DISCOVERY:
        yield p.CLASSIFY, p.NOT_TRACKED, f"icmp6,icmp_type={icmp_type}", "NORMAL"
    for family in FAMILIES:
        yield from _tracked(view, family)
        yield p.SERVICE, p.REST, p.IP[family], p.COMMIT_DIRECT_NAT if view.facts.direct_nat else p.COMMIT_DIRECT
    yield p.STATE, p.BALANCED, f"ct_state=-new+trk,ct_mark={CT_MARK:#x}", f"goto_table:{p.DELIVERY}"
    yield p.STATE, p.BALANCED, "ct_state=+new+trk", f"goto_table:{p.SERVICE}"
    for table in (p.STATE, p.SERVICE):
        yield table, p.STRAY, f"dl_dst={p.VIRTUAL_MAC}", "drop"
    yield p.STATE, p.REST, "", "NORMAL"
    yield p.ORDINARY, p.REST, "", "NORMAL"


def _tracked(view: View, family: Family) -> Iterator[tuple[int, int, str, str]]:
    gateway = f"{p.IP[family]},in_port={view.facts.gateway_port}"
    cidrs = [cidr for cidr in view.node.spec.pod_cidrs if family_of(cidr) == family]
    yield p.CLASSIFY, p.TRACKED, gateway, p.TRACK
    for cidr in cidrs:
        yield p.CLASSIFY, p.TRACKED, f"{p.IP[family]},{p.SRC[family]}={cidr}", p.TRACK
        yield p.CLASSIFY, p.TRACKED, f"{p.IP[family]},{p.DST[family]}={cidr}", p.TRACK
        for source in cidrs:
            yield p.CLASSIFY, p.FORWARDED_BACK, f"{gateway},{p.SRC[family]}={source},{p.DST[family]}={cidr}", "NORMAL"
    if family in view.facts.gateway_ips:
        yield p.CLASSIFY, p.FROM_NODE, f"{gateway},{p.SRC[family]}={view.facts.gateway_ips[family]}", p.TRACK
    virtual = view.virtual_ip(family)
    if virtual:
        yield p.CLASSIFY, p.TO_VIRTUAL_IP, f"{p.IP[family]},{p.DST[family]}={virtual}", p.undo_return(p.ANSWER)
        yield p.ANSWER, p.REST, p.IP[family], p.TRACK
        yield p.CLASSIFY, p.FORWARDED_BACK, f"{gateway},{p.SRC[family]}={virtual}", "NORMAL"
