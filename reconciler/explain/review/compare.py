"""Compares two sets of intents: nodes with nodes, and then each port of each service."""

from collections.abc import Iterator, Mapping

from reconciler.explain.review.nodes import node_changes, node_paths
from reconciler.explain.review.paths import Side, path_changes
from reconciler.explain.review.places import places
from reconciler.explain.review.ports import PortKey, ports
from reconciler.explain.review.values import EndpointChange, PortChange, PortState, Review, ServiceChange, origin_of
from reconciler.intents import Declared, Intents, Service

Ports = Mapping[PortKey, PortState]


def review(before: Intents, after: Intents, only: str | None = None) -> Review:
    """What differs; with `only` (a key `namespace/name`), of that service and the nodes."""
    sides = Side(before.nodes), Side(after.nodes)
    where = places(before.nodes.values()), places(after.nodes.values())
    changes = []
    for key in sorted({*before.services, *after.services} if only is None else {only}):
        old, new = before.services.get(key), after.services.get(key)
        there = ports(old, where[0]), ports(new, where[1])
        if there[0] != there[1]:
            changes.append(_service(key, (old, new), there, sides))
    nodes = tuple(node_changes(before.nodes, after.nodes))
    return Review(nodes, tuple(node_paths(*sides)), tuple(changes), len(after.services))


def _service(
    key: str,
    declared: tuple[Declared[Service] | None, Declared[Service] | None],
    there: tuple[Ports, Ports],
    sides: tuple[Side, Side],
) -> ServiceChange:
    old, new = there
    changed = [at for at in sorted({*old, *new}) if old.get(at) != new.get(at)]
    before, after = map(origin_of, declared)
    return ServiceChange(key, before, after, tuple(_port(at, old.get(at), new.get(at), sides) for at in changed))


def _port(key: PortKey, old: PortState | None, new: PortState | None, sides: tuple[Side, Side]) -> PortChange:
    family, port, protocol = key
    endpoints = tuple(_endpoints(old, new))
    return PortChange(family, protocol, port, old, new, endpoints, tuple(path_changes(family, old, new, *sides)))


def _endpoints(old: PortState | None, new: PortState | None) -> Iterator[EndpointChange]:
    before, after = old.backends if old else {}, new.backends if new else {}
    for ip in sorted({*before, *after}):
        if before.get(ip) != after.get(ip):
            yield EndpointChange(ip, before.get(ip), after.get(ip))
