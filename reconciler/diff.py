"""The diff: knows only `.key` and `==`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler.resources import Key, Resource

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One object to create (no actual), update (both) or delete (no desired)."""

    desired: Resource | None
    actual: Resource | None

    @property
    def subject(self) -> Resource:
        """What the change is about: the desired object, or the one to delete."""
        subject = self.desired or self.actual
        assert subject is not None  # noqa: S101  (a change of nothing is our own bug)
        return subject

    @property
    def action(self) -> Action:
        """What happens to the object."""
        if self.desired is None:
            return "delete"
        return "create" if self.actual is None else "update"


def diff(desired: Mapping[Key, Resource], actual: Mapping[Key, Resource]) -> Iterator[Change]:
    """Every difference, in the order of the keys."""
    differing = [key for key, resource in desired.items() if key not in actual or actual[key] != resource]
    for key in sorted([*differing, *(key for key in actual if key not in desired)]):
        yield Change(desired.get(key), actual.get(key))
