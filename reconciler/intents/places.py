"""Where the values of a file stand, found out only when one of them is at fault."""

from collections.abc import Mapping

from reconciler.origin import Origin
from reconciler.positions import Position
from reconciler.yaml.documents import Document, Marks, read

Path = tuple[str | int, ...]
"""Keys and list indexes from the top of a document down to a value."""

KEY = "[key]"
"""As the last step of a path: the key itself, not its value. pydantic's own word for it."""


class Places:
    """Positions in a set of files; each file with a fault is read once more, with marks."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.read_again: dict[str, tuple[dict[int, Document], Marks]] = {}

    def find(self, origin: Origin, path: Path) -> Position:
        """Where the value at a path of a document begins; the deepest part of the path that exists."""
        if origin.file not in self.read_again:
            marks: Marks = {}
            documents = {document.line: document for document in read(self.texts[origin.file], marks).documents}
            self.read_again[origin.file] = documents, marks
        documents, marks = self.read_again[origin.file]
        return walk(documents[origin.line], marks, path)


def walk(document: Document, marks: Marks, path: Path) -> Position:
    """Where the value at a path begins, from the marks of the file that the document is of."""
    value, key_at, at = document.value, document.start, document.start
    for step in path:
        here = marks.get(id(value), {})
        if step in here:
            key_at, at = here[step]
            value = value[step]
        elif step == KEY:
            at = key_at
    return at
