"""The page says what the JSON form says."""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from reconciler.explain.documents import document
from reconciler.explain.picture import html, svg
from reconciler.explain.values import Explanation
from tests.explain.samples import SAMPLES, UNSERVED, WHOLE

WORDS = {
    "kind",
    "direction",
    "where",
    "verdict",
    "place",
    "name",
    "protocol",
    "table",
    "step",
    "node",
    "bridge",
    "client",
}
"""What the page says in words of its own, or in another form."""


class Text(HTMLParser):
    """All text of a page, without spaces: a long line may be broken anywhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += "".join(data.split())


def said(value: Any, key: str = "") -> Iterator[str]:
    """Every text in a document but those in WORDS."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from said(each, str(name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from said(each, key)
    elif isinstance(value, str) and key not in WORDS:
        yield "".join(value.split())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_text_of_the_json_form_is_on_the_page(name: str) -> None:
    page = Text(html(SAMPLES[name])).text
    texts = list(said(document(SAMPLES[name])))
    assert texts
    assert [text for text in texts if text not in page] == []


def test_what_concerns_no_path_is_on_the_page_too() -> None:
    noted = Explanation("worker-1", "br-int", WHOLE.paths, notes=("a foreign flow <decides> first",))
    assert "aforeignflow<decides>first" in Text(html(noted)).text


def test_pages_and_drawings_are_the_same_for_the_same_values() -> None:
    for sample in SAMPLES.values():
        assert html(sample) == html(sample)
        assert svg(sample) == svg(sample)


def test_a_client_that_is_not_served_is_told_why() -> None:
    why = "".join(UNSERVED.paths[0].unserved.split())
    assert f"Notserved:{why}" in Text(html(UNSERVED)).text
    assert "map" not in html(UNSERVED).partition("<main>")[2].partition("</main>")[0]


def test_without_a_path_there_is_a_page_all_the_same() -> None:
    nothing = Explanation("worker-1", "br-int", ())
    assert "nopathfromhere" in Text(html(nothing)).text
    assert svg(nothing).startswith("<svg ")
