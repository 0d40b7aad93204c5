from typing import get_args

from reconciler.order import STAGES
from reconciler.resources import Resource


def test_every_kind_is_applied_in_exactly_one_stage() -> None:
    placed = [kind for stage in STAGES for kind in stage.kinds]
    assert sorted(placed) == sorted(kind.kind for kind in get_args(Resource))


def test_a_stage_needs_only_earlier_ones() -> None:
    names = [stage.name for stage in STAGES]
    for index, stage in enumerate(STAGES):
        assert set(stage.needs) <= set(names[:index])


def test_what_steers_traffic_comes_last_and_needs_all_that_serves_it() -> None:
    assert STAGES[-1].kinds == ("entry",)
    assert set(STAGES[-1].needs) >= {"openflow", "rules", "netfilter"}
