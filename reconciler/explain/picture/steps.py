"""Every step of a path on the page, those in one part of the way together, with their evidence to open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from reconciler.explain.picture import words
from reconciler.explain.picture.evidence import evidence
from reconciler.explain.picture.layout import Station
from reconciler.explain.picture.markup import Markup, tag, together
from reconciler.explain.values import Direction, Step

DIRECTIONS: Mapping[Direction, str] = {"forward": "The packet", "back": "Its answer"}


@dataclass(frozen=True, slots=True)
class Places:
    """Where on the page the evidence of each step is: of the steps before the choice it is with one endpoint alone."""

    path: str
    """Begins the address of everything about the path."""
    index: int
    """Of this way."""
    shared: int
    """Of the way with the steps that all packets take."""
    until: int
    """The number of the last of those steps."""

    def step(self, number: int) -> str:
        """The address of the evidence of a step."""
        return f"{self.path}w{self.shared if number <= self.until else self.index}s{number}"

    def way(self, index: int) -> str:
        """The address of the first step of another way."""
        return f"{self.path}w{index}s{self.until + 1}"

    def here(self, number: int) -> bool:
        """Whether a step's evidence is told with this way."""
        return number > self.until or self.index == self.shared


def sections(stations: Sequence[Station], bridge: str, places: Places) -> Iterator[Markup]:
    """The packet's steps, and those of its answer."""
    changed = _changed([station.step for station in stations])
    for direction, run in groupby(stations, key=lambda station: station.step.direction):
        parts = groupby(run, key=lambda station: station.step.where)
        told = [
            tag(
                "div", tag("h4", words.part(where, bridge)), _listed(list(part), changed, places), class_=f"run {where}"
            )
            for where, part in parts
        ]
        yield tag("section", tag("h3", DIRECTIONS[direction]), told)


def _changed(steps: Sequence[Step]) -> set[int]:
    """The numbers of the steps after which the packet is another one."""
    before = ["", *map(words.packet, steps)]
    return {number for number, step in enumerate(steps, 1) if words.packet(step) != before[number - 1]}


def _listed(stations: Sequence[Station], changed: set[int], places: Places) -> Markup:
    rows = [_row(station, places, shown=station.number in changed) for station in stations]
    return tag("ol", [tag("li", row) for row in rows])


def _row(station: Station, places: Places, *, shown: bool) -> Markup:
    step, address = station.step, places.step(station.number)
    kind = f"step {step.verdict}" + (" lit" if station.lit else "")
    head = _head(station, shown=shown)
    if not places.here(station.number):
        return tag("a", head, class_=kind, href=f"#{address}")
    if not step.evidence:
        return tag("div", head, class_=kind, id=address)
    told = tag("div", [evidence(each) for each in step.evidence], class_="told", id=address)
    opened = None if step.verdict == "ok" else ""
    return tag("details", tag("summary", head), told, class_=kind, open=opened)


def _head(station: Station, *, shown: bool) -> Markup:
    step = station.step
    inside = str(station.number) if step.verdict == "ok" else words.GLYPHS[step.verdict]
    what, more = words.said(step)
    parts = [tag("b", what), more]
    if step.table and words.label(step) == step.name:
        parts.append(tag("span", words.table(step), class_="table"))
    if step.verdict != "ok":
        parts.append(tag("span", step.verdict, class_="flag"))
    packet = tag("code", words.packet(step), class_="packet") if shown else together()
    spaced = [each for part in parts if part for each in (part, " ")]
    return together(
        tag("span", inside, class_="number", aria_hidden="true"), tag("span", *spaced, class_="what"), packet
    )
