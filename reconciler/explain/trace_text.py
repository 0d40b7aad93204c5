"""What `ofproto/trace` prints, as values."""

import re
from collections.abc import Iterator

from reconciler.explain.seen import Hop, Trace
from reconciler.explain.sockets import socket

HOP = re.compile(r"^ *(\d+)\. (?:(?:(.*), )?priority (\d+)(?:, cookie 0x([0-9a-f]+))?|No match\.)$")
END = re.compile(r"^(Final flow:|Megaflow:|Datapath actions:|=====|Flow:|bridge\()")
CHOSEN = re.compile(r"nat\(dst=\[?([0-9a-f.:]+?)\]?:(\d+)\)")
MARK = re.compile(r"^Flow: .*ct_mark=(0x[0-9a-f]+)", re.MULTILINE)
ACTIONS = re.compile(r"^Datapath actions: (.*)$", re.MULTILINE)
OUT = re.compile(r"output port is (\d+)|output:(\d+)|^ *(IN_PORT|NORMAL|LOCAL)$", re.MULTILINE)


def parse_trace(text: str) -> Trace:
    """The flows that the packet met, and what became of it."""
    chosen, hops = CHOSEN.search(text), tuple(_hops(text))
    marks, actions = MARK.findall(text), ACTIONS.findall(text)
    out = OUT.findall(hops[-1].text) if hops else []
    return Trace(
        hops,
        socket(chosen[1], int(chosen[2])) if chosen else "",
        int(marks[-1], 16) if marks else 0,
        "".join(out[-1]) if out else "",
        actions[-1] if actions else "",
    )


def _hops(text: str) -> Iterator[Hop]:
    """Each flow with its lines, down to the next flow or to the summary of its pass."""
    said: list[str] = []
    for line in [*text.splitlines(), "====="]:
        begins = HOP.match(line)
        if said and (begins or END.match(line)):
            yield _hop(said)
            said = []
        if begins or (said and line.strip()):
            said.append(line.strip())


def _hop(said: list[str]) -> Hop:
    found = HOP.match(said[0])
    if found is None:
        raise TypeError(f"bug: no flow: {said[0]}")
    table, match, priority, cookie = found.groups()
    key = f"table={table}" + (f",priority={priority}" if priority else "") + (f",{match}" if match else "")
    return Hop(key, int(table), int(cookie or "0", 16), "\n".join(said))
