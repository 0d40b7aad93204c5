"""From a folder to intents: read the files, check every document, and then all of them together."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import IntentError
from reconciler.intent_files import Content, contents, shown, texts
from reconciler.intents.checks import check
from reconciler.intents.findings import Finding
from reconciler.intents.models import Declared, Intents, Node, Service
from reconciler.intents.places import Places
from reconciler.intents.readings import FileReading, read_file
from reconciler.origin import Origin
from reconciler.positions import Fault, FileFault
from reconciler.yaml.parsing import Parsed, Parsing


def load(folder: Path) -> Intents:
    """Every intent below the folder, checked; IntentError with every fault of every file."""
    return load_files(folder, list(contents(folder)))


def load_files(folder: Path, files: Sequence[Content]) -> Intents:
    """The same of files that were read; the folder is what an error calls them by that is about no file."""
    with Parsing(texts(files)) as parsing:
        return load_parsed(folder, files, parsing)


def load_parsed(folder: Path, files: Sequence[Content], parsing: Iterable[tuple[int, Parsed]]) -> Intents:
    """The same of files that are being parsed, each of which comes once and by its index."""
    with without_garbage_collection():
        readings = {index: read_parsed(*files[index], parsed) for index, parsed in parsing}
        loading = Loading()
        for index, (file, _) in enumerate(files):
            loading.add(file, readings[index])
        return loading.intents(folder)


def read_parsed(file: str, text: str | Fault, parsed: Parsed) -> FileReading:
    """What a file says whose pieces were parsed."""
    pieces = iter(parsed)
    return read_file(file, text, parse=lambda _: next(pieces))


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Half a million objects are made and none is garbage: looking for some in between doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(slots=True)
class Loading:
    """What is known of a folder so far."""

    readings: dict[str, FileReading] = field(default_factory=dict)
    nodes: list[Declared[Node]] = field(default_factory=list)
    services: list[Declared[Service]] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    nodes_unread: bool = False
    """Whether something that may be a Node is at fault, so that nothing is said of nodes that are not there."""

    @property
    def texts(self) -> dict[str, str]:
        """The text of every file."""
        return {file: reading.text for file, reading in self.readings.items()}

    def add(self, file: str, reading: FileReading) -> None:
        """One more file."""
        self.readings[file] = reading
        self.nodes += reading.nodes
        self.services += reading.services
        self.faults += reading.faults
        self.nodes_unread |= reading.nodes_unread

    def intents(self, folder: Path) -> Intents:
        """All files together, as a value; IntentError with every fault."""
        findings = list(check(self.nodes, self.services, nodes_known=not self.nodes_unread))
        if findings or self.faults:
            places = Places(self.texts)
            faults = {*self.faults, *(in_place(finding, places) for finding in findings)}
            raise IntentError([str(fault) for fault in sorted(faults)])
        if not self.nodes:
            raise IntentError([f"{shown(folder)}: {nothing_in(self)}"])
        nodes = {declared.spec.name: declared for declared in self.nodes}
        services = {declared.spec.key: declared for declared in self.services}
        return Intents(dict(sorted(nodes.items())), dict(sorted(services.items())))


def in_place(finding: Finding, places: Places) -> FileFault:
    """A finding as a fault of the file that it is in, naming the other place by file and line."""
    at = places.find(finding.at.origin, finding.at.path)
    if finding.other is None:
        return FileFault(finding.at.origin.file, at, f"{finding.wrong}: {finding.right}")
    other = Origin(finding.other.origin.file, places.find(finding.other.origin, finding.other.path).line)
    return FileFault(finding.at.origin.file, at, f"{finding.wrong} ({other}): {finding.right}")


def nothing_in(loading: Loading) -> str:
    """Why a folder without faults is refused: read as an empty cluster, it would remove everything."""
    if not loading.services:
        return "no intents here: add a .yaml file with a 'kind: Node' for each node, and the services"
    return "no node is declared: add a document with 'kind: Node' for each node of the cluster"
