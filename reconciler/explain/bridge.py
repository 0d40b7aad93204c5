"""The steps on a bridge that nobody else programs.

The first packet is followed to the group; from there on every endpoint has a trace of its own, as the packets have that
follow the first: conntrack leads them to the same delivery. An answer to the virtual IP is followed twice, before and
after it is turned back, because `ofproto/trace` does not look into conntrack.
"""

from collections.abc import Iterator, Sequence

from reconciler import pipeline as p
from reconciler.explain.flows import gathered, passed
from reconciler.explain.packets import CLIENT_PORT, REPLY, REQUEST, Packet
from reconciler.explain.scene import Journey, Leg, Passed, Scene
from reconciler.explain.sockets import socket
from reconciler.explain.values import Direction, Step
from reconciler.explain.wording import held, misled, told_group
from reconciler.ownership import CT_MARK, RETURN_ZONE

TITLES = {
    p.CLASSIFY: "what is tracked",
    p.STATE: "by conntrack state",
    p.SERVICE: "services",
}
"""Tables that are a step of their own."""


def choice(scene: Scene, journey: Journey) -> Iterator[Step]:
    """From the port to the group, or to where a service without endpoints is sent."""
    source, vip = journey.source, journey.vip
    yield enters(scene, journey.in_port, source, vip, "forward")
    *before, last = passed(scene, first_packet(journey))
    for flow, evidence in before:
        yield Step("table", "forward", "bridge", TITLES[int(flow.table)], source, vip, evidence, str(flow.table))
    if journey.service_port.endpoints:
        group = scene.find("group", f"group_id={journey.service_port.group:#x}")
        evidence, text = (*scene.judge(group), *last[1], *misled(scene, journey)), told_group(journey.service_port)
        yield Step("group", "forward", "bridge", text, source, vip, evidence, str(p.SERVICE))
    else:
        windows = scene.view.node.spec.platform == "windows"
        text = "no endpoints: dropped" if windows else f"no endpoints: out of {scene.gateway}, for the host to refuse"
        yield Step("output", "forward", "bridge", text, source, vip, last[1], str(p.SERVICE))


def onto(scene: Scene, leg: Leg) -> Iterator[Step]:
    """From the group to where the packet leaves the bridge."""
    met = passed(scene, request(scene, leg))
    endpoint = socket(leg.ip, leg.port)
    source, early, late = leg.journey.source, _before(met, p.DELIVERY), _from(met, p.DELIVERY)
    evidence = (*scene.lost_port(leg.ip), *gathered(early), *held(scene, leg))
    yield Step("dnat", "forward", "bridge", "DNAT", source, endpoint, evidence, str(p.SERVICE))
    if leg.returns:
        virtual = scene.view.virtual_ip(leg.journey.family) or ""
        yield Step("snat", "forward", "bridge", "SNAT", virtual, endpoint, gathered(late[:1]), str(p.DELIVERY))
        source, late = virtual, late[1:]
    yield leaves(scene, leg, source, endpoint, late)


def back(scene: Scene, leg: Leg) -> Iterator[Step]:
    """The endpoint's answer, from the port by which it comes to the port of the client."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    virtual = scene.view.virtual_ip(journey.family) or ""
    arrives = virtual if leg.returns else journey.source
    yield enters(scene, _far_port(scene, leg), endpoint, arrives, "back")
    met = passed(scene, answer(scene, leg, journey.source))
    if leg.returns:
        turned = _before(passed(scene, answer(scene, leg, virtual)), p.STATE)
        text = f"un-SNAT, zone {RETURN_ZONE}"
        yield Step("unsnat", "back", "bridge", text, endpoint, journey.source, gathered(turned), str(p.CLASSIFY))
        met = _from(met, p.STATE)
    evidence = gathered(_before(met, p.DELIVERY))
    yield Step("undnat", "back", "bridge", "un-DNAT", journey.vip, journey.source, evidence, str(p.CLASSIFY))
    out = f"out of {scene.port_name(journey.in_port)}"
    evidence = gathered(_from(met, p.DELIVERY))
    yield Step("output", "back", "bridge", out, journey.vip, journey.source, evidence, str(p.DELIVERY))


def first_packet(journey: Journey) -> Packet:
    """The first packet of a connection to the VIP."""
    return Packet(
        journey.protocol,
        journey.in_port,
        journey.source,
        journey.vip,
        destination_port=journey.service_port.port.port,
        eth_src=journey.mac,
        eth_dst=journey.next_hop,
        choice=1,
    )


def request(scene: Scene, leg: Leg) -> Packet:
    """A packet that follows the first, as it looks once conntrack has put the endpoint in the VIP's place."""
    journey = leg.journey
    return Packet(
        journey.protocol,
        journey.in_port,
        journey.source,
        scene.stand_in(leg),
        destination_port=leg.port if scene.thorough else CLIENT_PORT,
        eth_src=journey.mac,
        eth_dst=journey.next_hop,
        state=REQUEST,
        mark=CT_MARK,
    )


def answer(scene: Scene, leg: Leg, to: str) -> Packet:
    """An answer of the endpoint to an address."""
    facts = scene.view.facts
    return Packet(
        leg.journey.protocol,
        _far_port(scene, leg),
        scene.stand_in(leg),
        to,
        source_port=leg.port if scene.thorough else CLIENT_PORT,
        eth_src=facts.pods[leg.ip].mac if leg.place in ("pod", "itself") else facts.gateway_mac,
        eth_dst=facts.gateway_mac,
        state=REPLY,
        mark=CT_MARK,
    )


def enters(scene: Scene, number: str, source: str, destination: str, direction: Direction) -> Step:
    """The packet comes to the bridge."""
    text = f"{scene.bridge} port {scene.port_name(number)}"
    return Step("port", direction, "bridge", text, source, destination)


def leaves(scene: Scene, leg: Leg, source: str, endpoint: str, met: Sequence[Passed]) -> Step:
    """The packet leaves the bridge for its endpoint."""
    text = f"out of {scene.port_name(_far_port(scene, leg))}"
    table = str(met[-1][0].table) if met else str(p.DELIVERY)
    behind = scene.port(leg.ip) if leg.place in ("pod", "itself") else ()
    return Step("output", "forward", "bridge", text, source, endpoint, (*behind, *gathered(met)), table)


def _far_port(scene: Scene, leg: Leg) -> str:
    """The number of the port behind which the endpoint is, or what leads to it."""
    facts = scene.view.facts
    return facts.pods[leg.ip].port if leg.place in ("pod", "itself") else facts.gateway_port


def _before(met: Sequence[Passed], table: int) -> list[Passed]:
    return [each for each in met if int(each[0].table) < table]


def _from(met: Sequence[Passed], table: int) -> list[Passed]:
    return [each for each in met if int(each[0].table) >= table]
