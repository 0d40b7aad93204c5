"""YAML text to plain values, on the events of the C parser: 30 times faster than a loader that keeps positions.

The same builder also notes the position of every value when it is asked to, which is done only for a file with a
fault. So the values that are checked and the places that are reported cannot disagree.
"""

import re
from typing import Any, NamedTuple

from _ruamel_yaml import CParser
from ruamel.yaml import events as yaml
from ruamel.yaml.error import MarkedYAMLError

from reconciler.positions import Fault, Position, position_of
from reconciler.quoting import quoted
from reconciler.yaml.scalars import Scalar, TooLongError, resolve
from reconciler.yaml.syntax import explain

DEEPEST = 64
"""Levels of nesting. An intent has five; without a bound, 100,000 brackets would break what walks the value later."""

NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that YAML does not allow in a file, whether in quotes or not."""

Marks = dict[int, dict[str | int, tuple[Position, Position]]]
"""By id() of each mapping and list: where each of its keys (or items) begins, and where the value of it does."""


class Document(NamedTuple):
    """One document of a file."""

    value: Any
    line: int
    """Of the first key, 1-based."""
    start: Position
    faulty: bool
    """Whether a fault was found in it, so that it must not be compared with other documents."""
    whole: bool
    """False when a part of the value could not be read, so that checking it would only give follow-up faults."""


class Reading(NamedTuple):
    """All that could be read of a file, and every fault on the way."""

    documents: list[Document]
    faults: list[Fault]
    complete: bool
    """False when the reading stopped before the end of the file."""


class StopReadingError(Exception):
    """Nothing after this fault can be understood."""

    def __init__(self, at: Position, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(at, message)


def read(text: str, marks: Marks | None = None) -> Reading:
    """Every document of a file; the marks, if given, are filled with the position of every value."""
    builder = Builder(text, marks)
    complete = False
    try:
        builder.run()
        complete = True
    except StopReadingError as stop:
        builder.faults.append(stop.fault)
    except MarkedYAMLError as error:
        builder.faults.append(explain(error, text))
    return Reading(builder.documents, builder.faults, complete)


def start_of(event: Any) -> Position:
    """Where an event begins."""
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


class Builder:
    """Builds one file's documents, event by event."""

    def __init__(self, text: str, marks: Marks | None) -> None:
        self.text = text
        self.marks = marks
        self.documents: list[Document] = []
        self.faults: list[Fault] = []
        self.stack: list[Any] = []  # the mappings and lists around the one that is open
        self.top: Any = []  # the mapping or list that is open; a document is a list of one
        self.key: str | None = None  # of the pair that waits for its value
        self.key_start = Position(1, 1)  # kept only with marks
        self.line = 0
        self.start = Position(1, 1)
        self.whole = True
        self.faults_before = 0  # this document

    def run(self) -> None:
        """Read to the end; StopReadingError or MarkedYAMLError where that is impossible."""
        if strange := NOT_YAML.search(self.text):
            at = position_of(self.text, strange.start())
            raise StopReadingError(at, f"the character {strange[0]!r} is not allowed in YAML: remove it")
        self.parser = CParser(self.text)
        handlers = {
            yaml.ScalarEvent: self.scalar,
            yaml.MappingStartEvent: self.begin_mapping,
            yaml.MappingEndEvent: self.end,
            yaml.SequenceStartEvent: self.begin_list,
            yaml.SequenceEndEvent: self.end,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.begin_document,
            yaml.DocumentEndEvent: self.end_document,
        }
        next_event = self.parser.get_event
        next_event()  # the start of the stream
        while type(event := next_event()) is not yaml.StreamEndEvent:
            handlers[type(event)](event)

    def begin_document(self, _: Any) -> None:
        """`---`, or the first line that is not a comment."""
        root = self.parser.peek_event()
        self.top = []
        self.start = start_of(root)
        self.line = 0
        self.whole = True
        self.faults_before = len(self.faults)

    def end_document(self, _: Any) -> None:
        """Keep the document unless it is empty."""
        value = self.top[0]
        faulty = len(self.faults) > self.faults_before
        if value is not None or faulty:
            self.documents.append(Document(value, self.line or self.start.line, self.start, faulty, self.whole))

    def scalar(self, event: Any) -> None:
        """A key, or a value that is no mapping and no list."""
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        value = self.plain(event) if event.implicit[0] else event.value
        if self.key is None and type(self.top) is dict:
            self.begin_pair(event, value)
        else:
            self.put(event, value)

    def plain(self, event: Any) -> Scalar:
        """The value of a scalar without quotes."""
        try:
            return resolve(event.value)
        except TooLongError:
            self.refuse(start_of(event), f"a number of {len(event.value)} characters: no value here is that large")
            return None

    def begin_pair(self, event: Any, key: Scalar) -> None:
        """A key of the open mapping."""
        self.line = self.line or event.start_mark.line + 1
        if not isinstance(key, str):
            self.refuse(start_of(event), f"the key {event.value or 'null'} is not text: put it in quotes")
            key = str(event.value)
        elif key == "<<" and event.implicit[0]:
            self.refuse(start_of(event), "merge keys ('<<') are not allowed: write the keys out")
            self.whole = False
        elif key in self.top:
            self.refuse(start_of(event), f"the key {quoted(key)} stands twice in one mapping: keep one of them")
        self.key = key
        if self.marks is not None:
            self.key_start = start_of(event)

    def put(self, event: Any, value: Any) -> None:
        """A value into the open mapping or list."""
        if self.marks is not None and self.stack:
            self.mark(start_of(event), self.marks[id(self.top)])
        if type(self.top) is list:
            self.top.append(value)
        else:
            self.top[self.key] = value
            self.key = None

    def mark(self, begin: Position, places: dict[str | int, tuple[Position, Position]]) -> None:
        """Note where the value that comes next begins, and its key."""
        if self.key is None:
            places[len(self.top)] = (begin, begin)
        else:
            places[self.key] = (self.key_start, begin)

    def begin_mapping(self, event: Any) -> None:
        """A mapping, as a value."""
        self.begin(event, {})

    def begin_list(self, event: Any) -> None:
        """A list, as a value."""
        self.begin(event, [])

    def begin(self, event: Any, empty: dict[str, Any] | list[Any]) -> None:
        """Open a mapping or list and put what follows into it."""
        if event.anchor is not None or event.tag is not None:
            self.refuse_properties(event)
        if self.key is None and type(self.top) is dict:
            raise StopReadingError(
                start_of(event),
                "a mapping or list stands where a key must be: put a template like {{ name }} in quotes",
            )
        if len(self.stack) == DEEPEST:
            raise StopReadingError(start_of(event), f"nested more than {DEEPEST} levels deep: an intent needs five")
        self.put(event, empty)
        self.stack.append(self.top)
        self.top = empty
        if self.marks is not None:
            self.marks[id(empty)] = {}

    def end(self, _: Any) -> None:
        """Close the open mapping or list."""
        self.top = self.stack.pop()

    def alias(self, event: Any) -> None:
        """`*name` can make a small file huge, and says in two places what belongs in one."""
        self.refuse(start_of(event), f"aliases are not allowed: write the value in place of *{event.anchor}")
        self.whole = False
        if self.key is None and type(self.top) is dict:
            self.key = f"*{event.anchor}"
            self.key_start = start_of(event)
        else:
            self.put(event, None)

    def refuse_properties(self, event: Any) -> None:
        """Anchors and tags."""
        if event.anchor is not None:
            self.refuse(start_of(event), f"anchors are not allowed: remove &{event.anchor}")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.refuse(start_of(event), f"tags are not allowed: remove {quoted(tag)}")

    def refuse(self, at: Position, message: str) -> None:
        """Note a fault and read on."""
        self.faults.append(Fault(at, message))
