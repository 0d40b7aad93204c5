"""Tells when a folder of intents may have changed, however people change it.

A plain edit and a rename are seen in the folder itself; a mounted ConfigMap swaps a link inside of it; git-sync swaps
the folder, which then is a link, so its parent is watched too. A folder that was removed and made again, or is on a
file system without events, is caught by a look at the clock.
"""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from watchfiles import watch as watch_files

DEBOUNCE, STEP = 100, 20
"""Milliseconds: one set of changes ends after the first has passed, or when nothing came for the second."""
LOOK = 1.0
"""Seconds between two looks at where the folder's name leads."""


def watch(folder: Path, tell: Callable[[], None], stop: Event) -> None:
    """Tell of every change until `stop` is set; also of many that are none for us."""
    while not stop.is_set():
        there = _identity(folder)
        moved = Event()
        threads = [Thread(target=_watch, args=(path, deep, tell, moved)) for path, deep in _places(folder)]
        for thread in threads:
            thread.start()
        while not stop.wait(LOOK) and _identity(folder) == there:
            pass
        moved.set()
        for thread in threads:
            thread.join()
        tell()


def _places(folder: Path) -> list[tuple[Path, bool]]:
    """What is watched, and whether with all that is below: the folder, and the parent of the name that leads to it."""
    places = [(folder.resolve(), True)] if folder.is_dir() else []
    return [*places, *([(folder.absolute().parent, False)] if folder.absolute().parent.is_dir() else [])]


def _watch(path: Path, deep: bool, tell: Callable[[], None], stop: Event) -> None:  # noqa: FBT001  (a thread's argument)
    options = {"debounce": DEBOUNCE, "step": STEP, "rust_timeout": 500, "watch_filter": None}
    for _ in watch_files(path, stop_event=stop, recursive=deep, raise_interrupt=False, **options):  # type: ignore[arg-type]
        tell()


def _identity(folder: Path) -> tuple[str, int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return os.path.realpath(folder), status.st_dev, status.st_ino
