"""The page and the drawing in a real Chromium."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.explain.picture import html, svg
from tests.explain.browser import CHROMIUM, Browser, browsing
from tests.explain.samples import SAMPLES

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium: scripts/install has it")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, sample in SAMPLES.items():
        (folder / f"{name}.html").write_text(html(sample), encoding="utf-8")
        (folder / f"{name}.svg").write_text(svg(sample), encoding="utf-8")
    return folder


OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.removeAttribute('name'); each.open = true })"
TOO_WIDE = """[...document.querySelectorAll('body *')].filter(each => {
  const box = each.getBoundingClientRect();
  return box.width && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map(each => each.outerHTML.slice(0, 80))"""
CLIPPED = """[...document.querySelectorAll('body *')].filter(each =>
  each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== 'visible'
).map(each => each.outerHTML.slice(0, 80))"""
OUTSIDE = """[...document.querySelectorAll('svg.map text')].filter(each => {
  const box = each.getBoundingClientRect(), edge = each.ownerSVGElement.getBoundingClientRect();
  return box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom;
}).map(each => each.textContent)"""
OVER_THE_EDGE = """[...document.querySelectorAll('svg.map .stage')].flatMap(stage => {
  const edge = stage.getBoundingClientRect();
  return [...stage.ownerSVGElement.querySelectorAll('.label text')].filter(each => {
    const box = each.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    const within = x > edge.left && x < edge.right && y > edge.top && y < edge.bottom;
    return within && (box.left < edge.left || box.right > edge.right);
  }).map(each => each.textContent);
})"""
OVERLAPPING = """[...document.querySelectorAll('svg.map')].flatMap(drawing => {
  const boxes = [...drawing.querySelectorAll('text')].map(each => [each.textContent, each.getBoundingClientRect()]);
  return boxes.flatMap(([text, a], index) => boxes.slice(index + 1).filter(([_, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3
  ).map(([other]) => [text, other]));
})"""


@pytest.mark.parametrize("width", [360, 800, 1280])
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_wider_than_the_screen_cut_off_or_on_top_of_another(
    browser: Browser, pages: Path, name: str, width: int
) -> None:
    browser.open(pages / f"{name}.html", width)
    browser.value(OPEN_ALL)
    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.value(TOO_WIDE) == []
    assert browser.value(CLIPPED) == []
    assert browser.value(OUTSIDE) == []
    assert browser.value(OVER_THE_EDGE) == []
    assert browser.value(OVERLAPPING) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_the_drawing_alone_has_room_for_all_its_text(browser: Browser, pages: Path, name: str) -> None:
    browser.open(pages / f"{name}.svg")
    assert browser.value(OUTSIDE) == []
    assert browser.value(OVER_THE_EDGE) == []
    assert browser.value(OVERLAPPING) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_letters_are_large_enough_on_a_telephone(browser: Browser, pages: Path, name: str) -> None:
    browser.open(pages / f"{name}.html", 360)
    browser.value(OPEN_ALL)
    drawn = """[...document.querySelectorAll('svg.map text')].map(
      each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"""
    assert min(browser.value(drawn), default=12) >= 10
    sizes = (
        "[...document.querySelectorAll('body :not(svg *)')].map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(browser.value(sizes)) >= 12


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_asked_of_a_network_and_nothing_is_complained_of(browser: Browser, pages: Path, name: str) -> None:
    for form in ("html", "svg"):
        page = pages / f"{name}.{form}"
        browser.open(page)
        assert browser.requests() in ([], [page.as_uri()])
        assert browser.complaints() == []


SHUT = "details.step:not([open])"
SHOWN = "document.querySelector('.told').checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})"


def test_evidence_opens_by_a_click_and_shuts_again(browser: Browser, pages: Path) -> None:
    browser.open(pages / "whole.html")
    for shown in (False, True, False):
        assert browser.value(SHOWN) == shown
        browser.click("details.step summary")


@pytest.mark.parametrize(("key", "text"), [("Enter", "\r"), (" ", " ")])
def test_evidence_opens_by_the_keyboard_alone(browser: Browser, pages: Path, key: str, text: str) -> None:
    browser.open(pages / "whole.html")
    for _ in range(100):
        browser.press("Tab")
        if browser.value("document.activeElement.matches('details.step summary')"):
            break
    assert browser.value("document.activeElement.matches('details.step summary')")
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press(key, text)
    assert browser.value("document.activeElement.parentElement.open")


@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_a_station_of_the_drawing_opens_its_evidence(browser: Browser, pages: Path, by: str) -> None:
    browser.open(pages / "whole.html")
    station = "svg.map a[href='#p0w0s3']"
    if by == "click":
        browser.click(f"{station} circle")
    else:
        browser.value(f'document.querySelector("{station}").focus()')
        browser.press("Enter", "\r")
    browser.value("new Promise(done => requestAnimationFrame(done))")
    assert browser.value("document.querySelector(':target').id") == "p0w0s3"
    assert browser.value("document.querySelector(':target').closest('details').open")


def test_another_endpoint_of_the_drawing_opens_its_steps(browser: Browser, pages: Path) -> None:
    browser.open(pages / "many.html")
    assert browser.value("document.querySelectorAll('details.way[open]').length") == 1
    assert browser.value("document.querySelector('details.way[open] > summary').innerText").startswith(
        "172.30.0.1:8080"
    )
    assert browser.value("document.querySelectorAll('details.way[open] a.other').length") == 4
    browser.click("details.way[open] a.other circle")
    browser.value("new Promise(done => requestAnimationFrame(done))")
    target = "document.querySelector(':target').closest('details.way')"
    assert browser.value(f"{target}.open")
    assert browser.value(f"{target}.querySelector('summary').innerText").startswith("10.10.1.2:8080")


def test_every_station_leads_somewhere_and_no_place_is_there_twice(browser: Browser, pages: Path) -> None:
    for name in SAMPLES:
        browser.open(pages / f"{name}.html")
        ids = browser.value("[...document.querySelectorAll('[id]')].map(each => each.id)")
        assert len(ids) == len(set(ids))
        links = browser.value("[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))")
        assert {link.removeprefix("#") for link in links} <= set(ids)


def test_what_is_broken_is_open_and_said_without_colour(browser: Browser, pages: Path) -> None:
    browser.open(pages / "broken.html")
    assert browser.value("document.querySelector('h1').textContent") == "shop/web"
    assert browser.value("document.querySelector('header .verdict').innerText") == "✕\n2 of 3 paths are not whole"
    notice = browser.value("document.querySelector('.notice.broken').innerText")
    assert notice.startswith("Broken first at mark: the chain is missing\n\nIPv4 mangle R520-MARK\n")
    assert "reconcile --node worker-1" in notice
    assert browser.value("document.querySelector('details.step.missing').open")
    shapes = (
        "[...document.querySelectorAll('.station.%s')].map(each => each.querySelector('rect, circle, path').tagName)"
    )
    assert set(browser.value(shapes % "missing")) == {"rect"}
    assert set(browser.value(shapes % "foreign")) == {"path"}
    assert set(browser.value(shapes % "ok")) == {"circle"}
    labels = browser.value("[...document.querySelectorAll('.station.missing .below')].map(each => each.textContent)")
    assert labels
    assert set(labels) == {"missing"}


def test_the_path_is_lit_as_far_as_the_packet_comes(browser: Browser, pages: Path) -> None:
    browser.open(pages / "broken.html")
    stations = """[...document.querySelector('svg.map').querySelectorAll('.station')].map(
      each => each.classList.contains('lit'))"""
    assert browser.value(stations) == [True] * 3 + [False] * 14
    dashes = (
        "[...new Set([...document.querySelectorAll('.rail%s')].map(each => getComputedStyle(each).strokeDasharray))]"
    )
    assert browser.value(dashes % ".lit") == ["none"]
    assert browser.value(dashes % ":not(.lit)") == ["3px, 4px"]
    browser.open(pages / "whole.html")
    assert browser.value("document.querySelectorAll('.station:not(.lit), .rail:not(.lit)').length") == 0


CONTRAST = """(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(c => linear(c / 255)).reduce(
    (sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const opaque = colour => colour && colour !== 'none' && (numbers(colour)[3] ?? 1) > 0.99;
  const under = element => {
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (opaque(style.backgroundColor)) return style.backgroundColor;
    }
  };
  const inDrawing = element => {
    const box = element.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    for (const each of stack) {
      if (each instanceof SVGGeometryElement && opaque(getComputedStyle(each).fill)) return getComputedStyle(each).fill;
    }
    return under(element);
  };
  const texts = [...document.querySelectorAll('body *, svg *')].filter(each =>
    [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && each.checkVisibility()
    && !['STYLE', 'style', 'title', 'TITLE'].includes(each.tagName));
  return texts.map(each => {
    const svg = each instanceof SVGElement, style = getComputedStyle(each);
    const [a, b] = [svg ? style.fill : style.color, svg ? inDrawing(each) : under(each)].map(c => light(numbers(c)));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), each.textContent.slice(0, 40)];
  });
})()"""
AA = 4.5
"""Contrast that WCAG 2 asks of text, level AA."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("form", ["html", "svg"])
@pytest.mark.parametrize("name", SAMPLES)
def test_all_text_can_be_read(browser: Browser, pages: Path, name: str, form: str, scheme: str) -> None:
    browser.open(pages / f"{name}.{form}", scheme=scheme)
    if form == "html":
        browser.value(OPEN_ALL)
    found = browser.value(CONTRAST)
    assert len(found) > 3
    assert [pair for pair in found if pair[0] < AA] == []


@pytest.mark.parametrize("form", ["html", "svg"])
def test_the_scheme_of_the_reader_applies(browser: Browser, pages: Path, form: str) -> None:
    seen = []
    for scheme in ("light", "dark"):
        browser.open(pages / f"whole.{form}", scheme=scheme)
        where = "'.ground'" if form == "svg" else "'html'"
        style = f"getComputedStyle(document.querySelector({where}))"
        seen.append(browser.value(f"{style}.fill" if form == "svg" else f"{style}.backgroundColor"))
    assert seen == ["rgb(246, 245, 242)", "rgb(19, 21, 23)"]


def test_paper_has_all_evidence_opened(browser: Browser, pages: Path) -> None:
    browser.open(pages / "broken.html", scheme="dark")
    screen = browser.value("document.querySelectorAll('.told').length")
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('.told, .panel')].filter(each => each.checkVisibility()).length"
    assert browser.value(shown) == browser.value("document.querySelectorAll('.told, .panel').length") > screen
    heights = "[...document.querySelectorAll('.told, .panel')].map(each => each.getBoundingClientRect().height)"
    assert min(browser.value(heights)) > 10
    assert browser.value("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    paper = base64.b64decode(browser.call("Page.printToPDF")["data"])
    assert paper.startswith(b"%PDF-")
    browser.call("Emulation.setEmulatedMedia", media="")


def test_a_page_says_what_it_is(browser: Browser, pages: Path) -> None:
    titles: dict[str, Any] = {}
    for name in SAMPLES:
        browser.open(pages / f"{name}.html")
        titles[name] = browser.value("document.title")
    titles["long"] = titles["long"][-17:]
    assert titles == {
        "whole": "shop/web on worker-1: both paths are whole",
        "broken": "shop/web on worker-1: 2 of 3 paths are not whole",
        "elsewhere": "shop/web on worker-1: the path is whole",
        "refused": "shop/web on worker-1: the path is whole",
        "unserved": "shop/web on worker-1: the path is not whole",
        "long": "the path is whole",
        "named": "shop/web on worker-1: the path is not whole",
        "many": "shop/web on worker-1: the path is not whole",
    }
    assert json.dumps(titles)
