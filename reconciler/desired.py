"""The desired state of a node: the union of all features, by key."""

from collections.abc import Collection, Iterable, Mapping

from reconciler.facts import Facts, View
from reconciler.features import features
from reconciler.features.service_ports import names, service_ports
from reconciler.group_ids import GroupIds, assign
from reconciler.intents import Declared, Intents, Node, Service
from reconciler.per_service import PerService
from reconciler.resources import Key, Resource, key_of

Desired = Mapping[Key, Resource]
Services = Mapping[str, Declared[Service]]
Part = tuple[Resource, ...]


def compile_node(intents: Intents, node: str, facts: Facts, only: str | None = None) -> Desired:
    """Everything that one node should hold; with `only` (a key `namespace/name`), what that service asks for.

    Raises a RuntimeError on our own bug: two features that ask for one object in two ways.
    """
    if only is None:
        compiled = Compiled()
        compiled.renew(intents.nodes[node], facts, intents.services)
        return compiled.resources
    ids = assign(name for declared in intents.services.values() for name in _names(declared))
    view = _service_view(intents.nodes[node], facts)
    return _union(_part(view, intents.services[only], ids))


class Compiled:
    """The desired state of one node that remembers what each service asked for: a change costs what changed."""

    def __init__(self) -> None:
        self.resources: dict[Key, Resource] = {}
        self.version = 0
        """Moves on with every change of the resources."""
        self._node_part: Desired = {}
        self._view: View | None = None
        self._groups = GroupIds()
        self._services = PerService(self._of_service)

    def renew(self, node: Declared[Node], facts: Facts, services: Services) -> None:
        """Everything, as far as it is not known."""
        view = _service_view(node, facts)
        if self._view != view:
            self.resources, self._node_part, self._view = {}, {}, view
            self._groups, self._services = GroupIds(), PerService(self._of_service)
        part = _node_part(View(node, services, facts))
        if part != self._node_part:
            self._exchange(self._node_part, part)
            self._node_part = part
        self.change(services, self._services.differing(services))

    def change(self, services: Services, keys: Collection[str]) -> tuple[Desired, Desired]:
        """Only these services, which came, went or differ: what they asked for before, and what they ask for now."""
        moved = self._assign(services, keys)
        turns = self._services.renew(services, {*keys, *moved})
        before = _union(resource for turn in turns for resource in turn.before or ())
        after = _union(resource for turn in turns for resource in turn.after or ())
        if turns:
            self._exchange(before, after)
        return before, after

    def _assign(self, services: Services, keys: Iterable[str]) -> set[str]:
        """Give the service ports their groups; the keys of other services that got another one by it."""
        before = {name for key in keys if (known := self._services.known(key)) for name in _names(known)}
        after = {name for key in keys if (declared := services.get(key)) for name in _names(declared)}
        moved = self._groups.change(before - after, after - before)
        return {name.partition(" ")[0] for name in moved}

    def _of_service(self, declared: Declared[Service]) -> Part:
        if self._view is None:
            raise RuntimeError("bug: a service is compiled for no node")
        return _part(self._view, declared, self._groups.ids)

    def _exchange(self, before: Desired, after: Desired) -> None:
        for key in before:
            del self.resources[key]
        _add(self.resources, after.items())
        self.version += 1


def _service_view(node: Declared[Node], facts: Facts) -> View:
    """A node as a single service sees it: what it asks for depends on nothing else."""
    return View(node, {}, facts.of_services)


def _part(view: View, declared: Declared[Service], ids: Mapping[str, int]) -> Part:
    of_each = features(view.node.spec).per_service
    ports = service_ports(view, declared, ids)
    return tuple(resource for port in ports for feature in of_each for resource in feature(port))


def _node_part(view: View) -> Desired:
    return _union(resource for feature in features(view.node.spec).per_node for resource in feature(view))


def _union(resources: Iterable[Resource]) -> dict[Key, Resource]:
    union: dict[Key, Resource] = {}
    _add(union, ((key_of(resource), resource) for resource in resources))
    return union


def _add(to: dict[Key, Resource], resources: Iterable[tuple[Key, Resource]]) -> None:
    for key, resource in resources:
        known = to.setdefault(key, resource)
        if known is not resource and known != resource:
            raise RuntimeError(f"bug: two features disagree on {key}")


def _names(declared: Declared[Service]) -> Iterable[str]:
    return (name for name, _, _ in names(declared.spec))
