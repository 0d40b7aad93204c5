"""What one pass did, as a value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconciler.plan import Plan

Result = Literal["in sync", "applied", "repaired", "failed"]


@dataclass(frozen=True, slots=True)
class Report:
    """One pass."""

    at: float
    """Seconds since the epoch, at its end."""
    seconds: float
    reasons: frozenset[str]
    result: Result
    changes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many changes were made, by kind and action."""
    repaired: tuple[str, ...] = ()
    """`kind key` of everything that had drifted."""
    errors: tuple[str, ...] = ()
    failure: str = ""
    """The kind of the error that ended it."""
    reaction: float | None = None
    """Seconds from the first event of the folder to its end, if it applied what was written then."""
    undone: tuple[str, ...] = ()
    """`kind key` of what somebody changed again before it could be read back."""
    notes: tuple[str, ...] = ()


def counted(plan: Plan) -> dict[tuple[str, str], int]:
    """The changes of a plan by kind and action."""
    return dict(Counter((change.subject.kind, change.action) for change in plan.changes))
