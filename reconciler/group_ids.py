"""Which group belongs to which service port: derived from its name alone, so that it survives restarts."""

from collections.abc import Iterable
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
            slot = (slot + 1) % GROUP_SPACE
        taken.add(slot)
        ids[name] = GROUP_PREFIX | slot
    return ids


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") % GROUP_SPACE
