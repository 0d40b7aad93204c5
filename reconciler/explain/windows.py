"""The steps of a Windows host: routes and neighbours on the gateway, and the NAT of what leaves the node."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from reconciler import pipeline as p
from reconciler.explain.flows import gathered, passed
from reconciler.explain.packets import BROADCAST, Packet
from reconciler.explain.scene import Journey, Leg, Scene
from reconciler.explain.sockets import socket
from reconciler.explain.values import Evidence, Step
from reconciler.resources import Resource, family_of
from reconciler.windows_resources import NetRoute


def leave(scene: Scene, journey: Journey) -> Iterator[Step]:
    """The node's own packet, from its socket into the bridge: a route picks the source, and leads to the bridge."""
    source, vip = journey.source, journey.vip
    yield Step("socket", "forward", "client", f"source {source}, picked by the route", source, vip)
    route = _route_to(scene, vip)
    virtual = scene.view.virtual_ip(journey.family) or ""
    hop = route.next_hop if route else virtual
    evidence = scene.judge(route, _neighbour(scene, hop)) if route else (_no_route(vip),)
    yield Step("route", "forward", "host", f"route via {hop} {scene.gateway}", source, vip, evidence)
    if route and hop == vip and journey.family == 4:
        question = Packet("ARP", journey.in_port, source, vip, eth_src=journey.mac, eth_dst=BROADCAST)
        evidence = arp(scene, question)
        yield Step("arp", "forward", "bridge", f"who has {vip}? {p.VIRTUAL_MAC}", source, vip, evidence, "0")


def arp(scene: Scene, question: Packet) -> tuple[Evidence, ...]:
    """Evidence about the flow that answers for a VIP."""
    if scene.view.node.spec.pipeline == "standalone":
        return gathered(passed(scene, question))
    match = f"arp,in_port={question.in_port},arp_tpa={question.destination},arp_op=1"
    flows = (r for r in scene.desired.values() if r.kind == "flow" and r.key.endswith(f",{match}"))
    return scene.judge(*flows)


def home(_scene: Scene, _journey: Journey) -> Iterator[Step]:
    """Nothing: the source was the gateway's own address."""
    return iter(())


def onward(scene: Scene, leg: Leg) -> Iterator[Step]:
    """What the host does with a packet that the bridge hands it, and the endpoint's answer back to the bridge."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    virtual = scene.view.virtual_ip(journey.family) or ""
    source = virtual if leg.returns else journey.source
    if leg.place == "host":
        yield Step("deliver", "forward", "host", f"{scene.view.node.spec.name} itself", source, endpoint)
    else:
        evidence = (*_forwarding(scene, leg), *(_nat(scene, leg) if journey.of_node else ()))
        yield Step("forward", "forward", "host", "forwarded by the host", source, endpoint, evidence)
    yield Step("answer", "back", "endpoint", "the endpoint answers", endpoint, source)
    led = (_route_to(scene, virtual), _neighbour(scene, virtual)) if journey.of_node else ()
    yield Step("return", "back", "host", f"route via {scene.gateway}", endpoint, source, scene.judge(*led))


def refuse(_scene: Scene, _journey: Journey) -> Iterator[Step]:
    """Nothing: Windows has no rule that refuses, and the bridge drops the packet."""
    return iter(())


def _forwarding(scene: Scene, leg: Leg) -> tuple[Evidence, ...]:
    family, gateway = leg.journey.family, scene.gateway
    off = family in scene.view.facts.not_forwarding
    key, name = f"Forwarding of {gateway} IPv{family}", f"-InterfaceAlias {gateway} -AddressFamily IPv{family}"
    mend = f"Set-NetIPInterface {name} -Forwarding Enabled" if off else ""
    return (
        Evidence("sysctl", key, "foreign" if off else "ok", "Enabled", "Disabled" if off else "Enabled", None, mend),
    )


def _nat(scene: Scene, leg: Leg) -> tuple[Evidence, ...]:
    if leg.journey.family == 6:
        return (Evidence("netnat", "IPv6", "missing", "a NAT for IPv6, which Windows does not have"),)
    return scene.judge(scene.find("netnat", "-Name 0x520"))


def _no_route(vip: str) -> Evidence:
    return Evidence("netroute", vip, "missing", "a network in serviceCIDRs that has this VIP")


def _route_to(scene: Scene, ip: str) -> NetRoute | None:
    own = scene.find("netroute", _place(scene, f"{ip}/{p.HOST_LENGTH[family_of(ip)]}"))
    if isinstance(own, NetRoute):
        return own
    windows = scene.view.node.spec.windows
    for cidr in windows.service_cidrs if windows else ():
        found = scene.find("netroute", _place(scene, cidr))
        if isinstance(found, NetRoute) and family_of(cidr) == family_of(ip) and ip_address(ip) in ip_network(cidr):
            return found
    return None


def _place(scene: Scene, destination: str) -> str:
    return f"-InterfaceAlias {scene.gateway} -DestinationPrefix {destination}"


def _neighbour(scene: Scene, ip: str) -> Resource | None:
    return scene.find("netneighbor", f"-InterfaceAlias {scene.gateway} -IPAddress {ip}")
