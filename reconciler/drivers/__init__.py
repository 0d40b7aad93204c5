"""Drivers: each reads and applies one kind of live state, and knows nothing of services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, Self

from reconciler.diff import Change
from reconciler.resources import Key, Resource


@dataclass(frozen=True, slots=True)
class Live:
    """What is there of the kinds of a driver."""

    owned: Sequence[Resource]
    """Objects of ours, by the table in `ownership.py`."""
    foreign: Mapping[Key, str] = field(default_factory=dict)
    """Other people's objects that one of ours could collide with: their text by the key that ours would have."""


@dataclass(frozen=True)
class Dump:
    """What a driver read: text, or a digest, that is the same for as long as the state is; and what it means."""

    text: tuple[str, ...]
    parse: Callable[..., Live] = field(compare=False, repr=False)

    @classmethod
    def of(cls, live: Live) -> Self:
        """Of what came as something else than text that stays the same."""
        return cls((repr(live),), lambda _: live)

    @cached_property
    def live(self) -> Live:
        """Parsed when it is asked for first: what is the same again need not be."""
        return self.parse(*self.text)


class Driver(Protocol):
    """One kind of live state."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of `order.py` that it applies."""

    def read(self) -> Dump:
        """Read everything of ours, and what could be in the way. Raises ToolError or NodeError."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes of one stage, all creations and updates or all deletions. Raises ToolError."""
