"""Where the repository of a folder is, found by its files alone: no program is run.

Only a `.git` counts, which no commit can hold. Files that look like a repository without a work tree do not count,
since anybody can commit those.
"""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ONE_LINE = 4096
"""The most bytes of a file that holds a path, or the name of a reference."""
POINTER = "gitdir: "


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a work tree."""

    top: Path
    """The work tree."""
    own: Path
    """What each work tree has of its own: its HEAD and its index."""
    common: Path
    """What all work trees of the repository share: objects and references."""

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """That of the work tree that a folder is in; None where there is none, or none that we may read."""
        real = Path(os.path.realpath(folder))
        top = next((above for above in (real, *real.parents) if os.path.lexists(above / ".git")), None)
        return cls._at(top) if top else None

    @classmethod
    def _at(cls, top: Path) -> Self | None:
        own = _git_directory(top / ".git")
        if not own:
            return None
        common = own / first_line(own / "commondir")  # the same one, where there is no such file
        with suppress(OSError):
            if first_line(own / "HEAD") and (common / "objects").is_dir():
                return cls(top, own, common)
        return None

    def below(self, folder: Path) -> str:
        """The path of a folder in the work tree, `/` at its end; empty for the work tree itself."""
        inside = os.path.relpath(os.path.realpath(folder), self.top)
        return "" if inside == os.curdir else f"{inside}/"

    @property
    def is_checking_out(self) -> bool:
        """Whether git is at work in the work tree: some of the files may still be the old ones."""
        return os.path.lexists(self.own / "index.lock")


def _git_directory(marker: Path) -> Path | None:
    """Where a `.git` leads; None if it is none."""
    with suppress(OSError):
        if marker.is_dir():
            return marker
        line = first_line(marker)  # of a work tree beside the repository's own
        if line.startswith(POINTER):
            return marker.parent / line.removeprefix(POINTER)
    return None


def first_line(path: Path) -> str:
    """The first line of a small regular file; empty where there is none, or none that we may read."""
    return beginning(path, ONE_LINE).partition("\n")[0].rstrip("\r")


def beginning(path: Path, most: int) -> str:
    """The first bytes of a regular file; empty where there is none, or none that we may read."""
    with suppress(OSError):
        # To open a pipe or a device could keep us waiting.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(file, "rb") as stream:
            if stat.S_ISREG(os.fstat(file).st_mode):
                return os.fsdecode(stream.read(most))
    return ""
