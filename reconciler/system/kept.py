"""Files that one process keeps for the next: a memory and nothing else, so whoever removes them loses time alone."""

import os
import pickle
import stat
from contextlib import suppress
from pathlib import Path

from reconciler.system.whole_file import write

MOST = 8
"""Files of one folder; the ones that were written the longest ago are forgotten."""
DAMAGE = (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, LookupError, TypeError, ValueError)
"""What reading a file may raise that is not what we wrote."""


def read(file: Path, wanted: bytes) -> object:
    """What a file keeps of the very same; None when it is of anything else, or others could have written it."""
    with suppress(*DAMAGE), file.open("rb") as stream:
        about = os.fstat(stream.fileno())
        if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return None
        if stream.read(len(wanted)) == wanted:
            return pickle.load(stream)  # noqa: S301  (ours alone to write)
    return None


def keep(file: Path, wanted: bytes, value: object) -> None:
    """Write what was found out of `wanted`; a disk that is full, or not to be written to, is no reason to fail."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(file, wanted + pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        newest = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[MOST:]:
            path.unlink()
