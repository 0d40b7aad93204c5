from collections.abc import Sequence

import pytest

from reconciler.apply import apply
from reconciler.errors import ApplyError
from reconciler.plan import make_plan
from reconciler.resources import Resource, by_key
from tests.declared import ONE_OF_EACH
from tests.memory import Memory, node_in_memory

STAGES = ["openflow", "neighbours", "routes", "rules", "ipsets", "netfilter", "windows", "entries"]


def silent(_: str) -> None:
    pass


def failures(desired: Sequence[Resource], node: dict[str, Memory], actual: Sequence[Resource] = ()) -> list[str]:
    plan = make_plan("worker-1", by_key(desired), by_key(actual))
    try:
        apply(plan, list(node.values()), silent)
    except ApplyError as error:
        return error.lines()
    return []


def touched(node: dict[str, Memory]) -> list[str]:
    return [name for name, memory in node.items() if memory.log]


@pytest.mark.parametrize(
    ("broken", "left_out"),
    [
        ("openflow", {"windows": "openflow", "entries": "openflow"}),
        ("neighbours", {"routes": "neighbours", "rules": "routes", "entries": "rules"}),
        ("routes", {"rules": "routes", "entries": "rules"}),
        ("rules", {"entries": "rules"}),
        ("ipsets", {"netfilter": "ipsets", "entries": "netfilter"}),
        ("netfilter", {"entries": "netfilter"}),
        ("windows", {}),
        ("entries", {}),
    ],
)
def test_a_failed_creation_stops_only_what_needs_it(broken: str, left_out: dict[str, str]) -> None:
    node = node_in_memory()
    node[broken].fails = "create"
    expected = [f"{name}: left out, because {because} failed" for name, because in left_out.items()]
    assert failures(ONE_OF_EACH, node) == [f"{broken}: told to fail at create", *expected]
    assert touched(node) == [name for name in STAGES if name != broken and name not in left_out]


@pytest.mark.parametrize(
    ("broken", "left_out"),
    [
        ("entries", ["netfilter", "ipsets", "rules", "routes", "neighbours", "openflow"]),
        ("netfilter", ["ipsets"]),
        ("rules", ["routes", "neighbours"]),
        ("routes", ["neighbours"]),
        ("windows", ["openflow"]),
        ("openflow", []),
    ],
)
def test_a_failed_deletion_keeps_what_it_refers_to(broken: str, left_out: list[str]) -> None:
    node = node_in_memory(ONE_OF_EACH)
    node[broken].fails = "delete"
    assert [line.partition(":")[0] for line in failures((), node, ONE_OF_EACH)] == [broken, *left_out]
    assert touched(node) == [name for name in STAGES if name != broken and name not in left_out]


def test_a_stage_whose_creations_failed_deletes_nothing() -> None:
    node = node_in_memory(ONE_OF_EACH[1:2])
    node["openflow"].fails = "create"
    assert failures(ONE_OF_EACH[:1], node, ONE_OF_EACH[1:2]) == ["openflow: told to fail at create"]
    assert touched(node) == []


def test_every_failure_is_told() -> None:
    node = node_in_memory()
    node["openflow"].fails = node["neighbours"].fails = node["ipsets"].fails = "create"
    told = failures(ONE_OF_EACH, node)
    assert [line for line in told if "told to fail" in line] == [
        f"{name}: told to fail at create" for name in ("openflow", "neighbours", "ipsets")
    ]
    assert told[-1] == "entries: left out, because netfilter, openflow, rules failed"


def test_stages_without_changes_are_not_called_and_the_rest_is_announced() -> None:
    said: list[str] = []
    node = node_in_memory()
    apply(make_plan("worker-1", by_key(ONE_OF_EACH[:2]), {}), list(node.values()), said.append)
    assert touched(node) == ["openflow"]
    assert said == ["applying 2 changes of openflow"]


def test_a_driver_is_done_when_nothing_is_left_to_change_through_it() -> None:
    there = [ONE_OF_EACH[1], ONE_OF_EACH[-1]]
    node, told = node_in_memory(there), list[str]()
    names = {id(driver): name for name, driver in node.items()}
    plan = make_plan("worker-1", by_key(ONE_OF_EACH[:1]), by_key(there))
    apply(plan, list(node.values()), told.append, lambda driver: told.append(f"{names[id(driver)]} is done"))
    assert told == [
        "applying 1 changes of openflow",
        "applying 1 changes of entries",
        "entries is done",
        "applying 1 changes of openflow",
        "openflow is done",
    ]
