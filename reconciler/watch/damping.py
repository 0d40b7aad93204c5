"""When to stop repairing at once: somebody else writes the same objects again and again. Pure: time is an argument."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST, WITHIN = 5, 30.0
"""Repairs of one object, and the seconds that they fall in, that are a fight."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds; each further repair of such an object doubles the pause."""
FORGIVEN = 120.0
"""Seconds without a repair after which it is over."""
MOST_REMEMBERED = 100_000
"""Objects whose repairs are counted; then counting begins anew."""


@dataclass(slots=True)
class Damping:
    """Repairs of the near past, and who is fought with."""

    _repairs: dict[str, deque[float]] = field(default_factory=dict)
    _pause: float = 0.0
    _last: float = 0.0
    until: float = 0.0
    """No repair before this time."""
    contested: tuple[str, ...] = ()
    """The objects that somebody else keeps changing."""

    def repaired(self, keys: Iterable[str], now: float) -> None:
        """Note what a pass repaired; drift that a person did not ask for."""
        hot = []
        for key in keys:
            times = self._repairs.setdefault(key, deque(maxlen=MOST))
            times.append(now)
            if len(times) == MOST and now - times[0] <= max(WITHIN, self._pause * MOST):
                hot.append(key)
        if hot:
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
            self.until, self._last, self.contested = now + self._pause, now, tuple(sorted(hot))

    def look(self, now: float) -> None:
        """Forget what is long over."""
        if self.contested and now - self._last > FORGIVEN:
            self._pause, self.until, self.contested = 0.0, 0.0, ()
        if len(self._repairs) > MOST_REMEMBERED:
            self._repairs.clear()
