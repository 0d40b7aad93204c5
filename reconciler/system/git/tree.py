"""The intent files of a commit, found in its tree as `intent_files.py` finds them in a folder.

Nothing is written, so nothing of a commit can get out of it: links are followed within the tree alone.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Self

from reconciler.errors import NodeError
from reconciler.intent_files import BEGIN, SUFFIXES
from reconciler.positions import Fault
from reconciler.quoting import quoted

LINK, SUBMODULE = "120000", "160000"
"""Modes of a symbolic link and of a submodule in a tree."""
NO_NAMES = frozenset(("", ".", "..", ".git"))
"""What no file or folder of a work tree is called."""
MOST_LINKS, LONGEST_LINK = 40, 4096
"""How many links may stand on one path, and how many bytes one may have, as on Linux."""
OUTSIDE = Fault(BEGIN, "a symbolic link that leads out of the work tree: put the file itself here")
AROUND = Fault(BEGIN, "a symbolic link that leads to itself: remove the link")
DANGLING = Fault(BEGIN, "a symbolic link to what is not there: remove the link")
UNKNOWN = Fault(BEGIN, "a symbolic link whose target is not in this clone: fetch it first")
MOST_STEPS, DEEPEST = 200_000, 100
"""How many files, folders and parts of links are looked at, and within how many folders. A few links can make a few
files look like any number."""


class Entry(NamedTuple):
    """A file, link or submodule of a tree."""

    mode: str
    id: str
    path: str

    @property
    def is_submodule(self) -> bool:
        """Whether it stands for a commit of another repository."""
        return self.mode == SUBMODULE

    @classmethod
    def of(cls, line: str) -> Self:
        """One that `git ls-tree -z` lists."""
        words, _, path = line.partition("\t")
        mode, _, identity = words.split()
        return cls(mode, identity, path)


Place = tuple[str, ...]
"""The names on the way to a file or folder."""
Found = Iterator[tuple[str, Entry | Fault]]
"""Files by their path, or what is wrong with them."""


class Tree:
    """A tree as git lists it, with where its links lead, by their ids. Raises NodeError if no work tree can be so."""

    def __init__(self, entries: Iterable[Entry], links: Mapping[str, str]) -> None:
        self._links, self._left = links, MOST_STEPS
        self._at: dict[Place, Entry] = {}
        self._below: dict[Place, set[str]] = {(): set()}
        for entry in entries:
            self._add(entry, tuple(entry.path.split("/")))
        if clash := self._at.keys() & self._below.keys():
            raise NodeError(f"{quoted('/'.join(min(clash)))} is a file and a folder: no work tree can have both")

    def intent_files(self, folder: str = "") -> Found:
        """Every intent file below a folder, and every submodule, by its path, sorted within each folder.

        Raises NodeError when there are too many. Nothing where there is no such folder.
        """
        place = tuple(name for name in folder.split("/") if name)
        if place in self._below:
            yield from self._walk(folder, place, (place,))

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise NodeError(f"more than {MOST_STEPS} files, with those that links lead to: use fewer links")

    def _add(self, entry: Entry, place: Place) -> None:
        if place in self._at or not NO_NAMES.isdisjoint(place) or len(place) > DEEPEST:
            raise NodeError(f"{quoted(entry.path)} stands twice, or is too deep, or is no path of a work tree")
        self._at[place] = entry
        while place:
            *above, name = place
            place = tuple(above)
            if known := self._below.get(place):
                known.add(name)
                return
            self._below[place] = {name}

    def _walk(self, shown: str, folder: Place, above: tuple[Place, ...]) -> Found:
        names = self._below[folder]
        self._spend(len(names))
        if len(above) > DEEPEST:
            raise NodeError(f"{quoted(shown)}: more than {DEEPEST} folders within each other: use fewer links")
        for name in sorted(names):
            if not name.startswith("."):
                yield from self._found(f"{shown}{name}", (*folder, name), above)

    def _found(self, shown: str, place: Place, above: tuple[Place, ...]) -> Found:
        entry = self._at.get(place)
        real = self._followed(place) if entry and entry.mode == LINK else place
        if isinstance(real, Fault):
            if _is_named_as_intents(shown):
                yield shown, real
        elif real in above:
            yield shown, Fault(BEGIN, "a symbolic link to a folder that it is in: remove the link")
        elif real in self._below:
            yield from self._walk(f"{shown}/", real, (*above, real))
        elif self._at[real].is_submodule or _is_named_as_intents(shown):
            yield shown, self._at[real]

    def _followed(self, place: Place) -> Place | Fault:
        """Where a path leads, through all links on it."""
        real: Place = ()
        rest, links = [*reversed(place)], 0
        while rest:
            there = _step(real, rest.pop())
            if there is None:
                return OUTSIDE
            entry = self._at.get(there)
            if entry and entry.mode == LINK:
                links, target = links + 1, self._links.get(entry.id, "")
                if not target or posixpath.isabs(target):
                    return OUTSIDE if target else UNKNOWN
                if links > MOST_LINKS:
                    return AROUND
                parts = target.split("/")
                self._spend(len(parts))
                rest += reversed(parts)
            elif there in self._below or (entry and not rest):
                real = there
            else:
                return DANGLING
        return real


def _step(place: Place, name: str) -> Place | None:
    """One name further on a path; None above the work tree."""
    if name == "..":
        return place[:-1] if place else None
    return place if name in ("", ".") else (*place, name)


def _is_named_as_intents(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in SUFFIXES
