"""What a bridge that Antrea programs lacks: AntreaProxy balances in tables of its own, and ours is the rest.

Two things are missing until v1.5, and nothing from v1.6 on (or with proxyAll):

- A connection from the gateway is committed twice, the second time with the gateway's mark over the service's, of which
  a connection can hold one. With a pod of this node as endpoint the third packet then leaves by the tunnel port.
- An endpoint outside of the pod networks is reached through the gateway port, where the packet came in: it needs the
  virtual IP as its source, and IN_PORT. This goes as on a standalone bridge, by a conntrack zone of our own.

Priorities are free in every release of a generation: Antrea uses 190, 200 and 210 in Classifier, ARPResponder and
L3Forwarding, and 190 and 200 in ConntrackCommit.
"""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.antrea import Antrea
from reconciler.facts import View
from reconciler.features.delivery import back_to_host, to_gateway
from reconciler.resources import FAMILIES, Family, Flow, Resource

ANSWERS = 220
"""In Classifier, over Antrea's flow for all that the gateway sends."""
KEEP_MARK = 210
TO_NODE = 205
NODE_TO_ELSEWHERE = 195
"""In L3Forwarding, under Antrea's flows for pods of this node and of others."""

ANSWER, RETURN = 220, 221
"""Tables of our own, far from those that Antrea gives out."""


def resources(view: View) -> Iterator[Resource]:
    """The flows that this generation lacks."""
    antrea, origin = view.facts.antrea, view.node.origin
    if not antrea:
        return
    for family in FAMILIES:
        if antrea.marks_conflict:
            yield _keep_mark(view, antrea, family)
    for family in view.steered if not antrea.leads_back else ():
        for table, priority, match, actions in _lead_back(view, antrea, family):
            yield Flow(table, priority, match, actions, origin)


def _keep_mark(view: View, antrea: Antrea, family: Family) -> Flow:
    match = f"ct_state=+new+trk,{antrea.balanced},{p.IP[family]},{antrea.from_gateway}"
    actions = f"resubmit(,{antrea.tables['Output']})"
    return Flow(antrea.tables["ConntrackCommit"], KEEP_MARK, match, actions, view.node.origin)


def _lead_back(view: View, antrea: Antrea, family: Family) -> Iterator[tuple[int, int, str, str]]:
    gateway, gateway_ip = view.facts.gateway_port, view.facts.gateway_ips[family]
    virtual, back = view.steered[family], f"{to_gateway(view)},IN_PORT"
    entered = f"{p.IP[family]},in_port={gateway}"
    connection = f"{antrea.balanced},{p.IP[family]},{antrea.from_gateway}"
    routing = antrea.tables["L3Forwarding"]
    request = f"ct_state=-rpl+trk,{connection}"
    yield routing, NODE_TO_ELSEWHERE, request, p.commit_return(virtual, RETURN)
    yield RETURN, p.NODE_TO_ELSEWHERE, entered, back_to_host(view)
    yield antrea.tables["Classifier"], ANSWERS, f"{entered},{p.DST[family]}={virtual}", p.undo_return(ANSWER)
    on = f"set_field:{antrea.from_gateway.removeprefix('reg0=')}->reg0,resubmit(,{antrea.tables['ConntrackZone']})"
    yield ANSWER, p.REST, p.IP[family], on
    reply = f"ct_state=+rpl+trk,{connection},in_port={gateway},{p.DST[family]}={gateway_ip}"
    yield routing, TO_NODE, reply, back
