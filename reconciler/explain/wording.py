"""Words and small pieces of evidence that the steps of every kind of node share."""

from collections import Counter

from reconciler.explain.judging import MEND
from reconciler.explain.scene import Journey, Leg, Scene
from reconciler.explain.sockets import socket
from reconciler.explain.values import Evidence
from reconciler.features.service_ports import ServicePortView
from reconciler.ownership import CT_ZONE, RETURN_ZONE

MOST_NAMED = 4
"""Endpoints that a line names."""


def told_group(service_port: ServicePortView) -> str:
    """The group, and its endpoints with their shares."""
    total = sum(endpoint.weight for endpoint in service_port.endpoints)
    shares = [f"{e.ip} {e.weight / total:.0%}".replace("%", " %") for e in service_port.endpoints]
    named = ", ".join(shares[:MOST_NAMED]) + (", …" if len(shares) > MOST_NAMED else "")
    count = "1 endpoint" if len(shares) == 1 else f"{len(shares)} endpoints"
    return f"group {service_port.group:#x}, {count}: {named}"


def held(scene: Scene, leg: Leg) -> tuple[Evidence, ...]:
    """What conntrack holds of this way, where it holds anything."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    asked = socket(journey.vip, journey.service_port.port.port)
    mine = [c for c in scene.connections.get((journey.protocol, asked), ()) if c.answers == endpoint]
    back = scene.connections.get((journey.protocol, endpoint), ()) if leg.returns else ()
    mine += [connection for connection in back if connection.zone == RETURN_ZONE]
    if not mine:
        return ()
    counts = Counter(connection.zone for connection in mine)
    said = ", ".join(f"{count} in zone {zone}" for zone, count in sorted(counts.items()))
    key = f"{journey.protocol} {asked} -> {endpoint}"
    return (Evidence("connections", key, "ok", "", f"{said}, such as {mine[0].text}"),)


def misled(scene: Scene, journey: Journey) -> tuple[Evidence, ...]:
    """UDP connections that conntrack still leads to no endpoint of this service."""
    if journey.protocol != "UDP":
        return ()
    asked, port = socket(journey.vip, journey.service_port.port.port), journey.service_port.port
    service = scene.view.services[journey.service_port.service].spec
    right = {socket(endpoint.ip, endpoint.port_for(port)) for endpoint in service.endpoints}
    stale = [c for c in scene.connections.get(("UDP", asked), ()) if c.answers not in right and c.zone == CT_ZONE]
    if not stale:
        return ()
    said = f"{len(stale)} to no endpoint, such as {stale[0].text}"
    return (Evidence("connections", f"UDP {asked}", "foreign", "to endpoints only", said, None, MEND),)
