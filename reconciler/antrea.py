"""Antrea's pipeline as far as our flows meet it: one value a generation, and how a generation is told from a bridge.

Table numbers were fixed until v1.5; from v1.6 they are given out in sequence and depend on the features that are
switched on, so tables are found by the names that Antrea gives them. Marks and registers changed meaning in between.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.resources import Flow

OLD_TABLES: Mapping[str, int] = {
    "Classifier": 0,
    "ARPResponder": 20,
    "ConntrackZone": 30,
    "L3Forwarding": 70,
    "ConntrackCommit": 105,
    "Output": 110,
}
CONNTRACK_STATE, SERVICE_CONNTRACK = 31, 24
"""Other tables of the fixed numbering that tell a generation: marks are matched in the first; the second has flows
only in v1.4 and v1.5, and only with proxyAll."""

EVIDENCE = (0, CONNTRACK_STATE, SERVICE_CONNTRACK)
"""Tables of the fixed numbering whose flows `recognise` looks at."""

NAMES = ("ConntrackState", "ServiceLB", "UnSNAT")
"""Tables that every pipeline with names has when AntreaProxy is on."""

FROM_GATEWAY = re.compile(r"(set_field:0x1/0xf+->reg0|load:0x1->NXM_NX_REG0\[0\.\.(3|15)\])")


@dataclass(frozen=True, slots=True)
class Antrea:
    """One generation of the pipeline."""

    versions: str
    tables: Mapping[str, int] = field(default_factory=dict)
    """Numbers by Antrea's names; those that a generation lacks are left out."""
    from_gateway: str = ""
    """Match of packets that entered by the gateway."""
    balanced: str = ""
    """Match of connections that AntreaProxy balanced."""
    marks_conflict: bool = False
    """Whether a connection from the gateway loses its service mark in ConntrackCommit."""
    leads_back: bool = True
    """Whether Antrea's own flows put the virtual IP on for endpoints outside of the pod networks."""


WHOLE_MARKS = Antrea(
    "v0.8 to v1.4", OLD_TABLES, "reg0=0x1/0xffff", "ct_mark=0x21", marks_conflict=True, leads_back=False
)
BIT_MARKS = Antrea("v1.5", OLD_TABLES, "reg0=0x1/0xf", "ct_mark=0x4/0x4", leads_back=False)
PROXY_ALL = Antrea("v1.4 or v1.5 with proxyAll", OLD_TABLES)
NAMED = "v1.6 or later"
LATEST = Antrea(NAMED)
"""The latest generation, away from the node: without the numbers."""


def recognise(names: Mapping[str, int], flows: Iterable[Flow], gateway_port: str) -> Antrea | None:
    """The generation of a bridge, from its tables' names and its flows in the tables EVIDENCE; None if it is none."""
    if all(name in names for name in NAMES):
        return Antrea(NAMED, names)
    by_table: dict[int | str, list[Flow]] = {}
    for flow in flows:
        by_table.setdefault(flow.table, []).append(flow)
    if not any(_classifies(flow, gateway_port) for flow in by_table.get(0, ())):
        return None
    if any(flow.actions.startswith("ct(") for flow in by_table.get(SERVICE_CONNTRACK, ())):
        return PROXY_ALL
    marks = [flow.match for flow in by_table.get(CONNTRACK_STATE, ())]
    return next((known for known in (WHOLE_MARKS, BIT_MARKS) if any(known.balanced in mark for mark in marks)), None)


def _classifies(flow: Flow, gateway_port: str) -> bool:
    return f"in_port={gateway_port}" in flow.match.split(",") and FROM_GATEWAY.search(flow.actions) is not None


def of_version(version: str, names: Mapping[str, int]) -> Antrea:
    """The generation that a release belongs to."""
    release = tuple(map(int, version.split(".")[:2]))
    if release < (1, 5):
        return WHOLE_MARKS
    return BIT_MARKS if release == (1, 5) else Antrea(NAMED, names)


def looked_for(gateway_port: str) -> str:
    """What a bridge that is not recognised lacks, in words."""
    return (
        f"tables named {', '.join(NAMES)} (v1.6 or later), and a flow in table 0 that marks port {gateway_port} as the "
        f"gateway in reg0 with one in table {CONNTRACK_STATE} that matches {WHOLE_MARKS.balanced} or "
        f"{BIT_MARKS.balanced} (v0.8 to v1.5)"
    )
