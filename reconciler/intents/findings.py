"""What a cross-check says: something is wrong at one place, often because of what stands at another."""

from typing import Any, NamedTuple

from reconciler.intents.models import Declared
from reconciler.intents.places import Path
from reconciler.origin import Origin


class Place(NamedTuple):
    """A value in a declaration."""

    origin: Origin
    path: Path


class Finding(NamedTuple):
    """One thing wrong between values that are each valid; printed as `wrong (other): right`."""

    at: Place
    wrong: str
    right: str
    other: Place | None = None


def place(declared: Declared[Any], *path: str | int) -> Place:
    """The value at a path of a declaration, by its YAML names."""
    return Place(declared.origin, path)
