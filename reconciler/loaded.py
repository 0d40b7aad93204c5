"""The intents of a folder, for one of their nodes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from reconciler.advice import notes
from reconciler.compilation import Compilation, expected
from reconciler.conntrack import served
from reconciler.desired import compile_node
from reconciler.errors import NodeError
from reconciler.facts import Facts, View
from reconciler.intents import Intents, Node, load


@dataclass(frozen=True, slots=True)
class Loaded:
    """Intents that were loaded, in which there is a node of this name."""

    intents: Intents
    name: str

    @classmethod
    def of(cls, folder: Path, name: str) -> Self:
        """Those of a folder. Raises IntentError, and NodeError when there is no node of this name."""
        return cls.among(load(folder), folder, name)

    @classmethod
    def among(cls, intents: Intents, folder: Path, name: str) -> Self:
        """Those that a folder has. Raises NodeError when there is no node of this name."""
        if name not in intents.nodes:
            known = ", ".join(intents.nodes)
            raise NodeError(f"no Node {name} in {folder}: give one of {known} with --node")
        return cls(intents, name)

    @property
    def node(self) -> Node:
        """The node."""
        return self.intents.nodes[self.name].spec

    def compile(self, facts: Facts) -> Compilation:
        """What follows from them."""
        declared, services = self.intents.nodes[self.name], self.intents.services
        return Compilation(
            desired=compile_node(self.intents, self.name, facts),
            notes=tuple(notes(View(declared, services, facts))),
            expected=expected(declared, facts, served(services.values())),
            allow_deletes=declared.spec.allow_deletes,
        )
