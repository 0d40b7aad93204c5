"""The flows that a packet should meet, against those that it meets."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.explain.declared import Meeting
from reconciler.explain.judging import MEND, delete_flow
from reconciler.explain.packets import Packet
from reconciler.explain.scene import Passed, Scene, with_proof
from reconciler.explain.seen import Hop, Trace
from reconciler.explain.values import Evidence
from reconciler.ownership import COOKIE
from reconciler.resources import Flow


def passed(scene: Scene, packet: Packet) -> list[Passed]:
    """What a packet should meet, with evidence from the dump and, as far as that goes the same way, from the trace."""
    known = scene.passed.get(packet)
    if known is None:
        known = compare(scene, packet, scene.declared.way(packet))
        if not scene.is_wanted(packet):
            scene.passed[packet] = known
    return known


def compare(scene: Scene, packet: Packet, meetings: Sequence[Meeting]) -> list[Passed]:
    """The same for meetings that are known."""
    return list(_compare(scene, packet, meetings, scene.trace(packet)))


def _compare(scene: Scene, packet: Packet, meetings: Sequence[Meeting], trace: Trace | None) -> Iterator[Passed]:
    straight = trace is not None and not trace.complaint
    for index, meeting in enumerate(meetings):
        evidence = scene.judge(*meeting)
        if straight and trace is not None:
            hop = trace.hops[index] if index < len(trace.hops) else None
            straight = hop is not None and hop.key in {flow.key for flow in meeting}
            if straight and hop is not None:
                evidence = tuple(with_proof(e, hop.text) if e.key == hop.key else e for e in evidence)
            elif all(e.verdict == "ok" for e in evidence):
                evidence = (*evidence, overtaken(scene, packet, meeting[0], hop))
        yield meeting[0], evidence


def overtaken(scene: Scene, packet: Packet, expected: Flow, hop: Hop | None) -> Evidence:
    """Evidence that a packet meets another flow than it should, although that one is there."""
    if hop is None or "priority=" not in hop.key:
        said = hop.text if hop else f"it ends before table {expected.table}"
        return Evidence(
            "trace", f"ofproto/trace {scene.bridge} {packet.flow}", "foreign", expected.text, said, None, ""
        )
    mend = MEND if hop.cookie == COOKIE else delete_flow(scene.bridge, hop.key, hop.cookie)
    return Evidence("flow", hop.key, "foreign", expected.text, hop.text, None, mend)


def gathered(of: Iterable[Passed]) -> tuple[Evidence, ...]:
    """The evidence of several flows."""
    return tuple(evidence for _, each in of for evidence in each)
