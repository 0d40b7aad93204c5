"""Whatever a value holds, of an intent or of a live node, it stays text: in the page, in the drawing, in a browser."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.explain.picture import html, svg
from reconciler.explain.picture.markup import shown_text, tag
from reconciler.explain.values import Explanation
from tests.explain.browser import CHROMIUM, browsing
from tests.explain.samples import BROKEN, REFUSED, UNSERVED

HOSTILE = (
    '"><script>document.title = "ran"</script><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</style><style>*{display:none}</style></svg></title></pre><iframe src=//example.org>",
    "&lt;b&gt; &amp; &#60;script&#62; ]]> <!-- -->",
    "javascript:alert(1)",
    "\x00\x1b[31m\x08\x7f\x85\udc80\ufffe\u202egnp.exe\u2028\ud800",
)
KEPT = {"name", "direction", "where", "verdict", "place", "kind", "table"}
"""Fields that are one of a few words, or a number of a table; they stay as they are where that is so."""


def poisoned(value: Any, text: str) -> Any:
    """The value with a text in place of every text in it that a node or an intent could choose."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(poisoned(each, text) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: getattr(value, f.name) for f in fields(value)}
        free = {name: poisoned(of, text) for name, of in named.items() if name not in KEPT and of not in ("", None)}
        return replace(value, **free)
    return value


class Seen(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links.update(value or "" for name, value in attrs if name in ("href", "src"))


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    return parser


def hostile() -> Iterator[tuple[str, Explanation]]:
    for text in HOSTILE:
        for sample in (BROKEN, REFUSED, UNSERVED):
            yield text, poisoned(sample, text)


def test_a_page_has_no_element_or_attribute_more_than_with_harmless_values() -> None:
    harmless = [seen(html(poisoned(sample, "harmless"))) for sample in (BROKEN, REFUSED, UNSERVED)]
    for text, sample in hostile():
        found = seen(html(sample))
        assert found.elements <= {name for each in harmless for name in each.elements}, text
        assert found.attributes <= {name for each in harmless for name in each.attributes}, text
        assert all(link.startswith("#p") for link in found.links)
        assert "script" not in found.elements


def test_a_drawing_is_xml_whatever_it_shows() -> None:
    for text, sample in hostile():
        drawn = svg(sample)
        drawn.encode("utf-8")
        elements = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()}  # noqa: S314
        assert elements <= {"svg", "title", "style", "rect", "g", "text", "tspan", "path", "circle"}, text


@pytest.mark.skipif(not CHROMIUM, reason="no chromium: scripts/install has it")
def test_a_browser_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with browsing(tmp_path / "profile") as browser:
        for number, (text, sample) in enumerate(hostile()):
            for form, render in (("html", html), ("svg", svg)):
                page = tmp_path / f"{number}.{form}"
                page.write_text(render(sample), encoding="utf-8")
                browser.open(page, height=900)
                assert browser.requests() in ([], [page.as_uri()]), text
                assert browser.complaints() == [], text
                assert browser.value("document.title") != "ran"
                assert browser.value("document.querySelectorAll('script, iframe, img').length") == 0


@settings(deadline=None)
@given(st.text())
def test_text_comes_back_as_it_was_where_it_can_be_shown(text: str) -> None:
    shown = ET.fromstring(tag("p", text)).text or ""  # noqa: S314
    assert shown == text or not all(character.isprintable() for character in text)
    assert all(character.isprintable() or character in "\n\t" for character in shown)


def test_what_cannot_be_shown_is_spelled_out() -> None:
    assert shown_text("a\x1b\x00\u202e\udc80b\tc\n") == "a\\x1b\\x00\\u202e\\udc80b\tc\n"
    assert tag("a", "x", class_='"<', href=None) == '<a class="&quot;&lt;">x</a>'
