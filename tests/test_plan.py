import json
from collections.abc import Sequence

import pytest

from reconciler.errors import RefusedError
from reconciler.origin import Origin
from reconciler.plan import as_json, in_order, make_plan
from reconciler.plan_text import as_text, done, summary
from reconciler.resources import Entry, Flow, Group, Resource, by_key
from tests.declared import ONE_OF_EACH

WEB = Origin("intents/web.yaml", 4)
OLD = (Flow(0, 7, "udp", "drop"), Flow(20, 200, "tcp", "group:2"), Entry("0x520-svc4", "10.96.0.9,tcp:80"))
NEW = (
    Flow(20, 200, "tcp", "group:1", WEB),
    Group(0x52000001, "type=select", WEB),
    Entry("0x520-svc4", "10.96.0.1,tcp:80", WEB),
)
GOLDEN_TEXT = """\
+ group group_id=0x52000001,type=select  # intents/web.yaml:4
~ flow table=20,priority=200,tcp  # intents/web.yaml:4
  - cookie=0x520,table=20,priority=200,tcp actions=group:2
  + cookie=0x520,table=20,priority=200,tcp actions=group:1
+ entry add 0x520-svc4 10.96.0.1,tcp:80  # intents/web.yaml:4
- entry add 0x520-svc4 10.96.0.9,tcp:80  # no intent asks for it
- flow cookie=0x520,table=0,priority=7,udp actions=drop  # no intent asks for it
""".splitlines()


def kinds(desired: Sequence[Resource], actual: Sequence[Resource]) -> list[tuple[str, str]]:
    plan = make_plan("worker-1", by_key(desired), by_key(actual))
    return [(change.action, change.subject.kind) for change in plan.changes]


def test_creations_go_down_the_order_whatever_the_order_of_the_features() -> None:
    assert kinds(ONE_OF_EACH[::-1], ()) == [("create", resource.kind) for resource in ONE_OF_EACH]


def test_deletions_go_up_it() -> None:
    assert kinds((), ONE_OF_EACH) == [("delete", resource.kind) for resource in reversed(ONE_OF_EACH)]


def test_nothing_is_deleted_before_everything_is_created() -> None:
    actions = [action for action, _ in kinds(NEW, OLD)]
    assert actions == ["create", "update", "create", "delete", "delete"]


def test_in_order_is_the_order_of_creation_and_then_of_keys() -> None:
    flows = (Flow(20, 1, "b", ""), Flow(20, 1, "a", ""))
    ordered = in_order((*flows, *ONE_OF_EACH[::-1]))
    assert [r.kind for r in ordered] == ["group", "flow", "flow", *(r.kind for r in ONE_OF_EACH[1:])]
    assert [r.key for r in ordered if r.kind == "flow"] == sorted(r.key for r in (*flows, ONE_OF_EACH[1]))


def flows(count: int) -> dict[tuple[str, str], Resource]:
    return by_key(Flow(0, number, "", "drop") for number in range(count))


@pytest.mark.parametrize(("owned", "deletes"), [(10, 3), (1000, 300), (7, 2), (3, 0), (0, 0)])
def test_up_to_thirty_percent_may_go(owned: int, deletes: int) -> None:
    make_plan("worker-1", flows(owned - deletes), flows(owned)).refuse_mass_delete()


@pytest.mark.parametrize(("owned", "deletes"), [(10, 4), (1000, 301), (7, 3), (3, 1), (1, 1)])
def test_more_is_refused_with_the_way_out(owned: int, deletes: int) -> None:
    plan = make_plan("worker-1", flows(owned - deletes), flows(owned))
    with pytest.raises(RefusedError, match=rf"deletes {deletes} of the {owned} objects .* worker-1 .*--allow-deletes"):
        plan.refuse_mass_delete()


def test_creations_do_not_buy_deletions() -> None:
    desired = by_key(Flow(9, number, "", "drop") for number in range(100))
    with pytest.raises(RefusedError):
        make_plan("worker-1", desired, flows(10)).refuse_mass_delete()


def test_text() -> None:
    plan = make_plan("worker-1", by_key(NEW), by_key(OLD))
    assert list(as_text(plan, colour=False)) == GOLDEN_TEXT
    assert summary(plan) == "worker-1: 2 to create, 1 to update, 2 to delete"
    assert done(plan) == "worker-1: 2 created, 1 updated, 2 deleted"


def test_colour_only_surrounds_the_text() -> None:
    coloured = list(as_text(make_plan("worker-1", by_key(NEW), by_key(OLD)), colour=True))
    assert [line[5:-4] for line in coloured] == GOLDEN_TEXT
    assert [line[:5] for line in coloured[:3]] == ["\033[32m", "\033[33m", "\033[31m"]


def test_nothing_to_do_reads_as_such() -> None:
    plan = make_plan("worker-1", by_key(ONE_OF_EACH), by_key(ONE_OF_EACH))
    assert list(as_text(plan, colour=True)) == []
    assert summary(plan) == done(plan) == "worker-1: in sync, 12 objects"


def test_json_has_the_documented_shape() -> None:
    plan = make_plan("worker-1", by_key(NEW[:1]), by_key(OLD[:2]), ["rp_filter=1"])
    assert json.loads(as_json(plan)) == {
        "node": "worker-1",
        "inSync": False,
        "changes": [
            {
                "action": "update",
                "kind": "flow",
                "key": "table=20,priority=200,tcp",
                "desired": "cookie=0x520,table=20,priority=200,tcp actions=group:1",
                "actual": "cookie=0x520,table=20,priority=200,tcp actions=group:2",
                "intent": {"file": "intents/web.yaml", "line": 4},
            },
            {
                "action": "delete",
                "kind": "flow",
                "key": "table=0,priority=7,udp",
                "desired": None,
                "actual": "cookie=0x520,table=0,priority=7,udp actions=drop",
                "intent": None,
            },
        ],
        "summary": {"create": 0, "update": 1, "delete": 1},
        "notes": ["rp_filter=1"],
    }


def test_json_in_sync() -> None:
    empty = {"create": 0, "update": 0, "delete": 0}
    document = {"node": "n", "inSync": True, "changes": [], "summary": empty, "notes": []}
    assert json.loads(as_json(make_plan("n", {}, {}))) == document
