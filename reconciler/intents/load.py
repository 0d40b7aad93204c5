"""From a folder to intents: read the files, check every document, and then all of them together."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.errors import IntentError
from reconciler.intents.checks import check
from reconciler.intents.documents import Document, read
from reconciler.intents.files import contents, shown
from reconciler.intents.findings import Finding
from reconciler.intents.models import Declared, Intents, Node, Service
from reconciler.intents.places import Places
from reconciler.intents.positions import Fault, FileFault
from reconciler.intents.validate import validate
from reconciler.origin import Origin


def load(folder: Path) -> Intents:
    """Every intent below the folder, checked; IntentError with every fault of every file."""
    with without_garbage_collection():
        loading = Loading()
        for file, text in contents(folder):
            loading.add_file(file, text)
        loading.add_findings()
        if loading.faults:
            raise IntentError([str(fault) for fault in sorted(set(loading.faults))])
        if not loading.nodes:
            raise IntentError([f"{shown(folder)}: {nothing_in(loading)}"])
        return loading.intents()


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

    texts: dict[str, str] = field(default_factory=dict)
    nodes: list[Declared[Node]] = field(default_factory=list)
    services: list[Declared[Service]] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    nodes_unread: bool = False
    """Whether something that may be a Node is at fault, so that nothing is said of nodes that are not there."""

    def add_file(self, file: str, text: str | Fault) -> None:
        """All documents of a file, as far as they can be read."""
        if isinstance(text, Fault):
            self.faults.append(FileFault(file, *text))
            self.nodes_unread = True
            return
        self.texts[file] = text
        reading = read(text)
        self.faults.extend(FileFault(file, *fault) for fault in reading.faults)
        self.nodes_unread |= not reading.complete
        spoiled = {fault.at for fault in reading.faults}
        places = Places(self.texts)
        for document in reading.documents:
            for fault in self.add_document(Origin(file, document.line), document, places):
                if fault.at not in spoiled:
                    self.faults.append(fault)

    def add_document(self, origin: Origin, document: Document, places: Places) -> list[FileFault]:
        """One document, as a declaration or as faults; one that could not be read whole has its faults already."""
        spec = validate(document.value) if document.whole else []
        if document.faulty or isinstance(spec, list):
            self.nodes_unread |= may_be_node(document.value)
        elif isinstance(spec, Node):
            self.nodes.append(Declared(spec, origin))
        else:
            self.services.append(Declared(spec, origin))
        problems = spec if isinstance(spec, list) else []
        return [FileFault(origin.file, places.find(origin, path), message) for path, message in problems]

    def add_findings(self) -> None:
        """What is wrong between declarations that are each valid."""
        places = Places(self.texts)
        for finding in check(self.nodes, self.services, nodes_known=not self.nodes_unread):
            self.faults.append(in_place(finding, places))

    def intents(self) -> Intents:
        """The folder as a value."""
        nodes = {declared.spec.name: declared for declared in self.nodes}
        services = {declared.spec.key: declared for declared in self.services}
        return Intents(dict(sorted(nodes.items())), dict(sorted(services.items())))


def may_be_node(value: Any) -> bool:
    """Whether a document with a fault could have been a Node."""
    return not isinstance(value, dict) or value.get("kind") != "Service"


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
