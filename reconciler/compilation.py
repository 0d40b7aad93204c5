"""All that follows from the intents and the facts of one node, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.conntrack import Expected, Place
from reconciler.facts import Facts, View

if TYPE_CHECKING:
    from reconciler.desired import Desired
    from reconciler.intents import Declared, Node


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a node is to have, what its operator should know, and how its UDP connections may look."""

    desired: "Desired"
    notes: tuple[str, ...]
    expected: Expected
    allow_deletes: bool
    """Whether the Node lets any number of deletions through."""


def expected(node: "Declared[Node]", facts: Facts, places: Mapping[Place, frozenset[Place]]) -> Expected:
    """How the UDP connections of a node may look."""
    steered = View(node, {}, facts).steered
    return Expected(places, {family: facts.gateway_ips[family] for family in steered})
