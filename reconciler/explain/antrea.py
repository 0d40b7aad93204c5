"""The steps on a bridge that Antrea programs: its flows as `ofproto/trace` meets them, by its tables' names, and ours.

What Antrea's flows should be is not known here. So its steps are as good as what they lead to: the packet must come to
its endpoint, and the answer to the client. Flows of ours are compared as everywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler import pipeline as p
from reconciler.explain.bridge import enters, first_packet
from reconciler.explain.declared import Meeting
from reconciler.explain.flows import compare, gathered, overtaken
from reconciler.explain.packets import REPLY, Packet
from reconciler.explain.scene import Journey, Leg, Scene
from reconciler.explain.seen import Hop, Trace
from reconciler.explain.sockets import socket
from reconciler.explain.values import Direction, Evidence, Step
from reconciler.explain.wording import held, told_group
from reconciler.features.antrea import ANSWER, ANSWERS, KEEP_MARK, NODE_TO_ELSEWHERE, RETURN, TO_NODE
from reconciler.ownership import COOKIE, RETURN_ZONE
from reconciler.resources import Flow

NAMES = {
    0: "Classifier",
    5: "Uplink",
    10: "SpoofGuard",
    20: "ARPResponder",
    30: "ConntrackZone",
    31: "ConntrackState",
    40: "SessionAffinity",
    41: "ServiceLB",
    42: "EndpointDNAT",
    50: "EgressRule",
    60: "EgressDefaultRule",
    61: "EgressMetric",
    70: "L3Forwarding",
    72: "L3DecTTL",
    80: "L2ForwardingCalc",
    90: "IngressRule",
    100: "IngressDefaultRule",
    101: "IngressMetric",
    105: "ConntrackCommit",
    110: "Output",
}
"""Of the fixed numbering, which has no names on the bridge."""
CHOICES, AT_ONCE = 257, 8
"""Hashes that are tried until every endpoint was chosen: a group deals up to 256 of them to its buckets."""
RESTART = "kubectl -n kube-system delete pod -l component=antrea-agent --field-selector spec.nodeName={node}"


def choice(scene: Scene, journey: Journey) -> Iterator[Step]:
    """From the port to the group of Antrea's that chooses an endpoint."""
    source, vip = journey.source, journey.vip
    yield enters(scene, journey.in_port, source, vip, "forward")
    trace = scene.trace(first_packet(journey))
    if trace is None or not journey.service_port.endpoints:
        return
    before = _until_group(trace)
    for hop in before[:-1]:
        yield _table(scene, hop, source, vip, "forward")
    if before:
        evidence = (Evidence("flow", before[-1].key, "ok", "", before[-1].text),)
        text = told_group(journey.service_port).replace(f"group {journey.service_port.group:#x}", "Antrea's group")
        yield Step("group", "forward", "bridge", text, source, vip, evidence, _name(scene, before[-1].table))


def onto(scene: Scene, leg: Leg) -> Iterator[Step]:
    """From the group to where the packet leaves the bridge."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    trace = _chosen(scene, journey).get(endpoint)
    if trace is None:
        evidence = (
            *scene.judge(*_ours_onto(scene, leg)),
            *(() if _pending(scene, journey) else (_unknown(scene, leg),)),
        )
        yield Step("dnat", "forward", "bridge", "DNAT", journey.source, endpoint, evidence)
        return
    after = trace.hops[len(_until_group(trace)) :]
    yield Step("dnat", "forward", "bridge", "DNAT", journey.source, endpoint, held(scene, leg), _at(scene, after[:1]))
    for hop in after[1:-1]:
        yield _table(scene, hop, journey.source, endpoint, "forward")
    source = (scene.view.virtual_ip(journey.family) or "") if _comes_back(scene, leg) else journey.source
    packet = first_packet(journey)
    right = _right_way_out(scene, leg, trace)
    ours = _met(scene, packet, trace if right else None, _ours_onto(scene, leg))
    evidence = (*ours, _arrives(scene, packet, trace, right))
    text = f"out of {scene.port_name(way_out(scene, leg))}"
    yield Step("output", "forward", "bridge", text, source, endpoint, evidence, _at(scene, after[-1:]))


def back(scene: Scene, leg: Leg) -> Iterator[Step]:
    """The endpoint's answer, from the port by which it comes to the port of the client."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    forward = _chosen(scene, journey).get(endpoint)
    if forward is None:
        return
    virtual, to = scene.view.virtual_ip(journey.family) or "", journey.source
    returns = _comes_back(scene, leg)
    yield enters(scene, way_out(scene, leg), endpoint, virtual if returns else to, "back")
    if returns and _leads_back(scene):
        to = virtual
    elif returns:
        evidence = gathered(compare(scene, _answer(scene, leg, virtual, forward.mark), list(_turned(scene, leg))))
        yield Step("unsnat", "back", "bridge", f"un-SNAT, zone {RETURN_ZONE}", endpoint, to, evidence, "Classifier")
    yield from _answered(scene, leg, _answer(scene, leg, to, forward.mark))


def _answered(scene: Scene, leg: Leg, packet: Packet) -> Iterator[Step]:
    """The answer through Antrea's tables, and out of the client's port."""
    journey, before = leg.journey, (socket(leg.ip, leg.port), packet.destination)
    trace = scene.trace(packet)
    hops = trace.hops if trace else ()
    for hop in hops[:-1]:
        if _name(scene, hop.table) == "UnSNAT" and packet.destination != journey.source:
            before = before[0], journey.source
            yield replace(_table(scene, hop, *before, "back"), name="unsnat", text="un-SNAT")
        elif _name(scene, hop.table) == "ConntrackZone":
            before = journey.vip, journey.source
            yield replace(_table(scene, hop, *before, "back"), name="undnat", text="un-DNAT")
        else:
            yield _table(scene, hop, *before, "back")
    ours = () if _leads_back(scene) or not _comes_back(scene, leg) else _flows(scene, leg, "L3Forwarding", TO_NODE)
    way_home = (journey.in_port, *(["IN_PORT"] if packet.in_port == journey.in_port else []))
    right = trace is not None and trace.out in way_home
    evidence = tuple(_met(scene, packet, trace if right else None, ours))
    if trace:
        evidence = (*evidence, _arrives(scene, packet, trace, right))
    out = f"out of {scene.port_name(journey.in_port)}"
    yield Step("output", "back", "bridge", out, journey.vip, journey.source, evidence, _at(scene, hops[-1:]))


def _met(scene: Scene, packet: Packet, trace: Trace | None, ours: Iterable[Flow]) -> Iterator[Evidence]:
    """Evidence about flows of ours that a packet should meet; whether it does, where it arrives."""
    for flow in ours:
        (evidence,) = scene.judge(flow)
        hops = {hop.table: hop for hop in trace.hops} if trace else {}
        instead = hops.get(int(flow.table))
        yield evidence
        if trace and evidence.verdict == "ok" and (instead is None or instead.key != flow.key):
            yield overtaken(scene, packet, flow, instead)


def _leads_back(scene: Scene) -> bool:
    antrea = scene.view.facts.antrea
    return antrea is None or antrea.leads_back


def way_out(scene: Scene, leg: Leg) -> str:
    """The port by which the request leaves: the pod's, the gateway, or Antrea's tunnel."""
    facts = scene.view.facts
    if leg.place in ("pod", "itself"):
        return facts.pods[leg.ip].port
    trace = _chosen(scene, leg.journey).get(socket(leg.ip, leg.port))
    return facts.gateway_port if trace is None or trace.out in ("", "IN_PORT", "NORMAL") else trace.out


def by_host(scene: Scene, leg: Leg) -> bool:
    """Whether the host leads on to the endpoint, and not Antrea's tunnel."""
    return way_out(scene, leg) == scene.view.facts.gateway_port


def _chosen(scene: Scene, journey: Journey) -> dict[str, Trace]:
    """Traces of first packets by the endpoint that the group has chosen, as far as they were asked."""
    first, endpoints, found = first_packet(journey), len(journey.service_port.endpoints), dict[str, Trace]()
    for hash_ in range(1, CHOICES):
        trace = (scene.seen.traces or {}).get(replace(first, choice=hash_))
        if trace is None:
            for more in range(hash_, min(hash_ + AT_ONCE, CHOICES)):
                scene.trace(replace(first, choice=more))
            return found
        found.setdefault(trace.chosen, trace)
        if len(found) == endpoints:
            return found
    return found


def _pending(scene: Scene, journey: Journey) -> bool:
    """Whether more can be asked."""
    last = replace(first_packet(journey), choice=CHOICES - 1)
    return scene.seen.traces is None or last not in scene.seen.traces


def _answer(scene: Scene, leg: Leg, to: str, mark: int) -> Packet:
    facts = scene.view.facts
    packet = Packet(leg.journey.protocol, way_out(scene, leg), leg.ip, to, source_port=leg.port, mark=mark, state=REPLY)
    pod = facts.pods.get(leg.ip)
    if pod and leg.place in ("pod", "itself"):
        return replace(packet, eth_src=pod.mac, eth_dst=facts.gateway_mac)
    eth_dst = facts.gateway_mac if by_host(scene, leg) else p.VIRTUAL_MAC
    return replace(packet, eth_src=facts.gateway_mac, eth_dst=eth_dst)


def _comes_back(scene: Scene, leg: Leg) -> bool:
    """Whether the packet leaves by the gateway, where it came in, with the virtual IP as its source."""
    return leg.journey.of_node and leg.place not in ("pod", "itself") and by_host(scene, leg)


def _right_way_out(scene: Scene, leg: Leg, trace: Trace) -> bool:
    if leg.place in ("pod", "itself"):
        port = scene.view.facts.pods[leg.ip].port
        return trace.out == port or (trace.out == "IN_PORT" and leg.journey.in_port == port)
    if leg.place == "host":
        return trace.out == ("IN_PORT" if leg.journey.of_node else scene.view.facts.gateway_port)
    return trace.out not in ("", "NORMAL")


def _arrives(scene: Scene, packet: Packet, trace: Trace, right: bool) -> Evidence:  # noqa: FBT001  (a finding)
    key = f"ofproto/trace {scene.bridge} {packet.flow}"
    said = trace.complaint or "\n".join(hop.text for hop in trace.hops[-1:])
    if right:
        return Evidence("trace", key, "ok", "", said)
    return Evidence(
        "trace", key, "foreign", "that it arrives", said, None, RESTART.format(node=scene.view.node.spec.name)
    )


def _unknown(scene: Scene, leg: Leg) -> Evidence:
    wanted = f"a bucket for {socket(leg.ip, leg.port)}"
    return Evidence(
        "group",
        f"Antrea's, of {leg.journey.vip}",
        "missing",
        wanted,
        "",
        leg.journey.service_port.origin,
        RESTART.format(node=scene.view.node.spec.name),
    )


def _ours_onto(scene: Scene, leg: Leg) -> Iterator[Flow]:
    """Flows of ours that a request of the node needs."""
    antrea = scene.view.facts.antrea
    if antrea is None or not leg.journey.of_node or scene.view.facts.node_served:
        return
    if antrea.marks_conflict and leg.place == "pod":
        yield from _flows(scene, leg, "ConntrackCommit", KEEP_MARK)
    if not antrea.leads_back and leg.place == "host":
        yield from _flows(scene, leg, "L3Forwarding", NODE_TO_ELSEWHERE)
        yield from _flows(scene, leg, RETURN, p.NODE_TO_ELSEWHERE)


def _turned(scene: Scene, leg: Leg) -> Iterator[Meeting]:
    """Flows of ours that turn an answer to the virtual IP back."""
    yield tuple(_flows(scene, leg, "Classifier", ANSWERS))
    yield tuple(_flows(scene, leg, ANSWER, p.REST))


def _flows(scene: Scene, leg: Leg, table: int | str, priority: int) -> Iterator[Flow]:
    antrea, word = scene.view.facts.antrea, p.IP[leg.journey.family]
    number = antrea.tables[table] if antrea and isinstance(table, str) else table
    flows = (resource for resource in scene.desired.values() if isinstance(resource, Flow))
    return (f for f in flows if (f.table, f.priority) == (number, priority) and word in f.match.split(","))


def _until_group(trace: Trace) -> tuple[Hop, ...]:
    for index, hop in enumerate(trace.hops):
        if "\ngroup:" in hop.text:
            return trace.hops[: index + 1]
    return trace.hops


def _table(scene: Scene, hop: Hop, source: str, destination: str, direction: Direction) -> Step:
    key = ("flow", hop.key)
    if hop.cookie == COOKIE:
        desired = scene.desired.get(key)
        evidence = scene.judge(desired) if desired else scene.stray(*key)
    else:
        evidence = (Evidence("flow", hop.key, "ok", "", hop.text),)
    return Step("table", direction, "bridge", "", source, destination, evidence, _name(scene, hop.table))


def _at(scene: Scene, hops: tuple[Hop, ...]) -> str:
    return _name(scene, hops[0].table) if hops else ""


def _name(scene: Scene, table: int) -> str:
    antrea = scene.view.facts.antrea
    named = {number: name for name, number in antrea.tables.items()} if antrea else {}
    return named.get(table) or (NAMES.get(table) if antrea and "UnSNAT" not in antrea.tables else None) or str(table)
