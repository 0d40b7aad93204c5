import re
from xml.etree import ElementTree

import pytest

from bench.chart import BETWEEN, Line, apart, axis, chart, duration

OURS = Line("ours & co", "ours", ((10.0, 0.02), (10000.0, 0.03)), (0.05, 0.06))
OTHER = Line("other", "other", ((10.0, 0.02), (10000.0, 0.9)))


def test_an_axis_holds_its_values_between_whole_powers() -> None:
    across = axis([10, 10000], 0, 300)
    assert list(across.powers) == [1, 2, 3, 4]
    assert [across.place(value) for value in (10, 100, 10000)] == pytest.approx([0, 100, 300])
    assert list(axis([0.02, 0.9], 0, 1).powers) == [-2, -1, 0]
    assert list(axis([5, 5], 0, 1).powers) == [0, 1]
    assert list(axis([10, 10], 0, 1).powers) == [1, 2]


def test_a_drawing_is_xml_with_a_line_of_each_and_its_name() -> None:
    root = ElementTree.fromstring(chart("a < b", "services", [OURS, OTHER]))  # noqa: S314  (our own text)
    assert root.get("aria-label") == "a < b"
    drawn = [path.get("d") or "" for path in root.findall(".//{*}path") if "line" in (path.get("class") or "").split()]
    assert len(drawn) == 2
    assert all(path.count("L") == 1 for path in drawn)
    texts = [text.text for text in root.findall(".//{*}text")]
    assert {"ours & co, 30 ms", "other, 900 ms", "10,000", "100 ms", "1 s"} <= set(texts)


def test_slower_is_higher_and_no_figure_leaves_the_plot() -> None:
    circles = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart("", "", [OURS, OTHER]))
    ours, other = (float(circles[index][1]) for index in (1, 3))
    assert other < ours
    ends = re.findall(r"whisker ours\" d=\"M[\d.]+ ([\d.]+)V([\d.]+)", chart("", "", [OURS, OTHER]))
    assert len(ends) == 2
    assert all(float(top) < float(point) for point, top in ends)


def test_names_stand_apart_in_their_order() -> None:
    assert apart([100, 40, 101]) == [100, 40, 100 + BETWEEN]
    assert apart([5.0]) == [5.0]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (12.3, "12 s"),
        (1.04, "1 s"),
        (1.06, "1.1 s"),
        (0.9999, "1 s"),
        (0.0042, "4.2 ms"),
        (0.25, "250 ms"),
        (3e-5, "30 µs"),
    ],
)
def test_durations_are_short(seconds: float, told: str) -> None:
    assert duration(seconds) == told
