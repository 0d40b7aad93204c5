"""The files of a folder of intents: which they are, and their text."""

import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from reconciler.errors import IntentError
from reconciler.positions import Fault, Position, position_of

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
BEGIN = Position(1, 1)
DIGESTS = 1 << 256


Content = tuple[str, str | Fault]
"""A file as it is named in errors, and its text or why there is none."""


def contents(folder: Path) -> Iterator[Content]:
    """Every intent file below the folder, sorted within each folder.

    Hidden files and folders are skipped: a ConfigMap and git-sync keep their second copies there. Symbolic links are
    followed. IntentError when the folder itself cannot be read.
    """
    try:
        entries = listing(folder)
        inode = identity(folder)
    except FileNotFoundError:
        raise IntentError([f"{shown(folder)}: no such folder: create it, or name another with --intents"]) from None
    except NotADirectoryError:
        raise IntentError([f"{shown(folder)}: not a folder: give the folder that the file is in"]) from None
    except OSError as error:
        raise IntentError([f"{shown(folder)}: cannot read the folder: {error.strerror}"]) from None
    return walk(entries, (inode,))


def texts(files: Iterable[Content]) -> list[str]:
    """The text of each, empty where there is none."""
    return [text if isinstance(text, str) else "" for _, text in files]


def listing(folder: Path) -> list[Path]:
    """What is in a folder and not hidden, sorted."""
    return [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]


def identity(folder: Path) -> tuple[int, int]:
    """What two paths to the same folder have in common."""
    status = folder.stat()
    return status.st_dev, status.st_ino


def walk(entries: list[Path], above: tuple[tuple[int, int], ...]) -> Iterator[Content]:
    """Every intent file among the entries and below; `above` are the folders on the way, so that link loops end."""
    for path in entries:
        if path.is_dir():
            yield from descend(path, above)
        elif path.suffix.lower() in SUFFIXES:
            yield shown(path), text_of(path)


def descend(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Content]:
    """Every intent file below a folder in the folder."""
    try:
        inode = identity(folder)
        if inode in above:
            yield shown(folder), Fault(BEGIN, "a symbolic link to a folder that it is in: remove the link")
            return
        entries = listing(folder)
    except OSError as error:
        yield shown(folder), unreadable(error)
        return
    yield from walk(entries, (*above, inode))


def text_of(path: Path) -> str | Fault:
    """The text of a file, or why there is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Fault(BEGIN, "not a regular file: put the intents into one, or rename it")
        data = path.read_bytes()
    except OSError as error:
        return unreadable(error)
    return decoded(data)


def decoded(data: bytes) -> str | Fault:
    """The bytes as text, or where they are none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode("utf-8")
        at = position_of(good, len(good))
        return Fault(at, f"byte 0x{error.object[error.start]:02x} is not UTF-8: save the file as UTF-8")


def unreadable(error: OSError) -> Fault:
    """A file or folder that the system does not let us read."""
    return Fault(BEGIN, f"cannot be read, {error.strerror}: make it readable, or remove it")


def digest(files: Iterable[Content], folder: Path) -> int:
    """What tells two contents of a folder apart, wherever it is; that of a part of the files is a summand of it."""
    above = f"{shown(folder)}/"
    return sum(_digest(name.removeprefix(above), text) for name, text in files) % DIGESTS


def _digest(name: str, text: str | Fault) -> int:
    return int.from_bytes(sha256(f"{name}\0{text}".encode(errors="surrogatepass")).digest(), "big")


def shown(path: Path | str) -> str:
    """The path on one line, whatever bytes it is made of."""
    text = str(path)
    return text if text.isprintable() else repr(text)[1:-1]
