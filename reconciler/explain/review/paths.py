"""How the paths to one port of a service change: from which nodes and clients, to which endpoints."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.explain.review.places import NOWHERE, Place, Target
from reconciler.explain.review.steps import CLIENTS, Client, Steps, steps
from reconciler.explain.review.values import Pairs, PathChange, PortState
from reconciler.intents import Declared, Node
from reconciler.resources import Family


class Side:
    """The nodes of one side; it remembers the steps that it was asked for, since endpoints share them."""

    def __init__(self, nodes: Mapping[str, Declared[Node]]) -> None:
        self.nodes = nodes
        self._known: dict[tuple[str, Client, Family, Target], Steps] = {}

    def steps(self, node: str, client: Client, family: Family, target: Target) -> Steps:
        """The steps from a client of a node."""
        key = node, client, family, target
        if key not in self._known:
            self._known[key] = steps(self.nodes[node].spec, client, family, target)
        return self._known[key]

    def serves(self, node: str, client: Client) -> bool:
        """Whether it is by what we do that a client of a node is served."""
        return client == "node" or self.nodes[node].spec.pipeline == "standalone"


def path_changes(
    family: Family, old: PortState | None, new: PortState | None, before: Side, after: Side
) -> Iterator[PathChange]:
    """The changes that come from the service; what a node's own change does to every service is no part of them."""
    found: dict[tuple[Client, Steps, Steps], dict[str, list[str]]] = {}
    for node, ip, was, becomes in _moves(_targets(old), _targets(new), [n for n in after.nodes if n in before.nodes]):
        for client in CLIENTS:
            then = before.steps(node, client, family, was) if was else ()
            now = after.steps(node, client, family, becomes)
            if now and then != now and after.serves(node, client):
                found.setdefault((client, then, now), {}).setdefault(node, []).append(ip)
    for (client, then, now), by_node in found.items():
        yield PathChange(client, tuple(_pairs(by_node)), then, now)


def _targets(state: PortState | None) -> dict[str, Place]:
    """The places of the endpoints that take connections; nowhere under an empty address where none does."""
    if state is None:
        return {}
    return {ip: each.place for ip, each in state.backends.items() if each.weight} or {"": NOWHERE}


def _moves(
    olds: Mapping[str, Place], news: Mapping[str, Place], nodes: Sequence[str]
) -> Iterator[tuple[str, str, Target | None, Target]]:
    """Every node to which an endpoint is something else than before, with both."""
    for ip, place in news.items():
        if (old := olds.get(ip)) == place:
            continue
        for node in nodes:
            was, becomes = old.seen_from(node) if old else None, place.seen_from(node)
            if was != becomes:
                yield node, ip, was, becomes


def _pairs(by_node: Mapping[str, list[str]]) -> Iterator[Pairs]:
    grouped: dict[tuple[str, ...], list[str]] = {}
    for node, ips in by_node.items():
        grouped.setdefault(tuple(filter(None, ips)), []).append(node)
    for endpoints, nodes in grouped.items():
        yield Pairs(tuple(nodes), endpoints)
