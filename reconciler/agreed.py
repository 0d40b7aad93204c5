"""That a node was as its intents want it: the same intents, facts and live state have nothing to do again."""

from dataclasses import dataclass

from reconciler.facts import Facts
from reconciler.plan import Plan
from reconciler.reading import Texts
from reconciler.site import Site


@dataclass(frozen=True, slots=True)
class Agreed:
    """A Linux node that was in sync, and how it was read."""

    site: Site
    facts: Facts
    texts: Texts
    owned: int
    notes: tuple[str, ...]

    def known(self, facts: Facts) -> Texts:
        """How it is read while it is in sync; empty with other facts, with which that is not known."""
        return self.texts if self.facts == facts else ()

    @property
    def plan(self) -> Plan:
        """Nothing to do."""
        return Plan(self.site.node, (), self.owned, self.notes)
