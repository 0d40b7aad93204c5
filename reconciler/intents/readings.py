"""One file: what it declares, or every fault of it; a document that was read before is not read again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.intents.models import Declared, Node, Service
from reconciler.intents.places import Places
from reconciler.intents.validate import validate
from reconciler.origin import Origin
from reconciler.positions import LINE_BREAK, Fault, FileFault
from reconciler.yaml.documents import Reading, read
from reconciler.yaml.pieces import pieces

Spec = Node | Service


class Piece(NamedTuple):
    """A part of a file that is free of faults."""

    text: str
    breaks: int
    """How many lines end in it."""
    specs: tuple[tuple[int, Spec], ...]
    """What it declares, each with the line of its first key, 1-based."""


@dataclass(frozen=True, slots=True)
class FileReading:
    """What a file says."""

    nodes: tuple[Declared[Node], ...] = ()
    services: tuple[Declared[Service], ...] = ()
    faults: tuple[FileFault, ...] = ()
    nodes_unread: bool = False
    """Whether something that may be a Node is at fault, so that nothing is said of nodes that are not there."""
    pieces: tuple[Piece, ...] = ()
    """Of a file without faults."""
    whole: str = ""
    """The text of a file with faults."""

    @property
    def text(self) -> str:
        """What was read."""
        return self.whole or "".join(piece.text for piece in self.pieces)

    @property
    def content(self) -> str | None:
        """The same; None where nothing could be read."""
        return None if self.faults and not self.whole else self.text


def read_file(
    file: str, text: str | Fault, before: FileReading | None = None, parse: Callable[[str], Reading] = read
) -> FileReading:
    """Everything that a file says, piece by piece where all are free of faults; `before` is what it said then."""
    if isinstance(text, Fault):
        return FileReading(faults=(FileFault(file, *text),), nodes_unread=True)
    known = {piece.text: piece for piece in before.pieces} if before else {}
    read_pieces = []
    for part in pieces(text):
        piece = known.get(part) or _read_piece(part, parse(part))
        if piece is None:
            return _read_whole(file, text)
        read_pieces.append(piece)
    return _declaring(file, tuple(read_pieces))


def _read_piece(text: str, reading: Reading) -> Piece | None:
    specs = [(document.line, validate(document.value)) for document in reading.documents]
    sound = tuple((line, spec) for line, spec in specs if not isinstance(spec, list))
    if reading.faults or len(sound) < len(specs):
        return None
    return Piece(text, _breaks(text), sound)


def _breaks(text: str) -> int:
    return text.count("\n") if text.isascii() and "\r" not in text else len(LINE_BREAK.findall(text))


def _declaring(file: str, of: tuple[Piece, ...]) -> FileReading:
    return FileReading(*_by_kind(file, _in_lines(of)), pieces=of)


def _by_kind(
    file: str, specs: Iterable[tuple[int, Spec]]
) -> tuple[tuple[Declared[Node], ...], tuple[Declared[Service], ...]]:
    declared = [(Origin(file, line), spec) for line, spec in specs]
    nodes = tuple(Declared(spec, origin) for origin, spec in declared if isinstance(spec, Node))
    return nodes, tuple(Declared(spec, origin) for origin, spec in declared if isinstance(spec, Service))


def _in_lines(of: Iterable[Piece]) -> Iterator[tuple[int, Spec]]:
    above = 0
    for piece in of:
        for line, spec in piece.specs:
            yield above + line, spec
        above += piece.breaks


def _read_whole(file: str, text: str) -> FileReading:
    """All documents of a file with faults, as far as they can be read."""
    reading = read(text)
    faults = [FileFault(file, *fault) for fault in reading.faults]
    spoiled, places = {fault.at for fault in reading.faults}, Places({file: text})
    sound: list[tuple[int, Spec]] = []
    nodes_unread = not reading.complete
    for document in reading.documents:
        spec = validate(document.value) if document.whole else []
        if document.faulty or isinstance(spec, list):
            nodes_unread |= _may_be_node(document.value)
        else:
            sound.append((document.line, spec))
        if isinstance(spec, list):
            problems = (FileFault(file, places.find(Origin(file, document.line), path), m) for path, m in spec)
            faults += [fault for fault in problems if fault.at not in spoiled]
    return FileReading(*_by_kind(file, sound), tuple(faults), nodes_unread, whole=text)


def _may_be_node(value: Any) -> bool:
    """Whether a document with a fault could have been a Node."""
    return not isinstance(value, dict) or value.get("kind") != "Service"
