"""Which group belongs to which service port: derived from its name alone, so that it survives restarts."""

from collections.abc import Collection, Iterable
from hashlib import blake2b

from reconciler.ownership import GROUP_PREFIX, GROUP_SPACE


def assign(names: Iterable[str]) -> dict[str, int]:
    """Give every name a group id of ours: its hash, or the next free id when two hashes meet.

    A name keeps its id whatever other names come and go, unless two hashes meet (some 50 pairs among 10,000 names);
    then the first in alphabetical order has it, and the other moves by one.
    """
    taken: set[int] = set()
    ids = {}
    for name in sorted(names):
        slot = _hash(name)
        while slot in taken:
            slot = _next(slot)
        taken.add(slot)
        ids[name] = GROUP_PREFIX | slot
    return ids


class GroupIds:
    """The ids of names that come and go: at any time those that `assign` gives them."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        """By id without its prefix."""

    def change(self, gone: Collection[str], come: Collection[str]) -> frozenset[str]:
        """Forget some names and take in others; those that stay and have another id now."""
        if all(map(self._leaves, gone)) and all(map(self._enters, come)):
            return frozenset()
        before, staying = self.ids, self.ids.keys() - {*gone, *come}
        self.ids = assign(staying | set(come))
        self._names = {number & ~GROUP_PREFIX: name for name, number in self.ids.items()}
        return frozenset(name for name in staying if before[name] != self.ids[name])

    def _leaves(self, name: str) -> bool:
        """Whether a name could go without anybody else's moving."""
        slot = self.ids[name] & ~GROUP_PREFIX
        if self._displaced_behind(slot):
            return False
        del self.ids[name], self._names[slot]
        return True

    def _displaced_behind(self, slot: int) -> bool:
        """Whether somebody in the unbroken run behind a slot would rather stand further in front."""
        while (name := self._names.get(slot := _next(slot))) is not None:
            if _hash(name) != slot:
                return True
        return False

    def _enters(self, name: str) -> bool:
        """Whether a name found its own place free: nobody who stands elsewhere has ever come by it then."""
        slot = _hash(name)
        if slot in self._names:
            return False
        self.ids[name], self._names[slot] = GROUP_PREFIX | slot, name
        return True


def _next(slot: int) -> int:
    return (slot + 1) % GROUP_SPACE


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") % GROUP_SPACE
