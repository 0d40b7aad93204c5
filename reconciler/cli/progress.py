"""Says what is being done, once it has taken a second."""

import sys
from threading import Timer
from types import TracebackType

PATIENCE = 1.0
"""Seconds before a silent phase says what it is."""


class Progress:
    """A line on standard error for each phase that takes over a second; for every phase when verbose."""

    def __init__(self, *, verbose: bool) -> None:
        self._delay = 0.0 if verbose else PATIENCE
        self._timer: Timer | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __call__(self, phase: str) -> None:
        """Begin a phase; the one before has ended."""
        self._stop()
        if not self._delay:
            _say(phase)
            return
        self._timer = Timer(self._delay, _say, (phase,))
        self._timer.daemon = True
        self._timer.start()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()


def _say(phase: str) -> None:
    sys.stderr.write(f"{phase} ...\n")
    sys.stderr.flush()
