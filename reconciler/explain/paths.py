"""From what was asked to paths: every client to every VIP, by the parts that a node of this kind has."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.diff import diff
from reconciler.explain import antrea, bridge, linux, windows
from reconciler.explain.clients import Caller
from reconciler.explain.scene import Journey, Leg, Scene
from reconciler.explain.sockets import socket
from reconciler.explain.values import Client, Path, Place, Step, Way
from reconciler.features.service_ports import ServicePortView
from reconciler.intents import Endpoint, Node
from reconciler.pipeline import VIRTUAL_MAC
from reconciler.resources import key_of


class Host(Protocol):
    """What a platform's own stack does."""

    def leave(self, scene: Scene, journey: Journey, /) -> Iterator[Step]:
        """The node's own packet, from its socket into the bridge."""

    def home(self, scene: Scene, journey: Journey, /) -> Iterator[Step]:
        """The answer, from the gateway to the node's own socket."""

    def onward(self, scene: Scene, leg: Leg, /) -> Iterator[Step]:
        """What becomes of a packet that the bridge hands it, and of the endpoint's answer, as far as the bridge."""

    def refuse(self, scene: Scene, journey: Journey, /) -> Iterator[Step]:
        """What refuses packets to a service without endpoints."""


class Pipeline(Protocol):
    """What a kind of bridge does."""

    def choice(self, scene: Scene, journey: Journey, /) -> Iterator[Step]:
        """From the port to where an endpoint is chosen."""

    def onto(self, scene: Scene, leg: Leg, /) -> Iterator[Step]:
        """From there to where the packet leaves for its endpoint."""

    def back(self, scene: Scene, leg: Leg, /) -> Iterator[Step]:
        """The endpoint's answer, from where it enters to the client's port."""


HOSTS: Mapping[str, Host] = {"linux": linux, "windows": windows}
PIPELINES: Mapping[str, Pipeline] = {"standalone": bridge, "antrea": antrea}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a node consists of."""

    host: Host
    pipeline: Pipeline
    windows: bool
    standalone: bool


def parts(node: Node) -> Parts:
    """Those of a node's kind."""
    platform, pipeline = node.platform, node.pipeline
    return Parts(HOSTS[platform], PIPELINES[pipeline], platform == "windows", pipeline == "standalone")


def paths(scene: Scene, service_port: ServicePortView, caller: Caller, endpoint: str | None = None) -> Iterator[Path]:
    """A path for every VIP of a service port, where the client has its family; none where no endpoint is asked for."""
    family = service_port.family
    client = Client(caller.kind, caller.name, caller.addresses.get(family, ""))
    chosen = [e for e in service_port.endpoints if _asked(e, client, caller, endpoint)]
    if family not in (*caller.addresses, *caller.unserved) or (
        not chosen and _narrowed(service_port, caller, endpoint)
    ):
        return
    for vip in service_port.vips:
        about = (service_port.service, vip, service_port.port.protocol, service_port.port.port, client)
        if family in caller.unserved:
            yield Path(*about, service_port.origin, (), unserved=caller.unserved[family])
        else:
            journey = _journey(scene, service_port, vip, client)
            ways, remarks = tuple(_ways(scene, journey, chosen)), tuple(_remarks(scene, journey))
            yield Path(*about, service_port.origin, tuple(_steps(scene, journey)), ways, remarks=remarks)


def _asked(endpoint: Endpoint, client: Client, caller: Caller, wanted: str | None) -> bool:
    return wanted in (None, endpoint.ip) and (not caller.itself or endpoint.ip == client.address)


def _narrowed(service_port: ServicePortView, caller: Caller, endpoint: str | None) -> bool:
    """Whether it is not for want of endpoints that there are none."""
    return bool(service_port.endpoints) or caller.itself or endpoint is not None


def _journey(scene: Scene, service_port: ServicePortView, vip: str, client: Client) -> Journey:
    facts = scene.view.facts
    if client.kind == "node":
        source = facts.gateway_ips[service_port.family]
        return Journey(client, service_port, vip, facts.gateway_port, facts.gateway_mac, VIRTUAL_MAC, source)
    pod = facts.pods[client.address]
    return Journey(client, service_port, vip, pod.port, pod.mac, facts.gateway_mac, pod.ip)


def _steps(scene: Scene, journey: Journey) -> Iterator[Step]:
    """Those that every packet takes."""
    of = parts(scene.view.node.spec)
    endpoints = journey.service_port.endpoints
    if not journey.of_node:
        yield Step(
            "socket", "forward", "client", "the pod's own", journey.source, journey.vip, scene.port(journey.source)
        )
    elif not scene.view.facts.node_served and (endpoints or of.windows):
        yield from of.host.leave(scene, journey)
    if endpoints or (of.standalone and (of.windows or not journey.of_node)):
        yield from of.pipeline.choice(scene, journey)
    if not endpoints and (journey.of_node or of.standalone):
        yield from of.host.refuse(scene, journey)


def _ways(scene: Scene, journey: Journey, chosen: Iterable[Endpoint]) -> Iterator[Way]:
    total = sum(e.weight for e in journey.service_port.endpoints)
    told: dict[Place, Way] = {}
    for endpoint in chosen:
        port = endpoint.port_for(journey.service_port.port)
        leg = Leg(journey, endpoint.ip, port, _place(scene, journey, endpoint.ip))
        alike = told.get(leg.place) if scene.stands_for_others(leg) else None
        steps = _steps_to(leg, alike) if alike else tuple(_way_steps(scene, leg))
        way = Way(endpoint.ip, port, endpoint.weight / total, leg.place, steps)
        if scene.stands_for_others(leg):
            told[leg.place] = way
        yield way


def _steps_to(leg: Leg, alike: Way) -> tuple[Step, ...]:
    """The steps of a way that differs from another in nothing but the endpoint."""
    old, new = socket(alike.ip, alike.port), socket(leg.ip, leg.port)
    return tuple(_step_to(step, old, new) if old in (step.source, step.destination) else step for step in alike.steps)


def _step_to(step: Step, old: str, new: str) -> Step:
    source, destination = (new if end == old else end for end in (step.source, step.destination))
    evidence = tuple(e for e in step.evidence if e.kind != "connections")
    return Step(step.name, step.direction, step.where, step.text, source, destination, evidence, step.table)


def _way_steps(scene: Scene, leg: Leg) -> Iterator[Step]:
    of = parts(scene.view.node.spec)
    yield from of.pipeline.onto(scene, leg)
    if leg.place in ("host", "elsewhere") and (of.standalone or antrea.by_host(scene, leg)):
        yield from of.host.onward(scene, leg)
    else:
        to = (scene.view.virtual_ip(leg.journey.family) or "") if leg.returns else leg.journey.source
        yield Step("answer", "back", "endpoint", "the endpoint answers", socket(leg.ip, leg.port), to)
    yield from of.pipeline.back(scene, leg)
    if leg.journey.of_node and not scene.view.facts.node_served:
        yield from of.host.home(scene, leg.journey)


def _place(scene: Scene, journey: Journey, ip: str) -> Place:
    node, facts = scene.view.node.spec, scene.view.facts
    if ip in facts.pods:
        return "itself" if ip == journey.source and not journey.of_node else "pod"
    return "host" if ip in node.addresses or ip in facts.gateway_ips.values() else "elsewhere"


def _remarks(scene: Scene, journey: Journey) -> Iterator[str]:
    facts, spec = scene.view.facts, scene.view.node.spec
    service = scene.view.services[journey.service_port.service].spec
    for endpoint in service.endpoints:
        if not endpoint.weight and (":" in endpoint.ip) == (journey.family == 6):
            yield f"{endpoint.ip} has weight 0: it keeps the connections that it has, and gets no new ones"
    if journey.of_node and facts.node_served:
        yield "Antrea (proxyAll) leads this node's own packets to services: nothing of ours is needed for that"
    if spec.pipeline == "antrea" and not journey.of_node and not journey.service_port.endpoints:
        yield "no endpoints: Antrea's agent refuses what its pods send"
    if journey.protocol == "SCTP" and scene.seen.userspace:
        yield "the userspace datapath does not track SCTP, so this VIP does not answer, although every step is there"
    if scene.seen.traces is None:
        yield "ofproto/trace cannot be asked from here: flows are compared with what the bridge holds, and not tried"
    elif (trace := scene.trace(bridge.first_packet(journey))) and trace.complaint:
        yield f"Open vSwitch does not trace, so flows are only compared with what the bridge holds: {trace.complaint}"


def apart(scene: Scene, found: Iterable[Path]) -> Iterator[str]:
    """What differs on this node and is on none of the paths that were found."""
    met = {(e.kind, e.key) for path in found for step in all_steps(path) for e in step.evidence}
    others = [change for change in diff(scene.desired, scene.seen.owned) if key_of(change.subject) not in met]
    if others:
        subject = others[0].subject
        yield (
            f"{len(others)} more objects of this node are not as they should be, on none of these paths "
            f"({subject.kind} {subject.key}{', …' if len(others) > 1 else ''}): see `reconcile --check`"
        )


def all_steps(path: Path) -> Iterator[Step]:
    """Those before an endpoint is chosen, and those of every way."""
    yield from path.steps
    for way in path.ways:
        yield from way.steps
