"""Drivers: each reads and applies one kind of live state, and knows nothing of services."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.diff import Change
from reconciler.resources import Key, Resource


@dataclass(frozen=True, slots=True)
class Live:
    """What a driver read."""

    owned: Sequence[Resource]
    """Objects of ours, by the table in `ownership.py`."""
    foreign: Mapping[Key, str] = field(default_factory=dict)
    """Other people's objects that one of ours could collide with: their text by the key that ours would have."""


class Parsed:
    """What a parser makes of a tool's output; the very same, not parsed again, when the output is the same again."""

    def __init__(self, parse: Callable[..., Live]) -> None:
        self._parse = parse
        self._output: tuple[str, ...] = ()
        self._live = Live(())

    def __call__(self, *output: str) -> Live:
        """The output as live state."""
        if output != self._output:
            self._live = self._parse(*output)
            self._output = output
        return self._live


class Driver(Protocol):
    """One kind of live state."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of `order.py` that it applies."""

    def read(self) -> Live:
        """Read everything of ours, and what could be in the way. Raises ToolError or NodeError."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes of one stage, all creations and updates or all deletions. Raises ToolError."""
