"""A piece of evidence on the page: what was wanted, what is there, who asked for it, and what mends it."""

from collections.abc import Iterator

from reconciler.explain.picture import words
from reconciler.explain.picture.markup import WBR, Markup, shown, tag, together
from reconciler.explain.values import Evidence


def evidence(of: Evidence) -> Markup:
    """One piece."""
    glyph = tag("span", words.GLYPHS[of.verdict], class_="glyph", aria_hidden="true")
    flag = together() if of.verdict == "ok" else tag("span", of.verdict, class_="flag")
    subject = tag("p", glyph, tag("b", of.kind), " ", tag("code", breakable(of.key)), " ", flag, class_="subject")
    rows = [together(tag("dt", name), tag("dd", value)) for name, value in _rows(of)]
    return tag("div", subject, tag("dl", rows) if rows else together(), class_=f"evidence {of.verdict}")


def _rows(of: Evidence) -> Iterator[tuple[str, Markup]]:
    if of.desired and of.desired == of.actual:
        yield "live, as wanted", pre(of.actual)
    else:
        if of.desired:
            yield "wanted", pre(of.desired)
        if of.actual or of.desired:
            yield "live", pre(of.actual) if of.actual else tag("span", "nothing", class_="nothing")
    if of.intent:
        yield "asked for in", tag("code", str(of.intent))
    if of.mend:
        yield "mends it", pre(of.mend)


def pre(text: str) -> Markup:
    """Text of a tool, as it is; a line that is too long is broken behind a comma, where there is one."""
    return tag("pre", breakable(text))


def breakable(text: str) -> Iterator[Markup]:
    """Text that may be broken behind each comma; what is copied of it is the text alone."""
    *most, last = text.split(",")
    yield from (together(shown(f"{part},"), WBR) for part in most)
    yield shown(last)
