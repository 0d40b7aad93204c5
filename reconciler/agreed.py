"""That a node was as its intents want it: the same intents, facts and live state have nothing to do again."""

from dataclasses import dataclass

from reconciler.facts import Facts
from reconciler.plan import Plan
from reconciler.reading import Actual
from reconciler.site import Site


@dataclass(frozen=True, slots=True)
class Agreed:
    """A Linux node that was in sync, and how it was read."""

    site: Site
    facts: Facts
    texts: tuple[tuple[str, ...], ...]
    """Of the dumps that were its live state."""
    owned: int
    notes: tuple[str, ...]

    def holds(self, facts: Facts, actual: Actual) -> bool:
        """Whether all is as it was."""
        return self.facts == facts and self.texts == actual.texts

    @property
    def plan(self) -> Plan:
        """Nothing to do."""
        return Plan(self.site.node, (), self.owned, self.notes)
