"""Where everything of a drawing stands: a packet goes down on one rail and its answer up on another.

The blocks that it passes lie across both rails: client, host, bridge, endpoint. Every block has a row for each step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from reconciler.explain.values import Path, Step, Way, Where

WIDTH = 360
DOWN, UP = 158, 202
"""The rails."""
HEADER, ROW, FOOT, GAP = 32, 36, 6, 14
"""Heights: of a block's title, of a step, below the last step, and between blocks."""
TURN = 72
"""Height in the endpoint's block in which the packet turns round, over its address and its place."""
FRAME = 30
"""Height of the node's own title, over the first block."""


@dataclass(frozen=True, slots=True)
class Station:
    """A step on a rail."""

    number: int
    """In the order in which the packet comes by, from 1."""
    step: Step
    x: int
    y: int
    lit: bool
    """Whether the packet comes so far: nothing before it is broken."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the way."""

    where: Where
    top: int
    height: int
    stations: tuple[Station, ...]
    """Those on the way down, and then those on the way up."""

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole drawing."""

    path: Path
    way: Way | None
    blocks: tuple[Block, ...]
    """From the client down."""
    frame: int
    """Lower edge of the node."""
    height: int
    lit: bool
    """Whether the packet arrives, and its answer comes back."""

    @property
    def stations(self) -> list[Station]:
        """Every station in the order in which the packet comes by."""
        return sorted((each for block in self.blocks for each in block.stations), key=lambda each: each.number)


Run = tuple[Where, list[tuple[int, Step]]]
"""Steps in one block, one after another, with their numbers."""


def steps_of(path: Path, way: Way | None) -> list[Step]:
    """All steps of the packet and its answer, as they follow each other."""
    return [*path.steps, *(way.steps if way else ())]


def chosen(path: Path) -> Way | None:
    """The way that is drawn where only one can be: the first that is broken, else the first."""
    return next((way for way in path.ways if way.broken), path.ways[0] if path.ways else None)


def layout(path: Path, way: Way | None) -> Layout:
    """The drawing of a path to one endpoint, or of one that is refused."""
    steps = list(enumerate(steps_of(path, way), 1))
    down = _runs([each for each in steps if each[1].direction == "forward"])
    up = _runs([each for each in steps if each[1].direction == "back"])
    if way and down[-1][0] != "endpoint":
        down.append(("endpoint", []))
    broken = next((number for number, step in steps if step.verdict != "ok"), len(steps) + 1)
    blocks, top, frame = [], FRAME + GAP, 0
    for where, forward, back in _aligned(down, up[::-1]):
        outside = where == "endpoint" and way is not None and way.place == "elsewhere"
        blocks.append(_block(where, top + (GAP if outside else 0), forward, back[::-1], broken))
        top = blocks[-1].bottom + GAP
        frame = frame if outside else top
    return Layout(path, way, tuple(blocks), frame, top + GAP, broken > len(steps))


def _runs(steps: Sequence[tuple[int, Step]]) -> list[Run]:
    return [(where, list(run)) for where, run in groupby(steps, key=lambda each: each[1].where)]


Rows = tuple[Where, list[tuple[int, Step]], list[tuple[int, Step]]]


def _aligned(down: list[Run], up: list[Run]) -> Iterator[Rows]:
    """The runs of both rails from the client on, each beside the same block of the other rail if there is one."""
    matcher = SequenceMatcher(None, [where for where, _ in down], [where for where, _ in up], autojunk=False)
    for tag, begin, end, start, stop in matcher.get_opcodes():
        if tag == "equal":
            for (where, forward), (_, back) in zip(down[begin:end], up[start:stop], strict=True):
                yield where, forward, back
        else:
            yield from ((where, forward, []) for where, forward in down[begin:end])
            yield from ((where, [], back) for where, back in up[start:stop])


def _block(
    where: Where, top: int, forward: Sequence[tuple[int, Step]], back: Sequence[tuple[int, Step]], broken: int
) -> Block:
    rows = max(len(forward), len(back))
    height = HEADER + rows * ROW + FOOT + (TURN if where == "endpoint" else 0)
    first = top + HEADER + ROW // 2
    stations = [_station(each, DOWN, first + index * ROW, broken) for index, each in enumerate(forward)]
    # The answer leaves a block at its upper edge: its last step there is the highest.
    lowest = first + (rows - len(back)) * ROW
    stations += [_station(each, UP, lowest + index * ROW, broken) for index, each in enumerate(back)]
    return Block(where, top, height, tuple(stations))


def _station(numbered: tuple[int, Step], x: int, y: int, broken: int) -> Station:
    number, step = numbered
    return Station(number, step, x, y, number <= broken)
