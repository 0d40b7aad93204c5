"""What an earlier process made of the same files and facts, so that the next one need neither parse nor compile them.

One file a folder and node: the digest of what it was made of, the node, and what was compiled. It is a memory and
nothing else: whoever removes it loses time.
"""

import os
import pickle
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache, cached_property
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

from reconciler import loop
from reconciler.compilation import Compilation
from reconciler.conntrack import Place
from reconciler.facts import Facts
from reconciler.intents import Declared, Node
from reconciler.intents.files import contents, digest
from reconciler.origin import Origin
from reconciler.resources import Resource, by_key
from reconciler.system.whole_file import write

PROGRAM = Path(__file__).parent
MOST = 8
"""Folders and nodes that are remembered; the ones that were compiled the longest ago are forgotten."""
DAMAGE = (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError)
"""What reading a file may raise that is not what we wrote."""


Rows = tuple[list[tuple[str, int] | None], list[tuple[type[Resource], list[tuple[Any, ...]]]]]
"""Where intents stand; and by class the fields of each resource, the last of them a number in that list."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was compiled, and for which facts."""

    node: Declared[Node]
    facts: Facts
    rows: Rows
    notes: tuple[str, ...]
    places: Mapping[Place, frozenset[Place]]


class Remembered:
    """What the intents say of a node: from memory while the files and the facts are the same, else from the files."""

    def __init__(self, folder: Path, name: str, memory: Path | None) -> None:
        self._folder, self._name = folder, name
        self._digest = _digest(folder, name).encode()
        place = sha256(f"{folder.absolute()}:{name}".encode(errors="surrogateescape")).hexdigest()
        self._file = memory / place if memory else None
        self._kept = _read(self._file, self._digest) if self._file else None

    @property
    def node(self) -> Declared[Node]:
        """The node. Raises IntentError, and NodeError when there is none of this name."""
        return self._kept.node if self._kept else self._loaded.node

    def compile(self, facts: Facts) -> Compilation:
        """What follows. Raises IntentError."""
        kept = self._kept
        if kept and kept.facts == facts:
            return Compilation(by_key(_resources(kept.rows)), kept.notes, kept.places)
        compiled = self._loaded.compile(facts)
        if self._file:
            rows = _rows(compiled.desired.values())
            kept = Kept(self._loaded.node, facts, rows, compiled.notes, compiled.places)
            _keep(self._file, self._digest, kept)
        return compiled

    @cached_property
    def _loaded(self) -> loop.Loaded:
        return loop.Loaded.of(self._folder, self._name)


def _digest(folder: Path, name: str) -> str:
    """Of the program, the node's name, and the folder's name and content. Raises IntentError."""
    program = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(PROGRAM.rglob("*.py"))]
    told = (sys.version, program, name, str(folder), digest(contents(folder), folder))
    return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()


def _read(file: Path, wanted: bytes) -> Kept | None:
    """What a file keeps of the very same; None when it is of anything else, or others could have written it."""
    with suppress(*DAMAGE), file.open("rb") as stream:
        about = os.fstat(stream.fileno())
        if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None
        if stream.read(len(wanted)) == wanted:
            kept = pickle.load(stream)  # noqa: S301  (ours alone to write)
            return kept if isinstance(kept, Kept) else None
    return None


def _keep(file: Path, wanted: bytes, kept: Kept) -> None:
    """Write what was compiled; a disk that is full, or not to be written to, is no reason to fail."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(file, wanted + pickle.dumps(kept, pickle.HIGHEST_PROTOCOL))
        newest = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[MOST:]:
            path.unlink()


def _rows(resources: Iterable[Resource]) -> Rows:
    """Resources as plain tuples, which are read ten times as quickly as objects; their intents are the last field."""
    numbers: dict[Origin | None, int] = {}
    rows: dict[type[Resource], list[tuple[Any, ...]]] = {}
    for resource in resources:
        of_class: Any = type(resource)
        *values, intent = _values(of_class)(resource)
        rows.setdefault(of_class, []).append((*values, numbers.setdefault(intent, len(numbers))))
    return [(origin.file, origin.line) if origin else None for origin in numbers], list(rows.items())


@cache
def _values(of: Any) -> Callable[[Resource], tuple[Any, ...]]:
    return attrgetter(*(field.name for field in fields(of)))


def _resources(rows: Rows) -> Iterator[Resource]:
    intents = [Origin(*origin) if origin else None for origin in rows[0]]
    for of_class, values in rows[1]:
        make: Callable[..., Resource] = of_class
        for *own, number in values:
            yield make(*own, intents[number])
