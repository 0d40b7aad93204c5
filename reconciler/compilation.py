"""All that follows from the intents and the facts of one node, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.advice import notes
from reconciler.conntrack import Expected, Place, served
from reconciler.desired import Desired, compile_node
from reconciler.facts import Facts, View
from reconciler.intents import Declared, Intents, Node


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a node is to have, what its operator should know, and where its UDP connections may lead."""

    desired: Desired
    notes: tuple[str, ...]
    places: Mapping[Place, frozenset[Place]]


def compilation(intents: Intents, name: str, facts: Facts) -> Compilation:
    """Compile one node."""
    services = intents.services
    view = View(intents.nodes[name], services, facts)
    return Compilation(compile_node(intents, name, facts), tuple(notes(view)), served(services.values()))


def expected(node: Declared[Node], facts: Facts, places: Mapping[Place, frozenset[Place]]) -> Expected:
    """How the UDP connections of a node may look."""
    steered = View(node, {}, facts).steered
    return Expected(places, {family: facts.gateway_ips[family] for family in steered})
