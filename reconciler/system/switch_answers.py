"""What the daemon of Open vSwitch answers to explain: traces, learned MACs, connections; all over one connection."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.errors import ToolError
from reconciler.explain.kernel_text import parse_connections
from reconciler.explain.packets import Packet
from reconciler.explain.seen import Held, Trace
from reconciler.explain.trace_text import parse_trace
from reconciler.system.unixctl import Control, control

LEARNED = re.compile(r"^ *(\d+) +\d+ +(\S+) +\S+$", re.MULTILINE)


def trace_all(rundir: str, bridge: str, packets: Iterable[Packet]) -> Iterator[tuple[Packet, Trace]]:
    """The trace of each packet. Raises ToolError when the daemon does not answer; a complaint is an answer."""
    with control(rundir) as switch:
        for packet in packets:
            yield packet, _trace(switch, bridge, packet)


def _trace(switch: Control, bridge: str, packet: Packet) -> Trace:
    try:
        return parse_trace(switch.ask("ofproto/trace", bridge, packet.flow, *packet.options))
    except ToolError as error:
        return Trace((), complaint=str(error))


def learned(rundir: str, bridge: str) -> Mapping[str, tuple[str, ...]]:
    """The MACs that a bridge has learned, by the number of the port."""
    found: dict[str, tuple[str, ...]] = {}
    with control(rundir) as switch:
        for port, mac in LEARNED.findall(switch.ask("fdb/show", bridge)):
            found[port] = (*found.get(port, ()), mac)
    return found


def connections(rundir: str, zones: Sequence[int]) -> list[Held]:
    """The connections in some zones, of every datapath."""
    with control(rundir) as switch:
        names = switch.ask("dpctl/dump-dps").split()
        asked = [(name, f"zone={zone}") for name in names for zone in zones]
        dumps = [switch.ask("dpctl/dump-conntrack", *words) for words in asked]
    return [held for dump in dumps for held in parse_connections(dump)]
