"""The endpoints that the packet of a drawing is not led to: unlit, beside the one that it is."""

from collections.abc import Callable

from reconciler.explain.picture import words
from reconciler.explain.picture.layout import DOWN, HEADER, Block, Layout
from reconciler.explain.picture.markup import Markup, tag, together
from reconciler.explain.values import Way

MOST = 4
"""How many there is room for; how many there are stands below."""
RADIUS, APART = 8, 27


def others(drawn: Layout, link: Callable[[int], str | None]) -> Markup:
    """Each as a dot at the end of a branch, which leads to what the page says of it."""
    ways = [(index, way) for index, way in enumerate(drawn.path.ways) if way is not drawn.way]
    if not drawn.way or not ways:
        return together()
    block = drawn.blocks[-1]
    return together(*(_branch(block, place, way, link(index)) for place, (index, way) in enumerate(ways[:MOST])))


def _branch(block: Block, place: int, way: Way, address: str | None) -> Markup:
    x, top, y = DOWN - (place + 1) * APART, block.top + HEADER - 2, block.bottom - 54
    line = tag("path", class_="branch", d=f"M{DOWN} {top}C{DOWN} {top + 24} {x} {y - 36} {x} {y - RADIUS}")
    said = tag("title", f"{words.socket(way.ip, way.port)}: {words.PLACES[way.place]}, {words.share(way)}")
    if way.broken:
        box = {"x": x - RADIUS, "y": y - RADIUS, "width": 2 * RADIUS, "height": 2 * RADIUS, "rx": 3}
        dot = together(tag("rect", **box), tag("text", words.GLYPHS["missing"], class_="number", x=x, y=y + 4))
    else:
        dot = tag("circle", cx=x, cy=y, r=RADIUS)
    kind = "other broken" if way.broken else "other"
    return together(
        line, tag("a", said, dot, href=address, class_=kind) if address else tag("g", said, dot, class_=kind)
    )
