"""What a review is: frozen values, of which its text and its JSON form are renderings."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reconciler.diff import Action
from reconciler.explain.review.places import Place, Target
from reconciler.explain.review.steps import Client, Steps
from reconciler.intents import Declared
from reconciler.origin import Origin
from reconciler.resources import Family


@dataclass(frozen=True, slots=True)
class Backend:
    """An endpoint as one port of its service has it."""

    port: int
    weight: int
    share: Fraction
    """Of new connections, as the group deals them."""
    place: Place


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """One endpoint before and after; None where it is not."""

    ip: str
    before: Backend | None
    after: Backend | None

    @property
    def action(self) -> Action:
        """Whether it was added, removed or changed."""
        return action_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every one of these nodes to every one of these endpoints; without endpoints, to a service that has none."""

    nodes: tuple[str, ...]
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PathChange:
    """How clients of some nodes reach some endpoints, where that was another way before, or none."""

    client: Client
    pairs: tuple[Pairs, ...]
    before: Steps
    after: Steps


@dataclass(frozen=True, slots=True)
class PortState:
    """One port of a service in one family."""

    vips: tuple[str, ...]
    backends: Mapping[str, Backend]
    """By address, those of weight 0 included."""

    @property
    def refused(self) -> bool:
        """Whether connections are refused: no endpoint takes them."""
        return not any(backend.weight for backend in self.backends.values())


@dataclass(frozen=True, slots=True)
class PortChange:
    """One port of a service in one family before and after; None where it is not."""

    family: Family
    protocol: str
    port: int
    before: PortState | None
    after: PortState | None
    endpoints: tuple[EndpointChange, ...]
    """Those that differ, by address."""
    paths: tuple[PathChange, ...]
    """To endpoints that take connections afterwards; a path that ends with its endpoint is not told again."""

    @property
    def action(self) -> Action:
        """Whether it was added, removed or changed."""
        return action_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A service before and after, with the ports that differ; None where it is not declared."""

    key: str
    before: Origin | None
    after: Origin | None
    ports: tuple[PortChange, ...]

    @property
    def action(self) -> Action:
        """Whether it was added, removed or changed."""
        return action_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value in a Node by its YAML name, like `gateway.interface`; None where it is not given."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node before and after; None where it is not declared."""

    name: str
    before: Origin | None
    after: Origin | None
    fields: tuple[FieldChange, ...] = ()
    """Those that differ, where it is declared before and after."""
    release: str = ""
    """Why `reconcile release` must run there before the change, if it must."""

    @property
    def action(self) -> Action:
        """Whether it was added, removed or changed."""
        return action_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class NodePathChange:
    """How clients of some nodes reach every endpoint of a kind, where the nodes themselves changed."""

    client: Client
    family: Family
    nodes: tuple[str, ...]
    targets: tuple[Target, ...]
    before: Steps
    after: Steps


@dataclass(frozen=True, slots=True)
class Review:
    """All that a change of the intents does to paths."""

    nodes: tuple[NodeChange, ...]
    paths: tuple[NodePathChange, ...]
    """Those of every service."""
    services: tuple[ServiceChange, ...]
    total: int
    """Services that are declared afterwards."""

    @property
    def unchanged(self) -> bool:
        """Whether nothing that is asked of a node differs; exit code 0."""
        return not (self.nodes or self.services)


def action_of(before: object | None, after: object | None) -> Action:
    """What turns the one into the other."""
    if before is None:
        return "create"
    return "delete" if after is None else "update"


def origin_of(declared: Declared[Any] | None) -> Origin | None:
    """Where it is declared, if it is."""
    return declared.origin if declared else None
