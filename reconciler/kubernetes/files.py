"""The one edge of the import: reads what kubectl printed, and writes the folder of intents."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import ReconcileError
from reconciler.intent_files import BEGIN, Content, contents, decoded, shown
from reconciler.positions import Fault, FileFault
from reconciler.system import whole_file

MARK = "# Written by `reconcile import kubernetes`"
"""How every file that an import writes begins; no other file is overwritten or removed."""

HEADER = f"{MARK}; do not edit, for the next import overwrites it.\n"

WRITTEN = ("nodes/*.yaml", "services/*/*.yaml")
"""Where an import writes."""

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of intents as it is."""

    ours: Mapping[Path, str]
    """Files of a former import, and their text."""
    others: list[Content]
    """Intents that people wrote."""


def given(name: str) -> Content:
    """An input as it is named in errors, and its text."""
    if name == STDIN:
        return "<stdin>", decoded(sys.stdin.buffer.read())
    path = Path(name)
    try:
        return shown(path), decoded(path.read_bytes())
    except OSError as error:
        right = f"give a file with what kubectl printed, or {STDIN} for standard input"
        return shown(path), Fault(BEGIN, f"cannot be read, {error.strerror}: {right}")


def folder(path: Path) -> Folder:
    """What is in a folder, which need not be there yet."""
    if not path.exists():
        return Folder({}, [])
    found = {each: text_of_ours(each) for pattern in WRITTEN for each in sorted(path.glob(pattern))}
    ours = {each: text for each, text in found.items() if text is not None}
    names = {shown(each) for each in ours}
    return Folder(ours, [(name, text) for name, text in contents(path) if name not in names])


def text_of_ours(path: Path) -> str | None:
    """The text of a file that an import wrote; None for any other."""
    if path.name.startswith(".") or path.is_symlink() or not path.is_file():
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None  # the loader says that of it too, and better
    return data.decode(errors="replace") if data.startswith(MARK.encode()) else None


def obstacles(wanted: Iterable[Path], into: Path, ours: Collection[Path]) -> Iterator[FileFault]:
    """What people put where an import would write."""
    right = "move it away, or import into another folder"
    for path in wanted:
        if os.path.lexists(path) and path not in ours:
            yield FileFault(shown(path), BEGIN, f"in the way of an import, which did not write it: {right}")
    parents = {parent for path in wanted for parent in path.parents if parent.is_relative_to(into)}
    for parent in parents:
        if os.path.lexists(parent) and not parent.is_dir():
            yield FileFault(shown(parent), BEGIN, f"in the way of an import, which needs a folder here: {right}")


def write(path: Path, text: str) -> None:
    """The file with this text, whole or not at all, and the folders above it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole_file.write(path, text)
    except OSError as error:
        raise failed(path, "written", error) from None


def remove(path: Path) -> None:
    """No such file, and no empty folder of a namespace where it was."""
    try:
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    except OSError as error:
        raise failed(path, "removed", error) from None


def failed(path: Path, done: str, error: OSError) -> ReconcileError:
    """What to do about a file that the system does not let us change."""
    why = error.strerror or "the system refused"
    return ReconcileError(f"{shown(path)} cannot be {done}, {why}: mend that, and import again to finish")
