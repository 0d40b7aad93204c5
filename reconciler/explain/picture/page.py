"""The page: what is wrong at the top, then every path with its drawing, and the evidence of each step to open.

It needs no script: `details` opens by mouse and by keyboard, a link into a closed one opens it, and paper has all open.
"""

from collections.abc import Iterator

from reconciler.explain.picture import words
from reconciler.explain.picture.drawing import Links, drawing
from reconciler.explain.picture.evidence import pre
from reconciler.explain.picture.layout import chosen, layout, steps_of
from reconciler.explain.picture.markup import Markup, tag, together
from reconciler.explain.picture.steps import Places, sections
from reconciler.explain.picture.style import page_style
from reconciler.explain.values import Explanation, Path, Way

HEAD = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
"""Nothing is loaded and nothing is run, whatever the page holds."""
LEGEND = (
    ("ok lit", "1", "as the intents need it"),
    ("missing", words.GLYPHS["missing"], "missing: it is not there"),
    ("foreign", words.GLYPHS["foreign"], "foreign: altered, or somebody else's"),
    ("ok", "2", "behind what is broken"),
)


def page(explanation: Explanation) -> str:
    """The whole page."""
    title = tag("title", words.title(explanation))
    style = tag("style", Markup(page_style()))
    paths = [_path(explanation, path, number) for number, path in enumerate(explanation.paths)]
    body = tag("body", _masthead(explanation), _overview(explanation), tag("main", paths), _legend())
    return f"<!doctype html>\n{tag('html', tag('head', HEAD, title, style), body, lang='en')}\n"


def _masthead(explanation: Explanation) -> Markup:
    services = list(dict.fromkeys(path.service for path in explanation.paths))
    where = tag("p", f"node {explanation.node}, bridge {explanation.bridge}", class_="where")
    verdict = tag(
        "p", _mark(whole=explanation.whole), words.verdict(explanation), class_=_kind(whole=explanation.whole)
    )
    notes = [tag("p", note, class_="notice") for note in explanation.notes]
    return tag("header", where, tag("h1", ", ".join(services)), verdict, notes)


def _kind(*, whole: bool) -> str:
    return "verdict whole" if whole else "verdict broken"


def _mark(*, whole: bool) -> Markup:
    return tag("span", words.GLYPHS["ok" if whole else "missing"], class_="glyph", aria_hidden="true")


def _overview(explanation: Explanation) -> Markup:
    """A list of the paths; of one there is no need."""
    if len(explanation.paths) == 1:
        return together()
    rows = [_row(path, number) for number, path in enumerate(explanation.paths)]
    return tag("nav", tag("ul", rows), aria_label="Paths")


def _row(path: Path, number: int) -> Markup:
    who = tag("span", words.client(path.client), class_="who")
    state = tag("span", _mark(whole=path.whole), words.state(path), class_=_kind(whole=path.whole))
    return tag("li", tag("a", who, " ", tag("code", words.target(path)), " ", state, href=f"#p{number}"))


def _path(explanation: Explanation, path: Path, number: int) -> Markup:
    source = path.steps[0].source if path.steps else path.client.address
    asked = " → ".join(filter(None, [source, words.target(path)]))
    heading = tag("h2", words.client(path.client), " ", tag("code", asked))
    state = tag("span", _mark(whole=path.whole), words.state(path), class_=_kind(whole=path.whole))
    body = tag("div", _notices(path, number), _ways(explanation, path, number), class_="body", id=f"p{number}")
    first = next((index for index, each in enumerate(explanation.paths) if not each.whole), 0)
    opened = "" if number == first else None
    return tag("details", tag("summary", heading, state), body, class_="path", open=opened)


def _notices(path: Path, number: int) -> Iterator[Markup]:
    """What a reader should know before anything else."""
    if path.unserved:
        yield tag("p", "Not served: ", path.unserved, class_="notice broken")
    if broken := path.broken:
        steps = steps_of(path, chosen(path))
        at = next(index for index, step in enumerate(steps, 1) if step is broken.step)
        link = tag("a", broken.step.name, href=f"#p{number}w{_opened(path)}s{at}")
        what = tag("p", "Broken first at ", link, f": {words.wrong(broken)}")
        mend = together(tag("p", "This mends it:"), pre(broken.evidence.mend)) if broken.evidence.mend else together()
        yield tag("div", what, pre(broken.evidence.key), mend, class_="notice broken")
    if path.refused and path.whole:
        yield tag("p", "No endpoint takes connections, so they are refused, as they should be.", class_="notice")
    yield from (tag("p", remark, class_="notice") for remark in path.remarks)
    if path.intent:
        yield tag("p", "asked for in ", tag("code", str(path.intent)), class_="asked")


def _opened(path: Path) -> int:
    """The number of the way that is open at first: the one that is drawn where only one can be."""
    return next((index for index, way in enumerate(path.ways) if way is chosen(path)), 0)


def _ways(explanation: Explanation, path: Path, number: int) -> Iterator[Markup]:
    if path.unserved:
        return
    for index, way in enumerate(path.ways or (None,)):
        panel = _panel(explanation, path, way, Places(f"p{number}", index, _opened(path), len(path.steps)))
        if way is None or len(path.ways) == 1:
            yield panel
        else:
            opened = "" if index == _opened(path) else None
            yield tag("details", _way(path, way), panel, class_="way", open=opened)


def _way(path: Path, way: Way) -> Markup:
    state = words.way_state(path, way)
    whole = state == "whole"
    return tag(
        "summary",
        tag("code", words.socket(way.ip, way.port)),
        tag("span", f"{words.PLACES[way.place]}, {words.share(way)}", class_="place"),
        tag("span", _mark(whole=whole), state, class_=_kind(whole=whole)),
    )


def _panel(explanation: Explanation, path: Path, way: Way | None, places: Places) -> Markup:
    """The drawing and, beside or below it, every step."""
    links = Links(lambda number: f"#{places.step(number)}", lambda index: f"#{places.way(index)}")
    drawn = drawing(explanation, path, way, links)
    told = sections(layout(path, way).stations, explanation.bridge, places)
    return tag("div", tag("div", drawn, class_="drawing"), tag("div", told, class_="steps"), class_="panel")


def _legend() -> Markup:
    rows = [
        tag("li", tag("span", inside, class_="number"), said, class_=f"step {kind}") for kind, inside, said in LEGEND
    ]
    return tag("footer", tag("ul", rows), tag("p", "Read from the live node by reconcile explain."))
