"""The live state of a node, and its facts: read side by side."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from reconciler.drivers import Driver, Dump
from reconciler.errors import ReconcileError
from reconciler.facts import Facts
from reconciler.platforms import Platform
from reconciler.resources import Key, Resource, by_key

Texts = tuple[tuple[str, ...], ...]
"""Of one dump of each driver: what tells a live state apart from another."""


@dataclass(frozen=True)
class Actual:
    """The live state: what is ours, and what could be in the way."""

    dumps: tuple[Dump, ...]
    """One of each driver."""

    @property
    def texts(self) -> Texts:
        """Those of its dumps."""
        return tuple(dump.text for dump in self.dumps)

    @cached_property
    def owned(self) -> Mapping[Key, Resource]:
        """Objects of ours."""
        return by_key(resource for dump in self.dumps for resource in dump.live.owned)

    @cached_property
    def foreign(self) -> Mapping[Key, str]:
        """Other people's objects that one of ours could collide with."""
        return {key: text for dump in self.dumps for key, text in dump.live.foreign.items()}


def observe(of: Sequence[Driver], before: Actual | None = None) -> Actual:
    """The live state, read by all drivers side by side; what is the same again is what it was `before`, parsed."""
    with ThreadPoolExecutor(len(of)) as pool:
        read = tuple(pool.map(lambda driver: driver.read(), of))
    if before and read == before.dumps:
        return before
    known = {dump.text: dump for dump in before.dumps} if before else {}
    return Actual(tuple(known.get(dump.text, dump) for dump in read))


class ReadingBack:
    """Reads the drivers once more, each as soon as nothing is to be changed through it, beside what goes on.

    What is `known` by its text is not parsed.
    """

    def __init__(self, drivers: Sequence[Driver], known: Texts = ()) -> None:
        self._drivers, self._known = drivers, known
        self._pool = ThreadPoolExecutor(len(drivers))
        self._coming: dict[Driver, Future[Dump]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin(self, driver: Driver) -> None:
        """Nothing is to be changed through this one any more."""
        self._coming[driver] = self._pool.submit(self._read, driver)

    def end(self) -> Actual:
        """Nor through any other: the live state. Raises NodeError, ToolError."""
        for driver in self._drivers:
            if driver not in self._coming:
                self.begin(driver)
        return Actual(tuple(self._coming[driver].result() for driver in self._drivers))

    def _read(self, driver: Driver) -> Dump:
        dump = driver.read()
        if dump.text not in self._known:
            _ = dump.live
        return dump


@dataclass(frozen=True, slots=True)
class Look:
    """A node that is being read: its facts are there, and its live state comes."""

    machine: Platform
    facts: Facts
    coming: Future[tuple[tuple[Driver, ...], Actual]]

    @property
    def drivers(self) -> tuple[Driver, ...]:
        """Those that read it."""
        return self.coming.result()[0]

    @property
    def actual(self) -> Actual:
        """The live state, once it is there. Raises NodeError, ToolError."""
        return self.coming.result()[1]


def look(machine: Platform, before: Actual | None = None) -> Look:
    """Begin to read a node. Raises NodeError for what its Node names and it does not have."""
    pool = ThreadPoolExecutor(1)
    # Side by side: the live state comes from other processes, and what follows keeps this one busy.
    early = pool.submit(_observed, machine, before) if machine.side_by_side else None
    try:
        facts = machine.facts()
    except ReconcileError:
        pool.shutdown()
        raise
    coming = early or pool.submit(_observed, machine, before)
    pool.shutdown(wait=False)
    return Look(machine, facts, coming)


def _observed(machine: Platform, before: Actual | None) -> tuple[tuple[Driver, ...], Actual]:
    drivers = machine.drivers()
    return drivers, observe(drivers, before)
