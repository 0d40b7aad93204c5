"""What events tell of the folder of intents, until it is time to look: not while git is in the middle of it."""

import math
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from reconciler.system.git.repository import Repository

SOON = 0.02
"""Seconds until the next look at what is not finished."""
STALE = 5.0
"""Seconds after which a lock of git is taken for one that it left behind."""


class FolderNews:
    """The events since the last look; any thread may tell, one takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: deque[frozenset[Path] | None] = deque()
        """The files of each event; None for one that says nothing of files."""
        self.heard: float | None = None
        """When the first of them came, by the monotonic clock."""
        self.due = math.inf
        """When it is time to look once more, by the monotonic clock."""
        self._locked = math.inf
        """Since when git is at work."""

    def tell(self, paths: Iterable[Path] | None) -> None:
        """Something may have changed: these files, or anything."""
        self.heard = self.heard or monotonic()
        self._told.append(None if paths is None else frozenset(paths))

    def later(self, paths: Iterable[Path]) -> None:
        """These files were not finished."""
        self._told.append(frozenset(paths))
        self.due = monotonic() + SOON

    def settled(self) -> bool:
        """Whether it is time to look: git is not checking out another revision right now."""
        now = monotonic()
        self._locked = min(self._locked, now) if self._is_checking_out() else math.inf
        waits = self._locked <= now < self._locked + STALE
        self.due = now + SOON if waits else math.inf
        return not waits

    def _is_checking_out(self) -> bool:
        repository = Repository.of(self._folder)
        return repository is not None and repository.is_checking_out

    def take(self) -> tuple[float | None, frozenset[Path] | None]:
        """When the first event came, and the files of all; None when it takes a look at everything."""
        heard, self.heard = self.heard, None
        told = [self._told.popleft() for _ in range(len(self._told))]
        files = [paths for paths in told if paths is not None]
        return heard, frozenset().union(*files) if told and len(files) == len(told) else None
