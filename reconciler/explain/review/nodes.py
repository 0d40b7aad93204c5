"""How nodes change, and what that does to the paths of every service."""

from collections.abc import Iterator, Mapping
from itertools import product

from reconciler.explain.review.paths import Side
from reconciler.explain.review.places import Target
from reconciler.explain.review.steps import CLIENTS, TARGETS, Client, Steps
from reconciler.explain.review.values import FieldChange, NodeChange, NodePathChange, origin_of
from reconciler.intents import Declared, Node
from reconciler.resources import FAMILIES, Family

Nodes = Mapping[str, Declared[Node]]


def node_changes(before: Nodes, after: Nodes) -> Iterator[NodeChange]:
    """Every node that differs, by name."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            why = "afterwards no intent knows it" if old else ""
            yield NodeChange(name, origin_of(old), origin_of(new), release=why)
        elif old.spec != new.spec:
            fields = tuple(_fields(old.spec, new.spec))
            yield NodeChange(name, old.origin, new.origin, fields, _release(old.spec, new.spec))


def _fields(old: Node, new: Node) -> Iterator[FieldChange]:
    before, after = (dict(_values(each.model_dump(by_alias=True))) for each in (old, new))
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield FieldChange(name, before.get(name), after.get(name))


def _values(mapping: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from _values(value, f"{above}{key}.")
        elif value is not None:
            yield f"{above}{key}", value


def _release(old: Node, new: Node) -> str:
    for what, was, becomes in (
        ("bridge", old.bridge, new.bridge),
        ("gateway", old.gateway.interface, new.gateway.interface),
        ("platform", old.platform, new.platform),
    ):
        if was != becomes:
            return f"what belongs to {what} {was} is not looked for afterwards"
    return ""


def node_paths(before: Side, after: Side) -> Iterator[NodePathChange]:
    """The steps that differ on nodes of both sides, whatever the service; nodes that change alike are told together."""
    together: dict[tuple[Client, Family, tuple[Target, ...], Steps, Steps], list[str]] = {}
    for name in after.nodes:
        if name in before.nodes and before.nodes[name].spec != after.nodes[name].spec:
            for (client, family, was, becomes), targets in _of_node(name, before, after).items():
                together.setdefault((client, family, tuple(targets), was, becomes), []).append(name)
    for (client, family, to, was, becomes), nodes in together.items():
        yield NodePathChange(client, family, tuple(nodes), to, was, becomes)


def _of_node(name: str, before: Side, after: Side) -> dict[tuple[Client, Family, Steps, Steps], list[Target]]:
    found: dict[tuple[Client, Family, Steps, Steps], list[Target]] = {}
    for client, family, target in product(CLIENTS, FAMILIES, TARGETS):
        was, becomes = (side.steps(name, client, family, target) for side in (before, after))
        if was != becomes:
            found.setdefault((client, family, was, becomes), []).append(target)
    return found
