"""The drawings of an explanation as a file of their own."""

from collections.abc import Mapping
from textwrap import wrap

from reconciler.explain.picture import words
from reconciler.explain.picture.drawing import LEFT, Links, content
from reconciler.explain.picture.layout import WIDTH, chosen, layout
from reconciler.explain.picture.markup import Markup, tag, together
from reconciler.explain.picture.style import drawing_style
from reconciler.explain.values import Explanation, Path

COLUMN, MARGIN = WIDTH + 24, 24
"""Of a drawing among others: its width with the space beside it."""
LINES: Mapping[str, tuple[int, int]] = {"service": (24, 24), "state": (40, 18), "small": (46, 18)}
"""Letters of a line of the heading, and its height."""


def alone(explanation: Explanation) -> str:
    """The drawings of all paths, side by side, as a file of its own."""
    headings = [_heading(path) for path in explanation.paths]
    top = max((height for _, height in headings), default=0)
    bodies = [_body(explanation, path) for path in explanation.paths]
    columns = [
        tag(
            "g",
            heading,
            tag("g", body, transform=f"translate(0 {top})"),
            transform=f"translate({MARGIN + index * COLUMN} 0)",
        )
        for index, ((heading, _), (body, _)) in enumerate(zip(headings, bodies, strict=True))
    ]
    height = top + max((height for _, height in bodies), default=0)
    width = MARGIN + max(len(columns), 1) * COLUMN
    style = tag("style", Markup(drawing_style()))
    title = tag("title", words.title(explanation))
    ground = tag("rect", class_="ground", width=width, height=height)
    box = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    svg = tag("svg", title, style, ground, columns, xmlns="http://www.w3.org/2000/svg", class_="map", role="img", **box)
    return f"{svg}\n"


def _body(explanation: Explanation, path: Path) -> tuple[Markup, int]:
    """The drawing of a path, and its height."""
    if path.unserved:
        return together(), 0
    drawn = layout(path, chosen(path))
    return content(explanation, drawn, Links()), drawn.height


def _heading(path: Path) -> tuple[Markup, int]:
    """What the path is and how it is, and the height of that."""
    told = path.unserved or (f"{words.wrong(path.broken)}: {path.broken.evidence.key}" if path.broken else "")
    asked = f"{words.client(path.client)} to {words.target(path)}"
    texts, bottom = [], 10
    for kind, text in (("service", path.service), ("small", asked), ("state", words.state(path)), ("small", told)):
        letters, height = LINES[kind]
        for line in wrap(text, letters):
            bottom += height
            texts.append(tag("text", line, class_=kind, x=LEFT, y=bottom))
    return tag("g", texts, class_=f"heading {'whole' if path.whole else 'broken'}"), bottom + 14
