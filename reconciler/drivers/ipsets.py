"""Sets and their members, through `ipset save` and `ipset restore`."""

import re
from collections.abc import Sequence

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.ownership import SET_PREFIX
from reconciler.pipeline import REJECTED, SERVICES
from reconciler.resources import Entry, IpSet, Key, Resource
from reconciler.system.commands import run, run_together

TYPE = "hash:ip,port"
MOST_MEMBERS = 1 << 20
SIZES = frozenset(("hashsize", "maxelem", "bucketsize", "initval"))
"""Options that the kernel sets by itself; any other changes how a set's members look."""
SIZED = re.compile(f" (?:{'|'.join(sorted(SIZES))}) [0-9a-fx]+")
FAMILIES_OF_SETS = {
    name: "inet" if family == 4 else "inet6" for names in (SERVICES, REJECTED) for family, name in names.items()
}


class IpSets:
    """Every set whose name begins `0x520-`."""

    stages = ("ipsets", "entries")

    def __init__(self) -> None:
        self._made: list[str] = []
        """The commands of the sets that were made last."""

    def read(self) -> Dump:
        """One listing of the names, then one dump for each set of ours: other people's may be large."""
        names = [name for name in run(("ipset", "list", "-name")).splitlines() if name.startswith(SET_PREFIX)]
        return Dump(("".join(map(lasting, run_together(*(("ipset", "save", name) for name in names)))),), parse)

    def apply(self, changes: Sequence[Change]) -> None:
        """One `ipset restore`."""
        commands = [_command(change) for change in changes]
        # Before each member of a set that it has no line for, `ipset` asks the kernel what kind of set that is, which
        # takes as long again. Only for sets of our own making: of others we do not know the sizes.
        made, self._made = self._made, [command for command in commands if command.startswith("create ")]
        run(("ipset", "-exist", "restore"), "".join(f"{command}\n" for command in (*made, *commands)))


def lasting(dump: str) -> str:
    """The dump of one set, without its sizes and with its members in an order of their own: the kernel deals both."""
    create, *members = dump.splitlines(keepends=True)
    return "".join((SIZED.sub("", create), *sorted(members)))


def parse(dump: str) -> Live:
    """Sets and members of `ipset save`; a set of another make than ours is not ours, whatever its name."""
    owned: list[Resource] = []
    foreign: dict[Key, str] = {}
    for line in dump.splitlines():
        verb, name, *rest = line.split()
        if verb == "create" and _our_make(name, rest):
            owned.append(IpSet(name, 4 if rest[2] == "inet" else 6))
        elif verb == "create":
            foreign["ipset", name] = line
        elif ("ipset", name) not in foreign:
            owned.append(Entry(name, rest[0]))
    return Live(owned, foreign)


def _our_make(name: str, options: Sequence[str]) -> bool:
    # The kernel swaps a set in use only for one of the same make, so another make needs somebody's decision.
    kind, _, family, *sizes = options
    expected = FAMILIES_OF_SETS.get(name, family)
    return (kind, family) == (TYPE, expected) and SIZES.issuperset(sizes[::2])


def _command(change: Change) -> str:
    match change.desired, change.actual:
        case IpSet() as ipset, _:
            return f"{ipset.text} maxelem {MOST_MEMBERS}"
        case Entry() as entry, _:
            return entry.text
        case None, IpSet() as ipset:
            return f"destroy {ipset.name}"
        case None, Entry() as entry:
            return f"del {entry.set} {entry.member}"
    raise TypeError(f"bug: no set or entry: {change}")
