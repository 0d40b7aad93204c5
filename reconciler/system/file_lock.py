"""One writer a node, on Windows: a locked file, which is free again when the process that locked it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import LockedError

if sys.platform != "win32":
    raise ImportError("this lock is Windows's")
import msvcrt

FOLDER = Path(os.environ.get("PROGRAMDATA", "C:/ProgramData"), "reconcile")


@contextmanager
def only_writer(node: str) -> Iterator[None]:
    """Hold the lock of a node. Raises LockedError when another process has it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{node}.lock"
    with path.open("a", encoding="utf-8") as lock:
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise LockedError(
                f"another reconcile is changing this node ({path} is locked): wait for it, or end it, and run again"
            ) from None
        yield
