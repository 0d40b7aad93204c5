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
ANY = "surrogateescape"
"""How bytes of others are read as text: any byte may come."""


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
        top = top_of(folder)
        own = _git_directory(top / ".git") if top else None
        if not top or not own:
            return None
        common = own / first_line(own / "commondir")  # the same one, where there is no such file
        is_one = first_line(own / "HEAD") and os.path.isdir(common / "objects")
        return cls(top, own, common) if is_one else None

    @property
    def is_ours(self) -> bool:
        """Whether it is the user's that we run as, and so no file in it is a trap of somebody else."""
        with suppress(OSError):
            # Windows has no users of this kind.
            us = os.geteuid() if hasattr(os, "geteuid") else self.own.stat().st_uid
            return {self.own.stat().st_uid, self.common.stat().st_uid} == {us}
        return False

    @property
    def is_checking_out(self) -> bool:
        """Whether git is at work in the work tree: some of the files may still be the old ones."""
        return os.path.lexists(self.own / "index.lock")

    def below(self, folder: Path) -> str:
        """The path of a folder in the work tree, `/` at its end; empty for the work tree itself."""
        inside = Path(os.path.relpath(os.path.realpath(folder), self.top)).as_posix()
        return "" if inside == "." else f"{inside}/"


def top_of(folder: Path) -> Path | None:
    """The nearest folder above, or the folder itself, that has a `.git`, whatever that is."""
    real = Path(os.path.realpath(folder))
    return next((above for above in (real, *real.parents) if os.path.lexists(above / ".git")), None)


def _git_directory(marker: Path) -> Path | None:
    """Where a `.git` leads; None if it is none."""
    if os.path.isdir(marker):
        return marker
    line = first_line(marker)  # of a work tree beside the repository's own
    return marker.parent / line.removeprefix(POINTER) if line.startswith(POINTER) else None


def first_line(path: Path) -> str:
    """The first line of a small regular file; empty where there is none, or none that we may read."""
    return beginning(path, ONE_LINE).partition("\n")[0].rstrip("\r")


def beginning(path: Path, most: int) -> str:
    """The first bytes of a regular file; empty where there is none, or none that we may read."""
    with suppress(OSError, ValueError):  # a path of others may have a zero byte in it
        if stat.S_ISREG(path.stat().st_mode):  # to open a device can do something, and a pipe keeps us waiting
            file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(file, "rb") as stream:
                return (stream.read(most) or b"").decode(
                    "utf-8", ANY
                )  # None: of a file that is a stream, /proc has some
    return ""
