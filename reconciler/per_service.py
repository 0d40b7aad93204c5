"""What follows from single services, remembered: a change of one asks for that one alone."""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from reconciler.intents import Declared, Service

T = TypeVar("T")


class Turn(NamedTuple, Generic[T]):
    """What followed from a service, and what follows now; None where it was not, or is no more."""

    key: str
    before: T | None
    after: T | None


class PerService(Generic[T]):
    """A pure function of a declared service, whose results are kept for as long as the service is the same object."""

    def __init__(self, function: Callable[[Declared[Service]], T]) -> None:
        self._function = function
        self._known: dict[str, tuple[Declared[Service], T]] = {}
        self._of: Mapping[str, Declared[Service]] | None = None
        """The services that all of it is of."""

    def differing(self, services: Mapping[str, Declared[Service]]) -> set[str]:
        """The keys of those that came, went or are another object now."""
        if services is self._of:
            return set()
        gone = self._known.keys() - services.keys()
        return gone | {key for key, declared in services.items() if self.known(key) is not declared}

    def renew(self, services: Mapping[str, Declared[Service]], keys: Iterable[str]) -> list[Turn[T]]:
        """Ask for these services anew, which are all that differ, and forget those of them that have gone."""
        turns = [self._turn(key, services.get(key)) for key in keys]
        self._of = services
        return turns

    def known(self, key: str) -> Declared[Service] | None:
        """The service as it was asked for last."""
        known = self._known.get(key)
        return known[0] if known else None

    def _turn(self, key: str, declared: Declared[Service] | None) -> Turn[T]:
        known = self._known.pop(key, None)
        before = known[1] if known else None
        if declared is None:
            return Turn(key, before, None)
        after = self._function(declared)
        self._known[key] = declared, after
        return Turn(key, before, after)
