"""Where an endpoint is, and what that is to a node."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from reconciler.intents import Declared, Node
from reconciler.intents.network import network

Kind = Literal["pod", "host network", "elsewhere", "nowhere"]
Target = Literal["pod here", "host here", "pod elsewhere", "elsewhere", "nowhere"]
"""What an endpoint is to one node; `nowhere` when no endpoint takes connections."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint is, as the nodes' networks tell."""

    kind: Kind
    node: str = ""

    def __str__(self) -> str:
        return f"{self.kind} of {self.node}" if self.node else self.kind

    def seen_from(self, node: str) -> Target:
        """What it is to a node."""
        if self.kind == "nowhere":
            return "nowhere"
        if self.node == node:
            return "pod here" if self.kind == "pod" else "host here"
        return "pod elsewhere" if self.kind == "pod" else "elsewhere"


NOWHERE = Place("nowhere")


def places(nodes: Collection[Declared[Node]]) -> Callable[[str], Place]:
    """The place of any address, among these nodes."""
    table = network(nodes)

    def place(ip: str) -> Place:
        owner = table.owner(ip)
        if not owner:
            return Place("elsewhere")
        return Place("host network" if ip in table.addresses else "pod", owner.node)

    return place
