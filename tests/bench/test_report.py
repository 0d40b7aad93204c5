from bench.datapath import Found, Round, way
from bench.figures import Party, Run, Size, Spans, Visits
from bench.report import cell, parts, ratio, whole, written
from bench.timing import Spread, percentile, spread


def size(services: int, endpoints: int) -> Size:
    seconds: dict[Party, float] = {"ours": 0.02, "raw": 0.004, "OVN": services * 0.01}
    change = {party: spread([each] * 20) for party, each in seconds.items()}
    spans: Spans = {"change": change, "warm": {"ours": spread([1.0])}}
    return Size(services, endpoints, spans, {"ours": 100.4, "ovn-controller": 216, "ovn-northd": 104}, 0.6, 0.001)


def test_of_few_runs_the_99th_percentile_is_the_longest() -> None:
    assert percentile([3, 1, 2], 0.99) == 3
    assert percentile(list(range(1, 201)), 0.99) == 198
    assert spread([0.3, 0.1, 0.2]) == Spread(3, 0.2, 0.3, 0.3)


def test_rare_ones_are_told_of_many_runs_alone() -> None:
    assert cell(spread([0.01] * 19 + [0.5])) == "10 ms / 500 ms / 500 ms"
    assert cell(spread([1.0, 2.0, 3.0])) == "2 s"


def test_a_ratio_needs_both() -> None:
    by = size(10, 3).spans["change"]
    assert ratio(by, "ours", "raw") == "5"
    assert ratio({"ours": by["ours"]}, "ours", "raw") == "–"


def test_the_table_has_what_was_measured_and_a_dash_for_the_rest() -> None:
    caption, _, *lines = whole(size(100, 3)).splitlines()
    assert caption == "100 services of 3 endpoints:"
    assert len({line.count("|") for line in lines}) == 1
    assert "| from files to a verified node, warm | 1 s | – | – | – | – |" in lines
    assert "| memory, MiB (OVN: controller + northd) | 100 | – | 216 + 104 | – | – |" in lines
    assert "| nothing to do, one audit a minute | 1.1% of a core | – | – | – | – |" in lines


def test_every_number_of_endpoints_has_tables_of_its_own_and_growth_tells_the_last_size_by_the_first() -> None:
    told = dict(parts(Run("here", tuple(size(count, each) for each in (3, 10) for count in (10, 100)))))
    assert told.keys() == {"machine", "whole", "growth", "short", "whole-few", "growth-few"}
    assert "| one endpoint changed, in a file of its own: OVN | 100 ms | 1 s | 10 |" in told["growth"].splitlines()
    assert "| one endpoint changed, in a file of its own: ours | 20 ms | 20 ms | 1 |" in told["growth"].splitlines()


def test_a_way_is_told_by_its_share_of_the_first_in_the_same_round() -> None:
    base = rounds([2000, 1000, 1000], [400, 400, 400])
    other = rounds([1900, 950, 10], [400, 300, 400])
    ways = (way("direct", base, base), way("VIP", other, base))
    told = dict(parts(Run("here", ways=ways)))["datapath"].splitlines()
    assert told[-1] == "| VIP | 950 | 0.95 | 400 | 1.00 | 100 | 1.50 | 4.0, 2.0, 4.0 | 3.0, 1.0, 2.0 |"


def rounds(connections: list[float], megabits: list[float]) -> Found:
    later = (Visits(3, 1.04, 2), Visits(3, 1, 2), Visits(9, 1.1, 2))
    rates = zip(connections, megabits, later, strict=True)
    first = Visits(4, 2, 4)
    return {number: Round(one, two, 1e-4, 1.5, first, visits) for number, (one, two, visits) in enumerate(rates)}


def test_only_the_place_of_a_mark_is_written() -> None:
    text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
    assert written(text, "x", "new") == "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n"
    assert written(text, "y", "new") == text
    assert written("<!-- x:begin -->", "x", "new") == "<!-- x:begin -->"
