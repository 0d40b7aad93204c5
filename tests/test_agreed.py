"""What was found in sync holds for the very same facts and live state alone."""

from concurrent.futures import Future
from dataclasses import replace
from typing import cast

import pytest

from reconciler.agreed import Agreed
from reconciler.drivers import Driver, Dump, Live
from reconciler.facts import Facts
from reconciler.platforms import Platform
from reconciler.reading import Actual, Look, observe
from reconciler.resources import Flow
from reconciler.site import Site
from tests.declared import node

FACTS = Facts("1", "02:00:00:00:00:01", {4: "10.10.1.1"})


def dumps(*texts: tuple[str, ...]) -> Actual:
    return Actual(tuple(Dump(text, unasked) for text in texts))


def unasked(*text: str) -> Live:
    raise AssertionError("parsed")


def looked(facts: Facts, actual: Actual) -> Look:
    coming: Future[tuple[tuple[Driver, ...], Actual]] = Future()
    coming.set_result(((), actual))
    return Look(cast("Platform", None), facts, coming)


STATE = dumps(("flows", "groups"), ("sets",))
AGREED = Agreed(Site.of(node()), FACTS, STATE.digest, 7, ("a note",))


def test_the_same_again_is_in_sync_without_parsing() -> None:
    assert AGREED.holds(looked(FACTS, dumps(("flows", "groups"), ("sets",))))
    assert AGREED.plan.in_sync
    assert (AGREED.plan.owned, AGREED.plan.notes) == (7, ("a note",))


@pytest.mark.parametrize(
    "other",
    [
        dumps(("flows", "group"), ("sets",)),
        dumps(("flows",), ("groups", "set")),
        dumps(("flowsgroups",), ("sets",)),
        dumps(("groups", "flows"), ("sets",)),
        dumps(("flows", "groups")),
        dumps(("flows", "groups\udcff"), ("sets",)),
    ],
)
def test_another_state_is_not(other: Actual) -> None:
    assert not AGREED.holds(looked(FACTS, other))


def test_other_facts_are_not() -> None:
    assert not AGREED.holds(looked(replace(FACTS, sysctls={"net.ipv4.ip_forward": "0"}), STATE))


class Reading:
    """A driver whose tool prints what it is told, and that counts how often it is parsed."""

    stages = ()

    def __init__(self, text: str) -> None:
        self.text, self.parsed = text, 0

    def read(self) -> Dump:
        return Dump((self.text,), self._parse)

    def apply(self, _: object) -> None:
        raise AssertionError

    def _parse(self, text: str) -> Live:
        self.parsed += 1
        return Live([Flow(0, 1, text, "drop")])


def test_what_is_the_same_again_is_not_parsed_again() -> None:
    same, other = Reading("tcp"), Reading("udp")
    first = observe([same, other])
    assert len(first.owned) == 2
    assert observe([same, other], first) is first
    other.text = "sctp"
    second = observe([same, other], first)
    assert {flow.key for flow in second.owned.values()} == {"table=0,priority=1,tcp", "table=0,priority=1,sctp"}
    assert (same.parsed, other.parsed) == (1, 2)
