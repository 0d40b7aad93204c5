"""A file cut at its document markers, so that a change of one document is a reason to read that one alone."""

import re
from collections.abc import Iterator

MARKER = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
"""YAML allows this at the beginning of a line nowhere else, not even inside of quotes or a block of text."""
UNCUT = re.compile(r"^(?:%|\.\.\.)", re.MULTILINE)
"""Directives and ends of documents belong to what stands on both sides of them."""


def pieces(text: str) -> Iterator[str]:
    """The text in pieces that can be read one by one; one piece where that is not sure."""
    places = [] if UNCUT.search(text) else [marker.start() for marker in MARKER.finditer(text)]
    for begin, end in zip([0, *places], [*places, len(text)], strict=True):
        if begin < end:
            yield text[begin:end]
