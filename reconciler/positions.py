"""Where something stands in a file, and what is wrong there."""

import re
from typing import NamedTuple

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""


class Position(NamedTuple):
    """A place in a file; both numbers are 1-based, and columns are characters."""

    line: int
    column: int


class Fault(NamedTuple):
    """One thing wrong with a file; faults sort by where they stand."""

    at: Position
    message: str


def position_of(text: str, index: int) -> Position:
    """The position of the character at an index of the text."""
    breaks = list(LINE_BREAK.finditer(text, 0, index))
    return Position(len(breaks) + 1, index - (breaks[-1].end() if breaks else 0) + 1)


class FileFault(NamedTuple):
    """A fault and the file that it is in; they sort in the order in which they are printed."""

    file: str
    at: Position
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.at.line}:{self.at.column}: {self.message}"
