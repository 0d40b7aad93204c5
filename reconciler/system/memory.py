"""Keeps a process that stays small: what a large pass needs for a moment goes back to the system after it."""

import ctypes
import gc
from contextlib import suppress

LARGE, MMAP_THRESHOLD = 1 << 20, -3
"""Bytes from which on an allocation is a mapping of its own, such as a dump of all groups; and what malloc calls it."""


def keep_small() -> None:
    """Once, at the start. Left alone, the C library takes ever larger allocations from what it never gives back."""
    _ask("mallopt", MMAP_THRESHOLD, LARGE)


def settle() -> None:
    """What is there now will stay: nobody looks through it for garbage again, and what is free goes back."""
    gc.collect()
    gc.freeze()
    _ask("malloc_trim", 0)


def _ask(function: str, *numbers: int) -> None:
    with suppress(OSError, AttributeError):  # the GNU C library has them, others do not
        getattr(ctypes.CDLL(None), function)(*numbers)
