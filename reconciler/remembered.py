"""What an earlier process made of the same files and facts, so that the next one need neither parse nor compile them.

Two files a folder and node: what was compiled, and that the node was found so. Each begins with the digest of what it
was made of.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from reconciler.agreed import Agreed
from reconciler.compilation import Compilation
from reconciler.facts import Facts
from reconciler.intent_files import Content, contents, digest, texts
from reconciler.origin import Origin
from reconciler.plan import Plan
from reconciler.platforms import Platform, reached, whereabouts
from reconciler.reading import Actual, Texts
from reconciler.resources import Resource, by_key
from reconciler.site import Site
from reconciler.system.kept import keep, read

if TYPE_CHECKING:
    from reconciler.loaded import Loaded
    from reconciler.platforms import Whereabouts

PROGRAM = Path(__file__).parent

Rows = tuple[list[tuple[str, int] | None], list[tuple[type[Resource], list[tuple[Any, ...]]]]]
"""Where intents stand; and by class the fields of each resource, the last of them a number in that list."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was compiled, and for which facts."""

    at: "Whereabouts"
    facts: Facts
    rows: Rows
    compiled: Compilation
    """Without what is desired, which the rows are."""


class Remembered:
    """What the intents say of a node: from memory while the files and the facts are the same, else from the files."""

    def __init__(self, folder: Path, name: str, memory: Path | None) -> None:
        self.name = name
        self._folder, self._memory = folder, memory
        self._compiled: tuple[Facts, Compilation] | None = None
        """What is not written down yet."""
        self._files = list(contents(folder))
        """Read once: what is remembered is of what was parsed, whoever writes there meanwhile."""
        self._digest = _digest(self._files, folder, name).encode()
        self._place = sha256(f"{folder.absolute()}:{name}".encode(errors="surrogateescape")).hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.keep()

    @cached_property
    def agreed(self) -> Agreed | None:
        """How the node was when it was found in sync, if that is known of the same files."""
        found = self._read("agreed")
        return found if isinstance(found, Agreed) else None

    def machine(self, rundir: str) -> Platform:
        """The node as it is reached from here. Raises IntentError, and NodeError when there is none of this name."""
        return reached(self.agreed.site if self.agreed else self._at, rundir)

    def known(self, facts: Facts) -> Texts:
        """How a node like this was read when it was in sync; empty when that is not known."""
        return self.agreed.known(facts) if self.agreed else ()

    def agree(self, facts: Facts, actual: Actual, plan: Plan) -> None:
        """A plan over this node was empty."""
        if isinstance(self._at, Site):
            self._keep("agreed", Agreed(self._at, facts, actual.texts, plan.owned, plan.notes))

    def compile(self, facts: Facts) -> Compilation:
        """What follows. Raises IntentError."""
        kept = self._kept
        if kept and kept.facts == facts:
            return replace(kept.compiled, desired=by_key(_resources(kept.rows)))
        compiled = self._loaded.compile(facts)
        self._compiled = facts, compiled
        return compiled

    def keep(self) -> None:
        """Write down what was compiled, unless that was done: it takes a while, and only the next process needs it."""
        if self._compiled:
            (facts, compiled), self._compiled = self._compiled, None
            rows = _rows(compiled.desired.values())
            self._keep("compiled", Kept(self._at, facts, rows, replace(compiled, desired={})))

    @property
    def _at(self) -> "Whereabouts":
        return self._kept.at if self._kept else whereabouts(self._loaded.node)

    @cached_property
    def _kept(self) -> Kept | None:
        found = self._read("compiled")
        return found if isinstance(found, Kept) else None

    @cached_property
    def _loaded(self) -> "Loaded":
        from reconciler.yaml.parsing import Parsing

        # Others begin to parse while this process imports what checks and compiles.
        with Parsing(texts(self._files)) as parsing:
            from reconciler.intents.load import load_parsed
            from reconciler.loaded import Loaded

            intents = load_parsed(self._folder, self._files, parsing)
            return Loaded.among(intents, self._folder, self.name)

    def _read(self, what: str) -> object:
        return read(self._memory / what / self._place, self._digest) if self._memory else None

    def _keep(self, what: str, value: object) -> None:
        if self._memory:
            keep(self._memory / what / self._place, self._digest, value)


def _digest(files: Iterable[Content], folder: Path, name: str) -> str:
    """Of the program, the node's name, and the folder's name and content."""
    program = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(PROGRAM.rglob("*.py"))]
    told = (sys.version, program, name, str(folder), digest(files, folder))
    return sha256(repr(told).encode(errors="surrogatepass")).hexdigest()


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
