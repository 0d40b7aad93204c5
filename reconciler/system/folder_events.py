"""Tells when a folder of intents may have changed, however people change it.

A plain edit and a rename are seen in the folder itself; a mounted ConfigMap swaps a link inside of it; git-sync swaps
the folder, which then is a link, so its parent is watched too. A folder that was removed and made again, or is on a
file system without events, is caught by a look at the clock.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

from watchfiles import watch as watch_files

DEBOUNCE, STEP = 100, 5
"""Milliseconds: one set of changes ends after the first has passed, or when nothing came for the second."""
LOOK = 1.0
"""Seconds between two looks at where the folder's name leads."""


Tell = Callable[[frozenset[Path] | None], None]


def watch(folder: Path, tell: Tell, stop: Event) -> None:
    """Tell of every change until `stop` is set, by the paths that changed, as the folder's real path has them.

    None stands for a change of whatever the folder's name leads to. Many changes are none for us.
    """
    while not stop.is_set():
        there = _identity(folder)
        moved = Event()
        threads = [Thread(target=_watch, args=(path, seen, tell, moved)) for path, seen in _places(folder)]
        for thread in threads:
            thread.start()
        while not stop.wait(LOOK) and _identity(folder) == there:
            pass
        moved.set()
        for thread in threads:
            thread.join()
        tell(None)


def _places(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """What is watched: the folder, with all that is below, and its parent, where only the folder's own name is seen."""
    if folder.is_dir():
        yield folder.resolve(), None
    if folder.absolute().parent.is_dir():
        yield folder.absolute().parent, folder.absolute()


def _watch(path: Path, only: Path | None, tell: Tell, stop: Event) -> None:
    options = {"debounce": DEBOUNCE, "step": STEP, "rust_timeout": 500, "watch_filter": None}
    for changes in watch_files(path, stop_event=stop, recursive=not only, raise_interrupt=False, **options):  # type: ignore[arg-type]
        paths = frozenset(Path(changed) for _, changed in changes)
        if not only:
            tell(paths)
        elif only in paths:
            tell(None)


def _identity(folder: Path) -> tuple[str, int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return os.path.realpath(folder), status.st_dev, status.st_ino
