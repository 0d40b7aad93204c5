"""What the bridge will tell of our own changes, so that only other people's wake the loop.

Every flow and group that we change is told once. What is told beyond that, at the same table and priority too, is
somebody else's; what is not told in time is a doubt, and a doubt is a reason to look.
"""

from collections import Counter
from collections.abc import Iterable
from threading import Lock
from time import monotonic

from reconciler.diff import Change
from reconciler.ownership import COOKIE
from reconciler.resources import Flow, Group, Resource
from reconciler.system.openflow_events import Connected, FlowChanged, GroupChanged, Happening

PATIENCE = 1.0
"""Seconds in which everything should have been told."""
A_SECOND = 5000
"""Events that a switch and we are sure to get through in a second."""


class Echo:
    """The events that are still to come."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._expected: Counter[object] = Counter()
        self.due = float("inf")
        """When the last of them should have come, by the monotonic clock; never, when none is to come."""

    def expect(self, changes: Iterable[Change]) -> None:
        """Changes are about to be made."""
        with self._lock:
            self._expected.update(_of(c.subject) for c in changes if isinstance(c.subject, Flow | Group))
            if self._expected:
                self.due = monotonic() + PATIENCE + self._expected.total() / A_SECOND

    def forget(self) -> None:
        """Nothing is to come any more: whatever comes is news."""
        with self._lock:
            self._expected.clear()
            self.due = float("inf")

    def takes(self, happening: Happening) -> bool:
        """Whether an event was one of those."""
        event = _told(happening)
        with self._lock:
            if self._expected[event] <= 0:
                del self._expected[event]
                return False
            self._expected[event] -= 1
            if not self._expected[event]:
                del self._expected[event]
            if not self._expected:
                self.due = float("inf")
            return True


def _of(resource: Resource) -> object:
    return (resource.table, resource.priority) if isinstance(resource, Flow) else getattr(resource, "id", None)


def _told(happening: Happening) -> object:
    match happening:
        case FlowChanged(table, priority, cookie):
            return (table, priority) if cookie == COOKIE else None
        case GroupChanged(group):
            return group
        case Connected():
            return None
