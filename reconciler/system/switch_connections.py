"""UDP connections in Open vSwitch's conntrack, userspace or kernel: a dump of our zone, and flushes by their tuples.

Open vSwitch before 3.1 flushes one connection a command, by its whole tuple. From 3.1 on one command takes all that
share a VIP and an endpoint: quicker when they are many, although it walks the whole table, and leaves some where it
makes the table shrink under its feet (3.1.0 to 3.1.2: half of them). So each flush is followed by another look.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from time import sleep

from reconciler.conntrack import Connection, Place
from reconciler.errors import ToolError
from reconciler.ownership import CT_MARK, CT_ZONE
from reconciler.resources import family_of
from reconciler.system.unixctl import Control, control

ZONE = f"zone={CT_ZONE}"
SIDE = r"=\(src=([^,]+),dst=([^,]+),sport=(\d+),dport=(\d+)\)"
ENTRY = re.compile(rf"^udp,orig{SIDE},reply{SIDE}(.*)$", re.MULTILINE)
MARKED = re.compile(rf",mark={CT_MARK}\b")
ROUNDS = 20
"""Looks at the zone, at the most: half of the three million that a table holds are left twelve times until FEW are."""
PAUSE = 0.1
"""Seconds between two looks where Open vSwitch cannot tell when its datapath has taken in the new groups."""
FEW, SHARE = 1000, 100
"""Connections that are flushed one by one, in 80 microseconds each: no more than these, or than this part of the table
(a hundredth), whose walk takes 0.7 microseconds for each."""

Stale = Callable[[Connection], bool]
Way = tuple[Place, Place]
"""What is asked, and who answers."""


def sweep(rundir: str, stale: Stale) -> None:
    """Flush all stale connections of our zone. Raises ToolError when some stay, or Open vSwitch cannot do it."""
    with control(rundir) as switch:
        for datapath in _datapaths(switch):
            _sweep(switch, datapath, stale)


def _sweep(switch: Control, datapath: Sequence[str], stale: Stale) -> None:
    for _ in range(ROUNDS):
        dump = switch.ask("dpctl/dump-conntrack", *datapath, ZONE)
        found = [connection for connection in read(dump) if stale(connection)]
        if not found:
            return
        flush(switch, datapath, found, table=dump.count("\n"))
        if len(found) <= FEW:
            _settle(switch)
    raise ToolError(f"{ZONE} had {len(found)} more of them after {ROUNDS} flushes")


def _datapaths(switch: Control) -> list[tuple[str, ...]]:
    # Named only where there are several: Open vSwitch 3.1 takes no name in front of a tuple.
    names = switch.ask("dpctl/dump-dps").split()
    return [(name,) for name in names] if len(names) > 1 else [()] * len(names)


def _settle(switch: Control) -> None:
    """Let the datapath forget the flows that were made of the groups before."""
    try:
        switch.ask("revalidator/wait")
    except ToolError:
        sleep(PAUSE)


def read(dump: str) -> Iterator[Connection]:
    """The UDP connections of a dump."""
    for entry in ENTRY.finditer(dump):
        source, asked, sport, dport, answering, returned, answer_port, _, rest = entry.groups()
        marked = MARKED.search(rest) is not None
        yield Connection((source, int(sport)), (asked, int(dport)), (answering, int(answer_port)), returned, marked)


def flush(switch: Control, datapath: Sequence[str], stale: Sequence[Connection], table: int) -> None:
    """Flush connections; `table` is how many there are in all."""
    ways: defaultdict[Way, list[Connection]] = defaultdict(list)
    for connection in stale:
        ways[connection.asked, connection.answers].append(connection)
    for way, connections in ways.items():
        few = len(connections) <= max(FEW, table // SHARE)
        if few or not _flush_together(switch, datapath, way):
            for connection in connections:
                switch.ask("dpctl/flush-conntrack", *datapath, ZONE, _tuple(connection.client, connection.asked))


def _flush_together(switch: Control, datapath: Sequence[str], way: Way) -> bool:
    """Whether Open vSwitch could do it."""
    asked, answers = way
    try:
        switch.ask("dpctl/flush-conntrack", *datapath, ZONE, _tuple(None, asked), _tuple(answers, None))
    except ToolError:
        return False
    return True


def _tuple(source: Place | None, destination: Place | None) -> str:
    words = ["ct_nw_proto=17"]
    for end, name in ((source, "src"), (destination, "dst")):
        if end:
            prefix = "ct_nw" if family_of(end[0]) == 4 else "ct_ipv6"
            words += [f"{prefix}_{name}={end[0]}", f"ct_tp_{name}={end[1]}"]
    return ",".join(words)
