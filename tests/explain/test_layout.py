from itertools import pairwise

import pytest

from reconciler.explain.picture.layout import DOWN, UP, layout, steps_of
from reconciler.explain.values import Path, Way
from tests.explain.samples import SAMPLES

DRAWN: list[tuple[Path, Way | None]] = [
    (path, way)
    for sample in SAMPLES.values()
    for path in sample.paths
    if not path.unserved
    for way in path.ways or (None,)
]


@pytest.mark.parametrize(("path", "way"), DRAWN)
def test_every_step_is_one_station_in_its_order(path: Path, way: Way | None) -> None:
    stations = layout(path, way).stations
    assert [station.step for station in stations] == steps_of(path, way)
    assert [station.number for station in stations] == list(range(1, len(stations) + 1))


@pytest.mark.parametrize(("path", "way"), DRAWN)
def test_the_packet_goes_down_and_its_answer_up(path: Path, way: Way | None) -> None:
    stations = layout(path, way).stations
    for before, after in pairwise(stations):
        if before.x == after.x:
            assert (after.y - before.y) * (1 if after.x == DOWN else -1) > 0
    assert {station.x for station in stations if station.step.direction == "back"} <= {UP}


@pytest.mark.parametrize(("path", "way"), DRAWN)
def test_a_station_stands_in_the_block_of_its_step_and_blocks_do_not_overlap(path: Path, way: Way | None) -> None:
    drawn = layout(path, way)
    for block in drawn.blocks:
        assert all(station.step.where == block.where for station in block.stations)
        assert all(block.top < station.y < block.bottom for station in block.stations)
    assert all(above.bottom < below.top for above, below in pairwise(drawn.blocks))
    assert drawn.blocks[-1].bottom <= drawn.height


def test_an_endpoint_elsewhere_is_outside_of_the_node() -> None:
    (path,) = SAMPLES["elsewhere"].paths
    drawn = layout(path, path.ways[0])
    assert [block.where for block in drawn.blocks] == ["client", "host", "bridge", "host", "endpoint"]
    assert drawn.blocks[-2].bottom < drawn.frame < drawn.blocks[-1].top
    here = SAMPLES["whole"].paths[0]
    drawn = layout(here, here.ways[1])
    assert drawn.blocks[-1].bottom < drawn.frame


def test_nothing_is_lit_behind_what_is_broken() -> None:
    path = SAMPLES["broken"].paths[0]
    drawn = layout(path, path.ways[0])
    names = [station.step.name for station in drawn.stations if station.lit]
    assert names == ["socket", "set", "mark"]
    assert not drawn.lit
