"""A chart as SVG, drawn by hand: lines over logarithmic axes, legible on a light page and on a dark one.

Pure: figures in, text out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

Point = tuple[float, float]

SVG = "http://www.w3.org/2000/svg"
WIDTH, HEIGHT = 860, 440
LEFT, RIGHT, TOP, BOTTOM = 78, 652, 64, 374
"""The edges of the plot, in the drawing's units; names stand to the right of it."""
BETWEEN = 17
"""Between the baselines of two names."""
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
path.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.ours { stroke: #0969da; fill: #0969da }
.raw { stroke: #57606a; fill: #57606a }
.other { stroke: #bc4c00; fill: #bc4c00 }
.whisker { stroke-width: 1.5; opacity: .6 }
.dashed { stroke-dasharray: 6 4 }
text.ours, text.raw, text.other { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .grid { stroke: #3d444d }
  .ours { stroke: #4493f8; fill: #4493f8 }
  .raw { stroke: #9198a1; fill: #9198a1 }
  .other { stroke: #f0883e; fill: #f0883e }
}"""


@dataclass(frozen=True, slots=True)
class Line:
    """One party's figures, all above 0."""

    name: str
    style: str
    """Classes of STYLE."""
    points: tuple[Point, ...]
    highest: tuple[float, ...] = ()
    """Where the whisker of each point ends; none without."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis that begins and ends with a whole power of ten."""

    first: int
    last: int
    begin: float
    """Where the first power is, in the drawing's units."""
    end: float

    def place(self, value: float) -> float:
        """Where a value is."""
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return self.begin + share * (self.end - self.begin)

    @property
    def powers(self) -> range:
        """The exponents on the axis."""
        return range(self.first, self.last + 1)


def axis(values: Sequence[float], begin: float, end: float) -> Axis:
    """The shortest axis that holds the values."""
    first = math.floor(math.log10(min(values)) + 1e-9)
    last = math.ceil(math.log10(max(values)) - 1e-9)
    return Axis(first, max(last, first + 1), begin, end)


def chart(title: str, below: str, lines: Sequence[Line]) -> str:
    """The drawing; `below` says what the horizontal axis counts, the vertical one is seconds."""
    points = [point for line in lines for point in line.points]
    tops = [top for line in lines for top in line.highest]
    x = axis([point[0] for point in points], LEFT, RIGHT)
    y = axis([point[1] for point in points] + tops, BOTTOM, TOP)
    body = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<style>\n{STYLE}\n</style>",
        f'<text class="title" x="{LEFT}" y="30">{escape(title)}</text>',
        *grid(x, y),
        f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{BOTTOM + 46}" text-anchor="middle">{escape(below)}</text>',
        *(part for line in lines for part in drawn(line, x, y)),
        *names(lines, y),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def grid(x: Axis, y: Axis) -> Iterator[str]:
    """A line and a label at every power of ten."""
    for power in x.powers:
        at = x.place(10**power)
        yield f'<path class="grid" d="M{at:.1f} {TOP}V{BOTTOM}"/>'
        yield f'<text x="{at:.1f}" y="{BOTTOM + 22}" text-anchor="middle">{10**power:,}</text>'
    for power in y.powers:
        at = y.place(10.0**power)
        yield f'<path class="grid" d="M{LEFT} {at:.1f}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 10}" y="{at + 4:.1f}" text-anchor="end">{duration(10.0**power)}</text>'


def drawn(line: Line, x: Axis, y: Axis) -> Iterator[str]:
    """A line with a dot at every point, and the whiskers."""
    places = [(x.place(across), y.place(up)) for across, up in line.points]
    path = "L".join(f"{across:.1f} {up:.1f}" for across, up in places)
    yield f'<path class="line {line.style}" d="M{path}"/>'
    for (across, up), top in zip(places, line.highest, strict=False):
        yield f'<path class="whisker {line.style.split()[0]}" d="M{across:.1f} {up:.1f}V{y.place(top):.1f}"/>'
    for across, up in places:
        yield f'<circle class="{line.style.split()[0]}" cx="{across:.1f}" cy="{up:.1f}" r="3.5"/>'


def names(lines: Sequence[Line], y: Axis) -> Iterator[str]:
    """The name of each line beside its end, none over another."""
    wanted = [y.place(line.points[-1][1]) + 4 for line in lines]
    for line, at in zip(lines, apart(wanted), strict=True):
        told = f"{line.name}, {duration(line.points[-1][1])}"
        yield f'<text class="{line.style.split()[0]}" x="{RIGHT + 12}" y="{at:.1f}">{escape(told)}</text>'


def apart(places: Sequence[float]) -> list[float]:
    """Places as near as can be to those that are wanted, in their order, and a line's height between them."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found = list(places)
    for before, after in pairwise(order):
        found[after] = max(found[after], found[before] + BETWEEN)
    return found


def duration(seconds: float) -> str:
    """Seconds for people, in the unit that fits."""
    for unit, size in ("s", 1.0), ("ms", 1e-3):
        if seconds >= size * 0.9995:
            return f"{two_digits(seconds / size)} {unit}"
    return f"{two_digits(seconds * 1e6)} µs"


def two_digits(number: float) -> str:
    """A number without digits that nobody believes."""
    return f"{number:.1f}".removesuffix(".0") if number < 9.95 else f"{number:.0f}"
