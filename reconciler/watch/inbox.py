"""Where all triggers end: reasons for a pass, gathered until they pause."""

from collections.abc import Iterable
from threading import Condition
from time import monotonic

QUIET, LONGEST = 0.03, 0.3
"""Seconds without a further reason that end the gathering, and how long it may take at the most."""


class Inbox:
    """Reasons that threads tell, and one reader."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._reasons: set[str] = set()
        self._last = 0.0

    def tell(self, *reasons: str, gathered: bool = False) -> None:
        """Add reasons; from any thread. `gathered`: they were waited for already, and need no pause of their own."""
        with self._changed:
            self._reasons.update(reasons)
            self._last = self._last if gathered else monotonic()
            self._changed.notify()

    def wait(self, seconds: float) -> frozenset[str]:
        """The reasons that came, once they pause; none when `seconds` have passed without any."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._reasons), timeout=max(0.0, seconds))
            begun = monotonic()
            while self._reasons and monotonic() < min(self._last + QUIET, begun + LONGEST):
                self._changed.wait(QUIET)
            return self._taken()

    def _taken(self) -> frozenset[str]:
        reasons, self._reasons = frozenset(self._reasons), set()
        return reasons


def shown(reasons: Iterable[str]) -> str:
    """Reasons in words, in a stable order."""
    return ", ".join(sorted(reasons))
