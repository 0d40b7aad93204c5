"""The drawing: the node, the bridge in it, its tables as stages, and the packet's way, lit as far as it comes.

A step that is broken has a shape of its own, a glyph and a word, so that nobody needs to tell colours apart.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from reconciler.explain.picture import words
from reconciler.explain.picture.layout import (
    DOWN,
    FRAME,
    HEADER,
    ROW,
    UP,
    WIDTH,
    Block,
    Layout,
    Station,
    layout,
)
from reconciler.explain.picture.markup import Markup, tag, together
from reconciler.explain.picture.others import others
from reconciler.explain.values import Explanation, Path, Way

LEFT, RIGHT = 14, WIDTH - 14
"""Edges of the blocks."""
BEND = 14
"""Radius of the turn at the endpoint."""
RADIUS = 10
ROOM, LETTERS, SMALL_LETTERS = 112, 13, 16
"""Of a step's name: its width at most, and how many letters and small letters that has room for."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the page tells more: the addresses of a step, by its number, and of a way, by its index."""

    step: Callable[[int], str | None] = lambda _: None
    way: Callable[[int], str | None] = lambda _: None


def drawing(explanation: Explanation, path: Path, way: Way | None, links: Links) -> Markup:
    """The drawing of one path, as an element of a page."""
    drawn = layout(path, way)
    label = f"{words.client(path.client)} to {words.target(path)}: {words.state(path)}"
    box = f"0 0 {WIDTH} {drawn.height}"
    return tag("svg", content(explanation, drawn, links), class_="map", viewBox=box, role="group", aria_label=label)


def content(explanation: Explanation, drawn: Layout, links: Links) -> Markup:
    """What a drawing consists of."""
    return together(
        _frame(explanation.node, drawn),
        *(_block(block, explanation.bridge, drawn) for block in drawn.blocks),
        others(drawn, links.way),
        *_rails(drawn),
        *(_station(station, links.step(station.number)) for station in drawn.stations),
    )


def _frame(node: str, drawn: Layout) -> Markup:
    edge = tag("rect", x=2, y=2, width=WIDTH - 4, height=drawn.frame - 2, rx=16)
    title = tag("text", "Node ", tag("tspan", node), x=LEFT + 2, y=FRAME - 4)
    return tag("g", edge, title, class_="frame")


def _block(block: Block, bridge: str, drawn: Layout) -> Markup:
    edge = tag("rect", class_="edge", x=LEFT, y=block.top, width=RIGHT - LEFT, height=block.height, rx=10)
    title = tag("text", words.PARTS[block.where], class_="title", x=LEFT + 12, y=block.top + 21)
    what = {"client": drawn.path.client.name, "bridge": bridge}.get(block.where, "")
    detail = tag("text", what, class_="detail", x=RIGHT - 12, y=block.top + 21) if what else together()
    stages = [_stage(station) for station in block.stations if station.step.table]
    return tag("g", edge, title, detail, stages, _address(block, drawn), class_=f"block {block.where}")


def _address(block: Block, drawn: Layout) -> Markup:
    """What the packet is turned round by."""
    way, total = drawn.way, len(drawn.path.ways)
    if block.where != "endpoint" or not way:
        return together()
    told = f"{words.PLACES[way.place]}, {words.share(way)}" + (f", 1 of {total} endpoints" if total > 1 else "")
    address = tag("text", words.socket(way.ip, way.port), class_="address", x=WIDTH // 2, y=block.bottom - 30)
    return together(address, tag("text", told, class_="note", x=WIDTH // 2, y=block.bottom - 13))


def _stage(station: Station) -> Markup:
    left, right = (LEFT + 8, DOWN + 16) if station.x == DOWN else (UP - 16, RIGHT - 8)
    return tag("rect", class_="stage", x=left, y=station.y - ROW // 2 + 2, width=right - left, height=ROW - 4, rx=8)


def _rails(drawn: Layout) -> Iterator[Markup]:
    """The packet's way between the stations: what it does not reach is drawn first, so that the rest lies on top."""
    yield from sorted(_segments(drawn), key=lambda segment: 'class="rail lit"' in segment)


def _segments(drawn: Layout) -> Iterator[Markup]:
    for station, after in pairwise(drawn.stations):
        turn = station.x != after.x
        line = _turn(drawn, station.y) + f"V{after.y}" if turn else f"M{station.x} {station.y}V{after.y}"
        yield _rail(line, lit=after.lit)
    last, end = drawn.stations[-1], drawn.blocks[-1]
    if last.x == UP and last.step.where != "client":
        home = drawn.blocks[0].top + HEADER + ROW // 2
        yield _rail(f"M{UP} {last.y}V{home}", lit=drawn.lit)
        yield tag("path", class_=_lit("head", lit=drawn.lit), d=f"M{UP} {home - 9}l-6 10h12z")
    elif last.x == DOWN and end.where == "endpoint":
        yield _rail(_turn(drawn, last.y), lit=drawn.lit)


def _turn(drawn: Layout, begin: int) -> str:
    bottom = drawn.blocks[-1].bottom - 50
    return (
        f"M{DOWN} {begin}V{bottom - BEND}Q{DOWN} {bottom} {DOWN + BEND} {bottom}"
        f"H{UP - BEND}Q{UP} {bottom} {UP} {bottom - BEND}"
    )


def _rail(line: str, *, lit: bool) -> Markup:
    return tag("path", class_=_lit("rail", lit=lit), d=line)


def _lit(kind: str, *, lit: bool) -> str:
    return f"{kind} lit" if lit else kind


def _station(station: Station, address: str | None) -> Markup:
    step = station.step
    inner = together(tag("title", _said(station)), _shape(station), _label(station))
    kind = f"station {step.verdict}" + (" lit" if station.lit else "")
    return tag("a" if address else "g", inner, href=address, class_=kind)


def _said(station: Station) -> str:
    step = station.step
    return f"{station.number}. {' '.join(filter(None, words.said(step)))} {words.packet(step)}, {step.verdict}"


def _shape(station: Station) -> Markup:
    """A circle with the number; of what is broken a square or a diamond, with a glyph."""
    x, y, verdict = station.x, station.y, station.step.verdict
    if verdict == "ok":
        shape = tag("circle", cx=x, cy=y, r=RADIUS)
    elif verdict == "missing":
        shape = tag("rect", x=x - RADIUS, y=y - RADIUS, width=2 * RADIUS, height=2 * RADIUS, rx=3)
    else:
        shape = tag("path", d=f"M{x} {y - 13}L{x + 13} {y}L{x} {y + 13}L{x - 13} {y}Z")
    inside = str(station.number) if verdict == "ok" else words.GLYPHS[verdict]
    return together(shape, tag("text", inside, class_="number", x=x, y=y + 4))


def _label(station: Station) -> Markup:
    """The step's name, and below it what is wrong, or its table."""
    step = station.step
    name = words.label(step)
    below = step.verdict if step.verdict != "ok" else words.table(step) if name == step.name else ""
    x, side = (DOWN - 18, "down") if station.x == DOWN else (UP + 18, "up")
    y = station.y - 1 if below else station.y + 4
    lines = [_fitted(name, "name small" if len(name) > LETTERS else "name", x, y)]
    if below:
        lines.append(_fitted(below, "below", x, y + 13))
    return tag("g", lines, class_=f"label {side}")


def _fitted(text: str, kind: str, x: int, y: int) -> Markup:
    """Text in the room that a stage has: the longest names of Antrea's tables are squeezed."""
    long = len(text) > SMALL_LETTERS
    squeezed: Mapping[str, object] = {"textLength": ROOM, "lengthAdjust": "spacingAndGlyphs"} if long else {}
    return tag("text", text, class_=kind, x=x, y=y, **squeezed)
