"""The desired state of a node: the union of all features, by key."""

from collections.abc import Mapping

from reconciler.facts import Facts, View
from reconciler.features import features
from reconciler.features.service_ports import names, service_ports
from reconciler.group_ids import assign
from reconciler.intents import Intents
from reconciler.resources import Key, Resource, key_of

Desired = Mapping[Key, Resource]


def compile_node(intents: Intents, node: str, facts: Facts, only: str | None = None) -> Desired:
    """Everything that one node should hold; with `only` (a key `namespace/name`), what that service asks for.

    Raises a RuntimeError on our own bug: two features that ask for one object in two ways.
    """
    view = View(intents.nodes[node], intents.services, facts)
    groups = assign(name for s in intents.services.values() for name, _, _ in names(s.spec))
    kind = features(view.node.spec)
    desired: dict[Key, Resource] = {}
    if only is None:
        for feature in kind.per_node:
            for resource in feature(view):
                _add(desired, resource)
    for key in intents.services if only is None else (only,):
        for service_port in service_ports(view, key, groups):
            for of_service_port in kind.per_service:
                for resource in of_service_port(service_port):
                    _add(desired, resource)
    return desired


def _add(desired: dict[Key, Resource], resource: Resource) -> None:
    key = key_of(resource)
    if desired.setdefault(key, resource) != resource:
        raise RuntimeError(f"bug: two features disagree on {key}")
