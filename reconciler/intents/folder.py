"""A folder of intents that is read again and again: what has not changed is neither read nor checked a second time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.intent_files import DIGESTS, SUFFIXES, Content, contents, digest, shown, text_of
from reconciler.intents.index import Index
from reconciler.intents.load import Loading, without_garbage_collection
from reconciler.intents.models import Declared, Intents, Service
from reconciler.intents.readings import FileReading, read_file
from reconciler.positions import Fault

NOTHING = FileReading()

Readings = Mapping[str, FileReading]


@dataclass(frozen=True, slots=True)
class Edit:
    """Good intents, and what differs from the good ones before."""

    intents: Intents
    services: frozenset[str] | None
    """Keys of the services that came, went or differ; None when more than services may differ."""


class Folder:
    """The content of one folder; `intents` are the last good ones."""

    def __init__(self, path: Path, is_written: Callable[[Path], bool] = lambda _: False) -> None:
        self.path, self._is_written = path, is_written
        self.intents: Intents | None = None
        self.unfinished: set[Path] = set()
        """Files that changed and are not read yet, because somebody is still writing them."""
        self.readings: dict[str, FileReading] = {}
        self._before: dict[str, FileReading] = {}
        """What changed files said when the intents were good."""
        self._index: Index | None = None
        """None while the newest content is not known to be good."""
        self._digests: dict[str, int] = {}
        self._sum = 0

    @property
    def digest(self) -> str:
        """What tells two contents of a folder apart, wherever the folder is: one file more or less is one addition."""
        return f"{self._sum:064x}"

    def read(self, paths: Iterable[Path] | None = None) -> bool:
        """Read what changed, at these paths or anywhere; whether anything did. IntentError when the folder is gone."""
        named = None if paths is None else self._named(paths)
        self.unfinished.clear()
        with without_garbage_collection():
            changed = [self._take(*content) for content in (self._found() if named is None else named)]
        return any(changed)

    def check(self) -> Edit:
        """The newest content as intents; IntentError with every fault of every file."""
        changed, self._before = self._before, {}
        edit = self._of_services(changed)
        if edit is None:
            edit = self._of_everything()
        self.intents = edit.intents
        return edit

    def _named(self, paths: Iterable[Path]) -> list[Content] | None:
        """The files at these paths, those that have gone with no text; None when that takes a look at the folder."""
        root, named = self.path.resolve(), []
        for path in paths:
            parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
            below = self.path.joinpath(*parts)
            if ".git" in parts:
                continue
            if not parts or self._leads_on(below):
                return None
            if below.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in parts):
                named.append((shown(below), text_of(below) if below.exists() else ""))
        return named

    def _leads_on(self, path: Path) -> bool:
        """Whether there are, or were, files behind a path: a folder, or a link, which a ConfigMap swaps."""
        if path.is_symlink() or path.is_dir():
            return True
        above = f"{shown(path)}/"
        return not path.exists() and any(file.startswith(above) for file in self.readings)

    def _found(self) -> list[Content]:
        """Every file that there is, and those that have gone with no text."""
        found = dict(contents(self.path))
        return [*((file, "") for file in self.readings.keys() - found.keys()), *found.items()]

    def _take(self, file: str, text: str | Fault) -> bool:
        """Whether a file is another now; without a text it has gone."""
        now, before = digest([(file, text)], self.path) if text else 0, self._digests.get(file, 0)
        if now == before:
            return False
        if text and self._is_written(Path(file)):
            self.unfinished.add(Path(file).resolve())
            return False
        self._sum = (self._sum + now - before) % DIGESTS
        reading = self.readings.pop(file, NOTHING)
        self._before.setdefault(file, reading)
        self._digests.pop(file, None)
        if text:
            self.readings[file], self._digests[file] = read_file(file, text, reading), now
        return True

    def _of_services(self, changed: Readings) -> Edit | None:
        """What a change of services alone comes to; None when it is more, or may be a fault."""
        index, self._index = self._index, None
        new = {file: self.readings.get(file, NOTHING) for file in changed}
        if not index or not self.intents or _faulty(new) or _nodes(new) != _nodes(changed):
            return None
        before, after = _services(changed), _services(new)
        if len(after) < sum(len(reading.services) for reading in new.values()):
            return None  # one of them stands twice
        differing = {key for key in before.keys() | after.keys() if _spec(before, key) != _spec(after, key)}
        gone, came = ([of[key] for key in differing & of.keys()] for of in (before, after))
        if not index.exchange(gone, came):
            return None
        self._index = index
        return Edit(_edited(self.intents, before, after), frozenset(differing))

    def _of_everything(self) -> Edit:
        with without_garbage_collection():
            loading = Loading()
            for file in sorted(self.readings, key=_place):
                loading.add(file, self.readings[file])
            intents = loading.intents(self.path)
            self._index = Index(intents)
        return Edit(intents, None)


def _place(file: str) -> list[str]:
    """Files sort as they are found: of two declarations that cannot both be, the first is right."""
    return file.split("/")


def _faulty(readings: Readings) -> bool:
    return any(reading.faults for reading in readings.values())


def _nodes(readings: Readings) -> list[object]:
    return [declared.spec for reading in readings.values() for declared in reading.nodes]


def _services(readings: Readings) -> dict[str, Declared[Service]]:
    return {declared.spec.key: declared for reading in readings.values() for declared in reading.services}


def _spec(of: Mapping[str, Declared[Service]], key: str) -> Service | None:
    return of[key].spec if key in of else None


def _edited(intents: Intents, before: Mapping[str, object], after: Mapping[str, Declared[Service]]) -> Intents:
    services = {**intents.services, **after}
    for key in before.keys() - after.keys():
        del services[key]
    return Intents(intents.nodes, services)
