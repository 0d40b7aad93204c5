"""Seconds, many of one thing: how they are measured and put in short."""

import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Spread:
    """What many runs of one thing took, in seconds."""

    n: int
    p50: float
    p99: float
    """The nearest rank: of fewer than a hundred runs it is the longest."""
    max: float


def spread(seconds: Sequence[float]) -> Spread:
    """At least one run, in short."""
    return Spread(len(seconds), statistics.median(seconds), percentile(seconds, 0.99), max(seconds))


def percentile(seconds: Sequence[float], share: float) -> float:
    """The nearest rank."""
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    begun = perf_counter()
    call()
    return perf_counter() - begun


def say(line: str) -> None:
    """Tell a person what goes on."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")
