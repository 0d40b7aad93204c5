"""What an explanation is: frozen values, of which the text, the JSON form and the picture are renderings.

An `Explanation` has a `Path` for each client and VIP; a path has the steps that all its packets take, up to where an
endpoint is chosen, and a `Way` for each endpoint: on to it, and back to the client. A `Step` is proven by `Evidence`,
each about one live object, and is as good as the worst of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from reconciler.origin import Origin

Verdict = Literal["ok", "missing", "foreign"]
"""ok: as the intents need it. missing: it is not there. foreign: something else is in its place, or decides first: an
object of ours that was altered, or somebody else's."""

Direction = Literal["forward", "back"]
"""From the client to the endpoint (`->`), or the answer (`<-`)."""

Where = Literal["client", "host", "bridge", "endpoint"]
"""Whose part a step is: the client's own socket, the node's stack, Open vSwitch, or the other end."""

ClientKind = Literal["node", "pod"]

Place = Literal["pod", "itself", "host", "elsewhere"]
"""Where an endpoint is, seen from the node: a pod on its bridge, the client itself (hairpin), its host network, or
anything that the host leads to."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the live node holds, or answered, about one object."""

    kind: str
    """A resource's kind (`flow`, `group` …), or `lookup` (`ip route get`), `trace` (`ofproto/trace`), `sysctl`, `link`,
    `port` (an Interface of OVSDB), `connections` (conntrack)."""
    key: str
    """Which one: the resource's key, or what was asked."""
    verdict: Verdict
    desired: str = ""
    """What should be there, in the tool's own words; empty for what is only told."""
    actual: str = ""
    """What is there, in the tool's own words; empty when nothing is."""
    intent: Origin | None = None
    """Who asked for it."""
    mend: str = ""
    """The command that puts it right; empty when it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a packet."""

    name: str
    """What is done, from the list in docs/explain.md: `socket`, `mark`, `group`, `dnat` …"""
    direction: Direction
    where: Where
    text: str
    """The step in a few words."""
    source: str
    """Of the packet after the step: an address, with its port where that has changed."""
    destination: str
    evidence: tuple[Evidence, ...] = ()
    table: str = ""
    """Of the bridge: the table in which it happens, by its number, or by the name that Antrea gives it."""

    @property
    def verdict(self) -> Verdict:
        """Of the first evidence that is not as it should be."""
        return next((e.verdict for e in self.evidence if e.verdict != "ok"), "ok")


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing on a path that is not as it should be."""

    step: Step
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Way:
    """From where an endpoint was chosen to that endpoint, and its answer back to the client."""

    ip: str
    port: int
    share: float
    """Of new connections, from 0 to 1, by weight."""
    place: Place
    steps: tuple[Step, ...]
    """Those with direction `forward`, then those with direction `back`."""

    @property
    def broken(self) -> Broken | None:
        """The first broken step."""
        return first_broken(self.steps)


@dataclass(frozen=True, slots=True)
class Client:
    """Who connects."""

    kind: ClientKind
    name: str
    """The node's name, or the pod's address."""
    address: str
    """What its packets have as their source; empty when it has none in the VIP's family."""


@dataclass(frozen=True, slots=True)
class Path:
    """One client to one VIP and port."""

    service: str
    """`namespace/name`."""
    vip: str
    protocol: str
    port: int
    client: Client
    intent: Origin | None
    """Where the service is declared."""
    steps: tuple[Step, ...]
    """Those that every packet to the VIP takes."""
    ways: tuple[Way, ...] = ()
    """By endpoint; none for a service that is refused, which has no endpoints."""
    unserved: str = ""
    """Why this client is not served at all, and so has no steps."""
    remarks: tuple[str, ...] = ()
    """What is right and worth knowing."""

    @property
    def refused(self) -> bool:
        """Whether connections are refused, as they should be: the service has no endpoints."""
        return not self.ways and not self.unserved

    @property
    def broken(self) -> Broken | None:
        """The first broken step, of those before an endpoint is chosen or of any way."""
        return first_broken([*self.steps, *(step for way in self.ways for step in way.steps)])

    @property
    def whole(self) -> bool:
        """Whether every step of every way is as it should be."""
        return not self.unserved and self.broken is None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked about, on one node."""

    node: str
    bridge: str
    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    """What is not as it should be, and on none of these paths."""

    @property
    def whole(self) -> bool:
        """Whether every path is; exit code 0."""
        return all(path.whole for path in self.paths)


def first_broken(steps: Iterable[Step]) -> Broken | None:
    """The first evidence among steps that is not ok, with its step."""
    return next(_broken(steps), None)


def _broken(steps: Iterable[Step]) -> Iterator[Broken]:
    for step in steps:
        for evidence in step.evidence:
            if evidence.verdict != "ok":
                yield Broken(step, evidence)
