"""How many changes an everyday event costs on a node with a hundred other services: exactly these, by kind."""

from collections import Counter
from functools import cache

import pytest

from reconciler.intents.models import Service
from reconciler.plan import make_plan
from tests.declared import desired, service

Budget = dict[tuple[str, str], int]


@cache
def others() -> tuple[Service, ...]:
    return tuple(service(f"s{n}", [f"10.97.0.{n}", f"fd00:97::{n:x}"], ["10.10.1.2"]) for n in range(1, 101))


def web(*endpoints: str, vips: int = 1) -> Service:
    return service("web", [f"10.96.0.{n}" for n in range(1, vips + 1)], list(endpoints))


A, B = "10.10.1.2", "10.10.2.2"
NEW: Budget = {("create", "group"): 1, ("create", "flow"): 1, ("create", "entry"): 1}
GONE: Budget = {("delete", "group"): 1, ("delete", "flow"): 1, ("delete", "entry"): 1}
MOVED: Budget = {("update", "flow"): 1, ("create", "entry"): 1, ("delete", "entry"): 1}


@pytest.mark.parametrize(
    ("before", "after", "budget"),
    [
        pytest.param([web(A)], [web(A)], {}, id="nothing changes"),
        pytest.param([web(A, B)], [web(B, A)], {}, id="endpoints are listed in another order"),
        pytest.param([], [web(A)], NEW, id="add a service"),
        pytest.param([], [web()], {("create", "flow"): 1, ("create", "entry"): 1}, id="add one without endpoints"),
        pytest.param([web(A)], [web(A, B)], {("update", "group"): 1}, id="add an endpoint"),
        pytest.param([web(A, B)], [web(B)], {("update", "group"): 1}, id="remove an endpoint"),
        pytest.param([web(A)], [web(B)], {("update", "group"): 1}, id="replace an endpoint"),
        pytest.param([web(A)], [web()], {**MOVED, ("delete", "group"): 1}, id="remove the last endpoint"),
        pytest.param([web()], [web(A)], {**MOVED, ("create", "group"): 1}, id="the first endpoint arrives"),
        pytest.param([web(A)], [], GONE, id="delete a service"),
        pytest.param([web(A)], [web(A, vips=2)], {("create", "flow"): 1, ("create", "entry"): 1}, id="add a VIP"),
    ],
)
def test_the_cost_of_an_event(before: list[Service], after: list[Service], budget: Budget) -> None:
    plan = make_plan("n", desired(*others(), *after), desired(*others(), *before))
    assert Counter((change.action, change.subject.kind) for change in plan.changes) == budget
