"""What was found in sync holds for the very same facts and live state alone."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import cast

import pytest

from reconciler.agreed import Agreed
from reconciler.drivers import Driver, Dump, Live
from reconciler.facts import Facts
from reconciler.platforms import Platform
from reconciler.reading import Actual, Look, ReadingBack, observe
from reconciler.resources import Flow
from reconciler.site import Site
from tests.declared import node

FACTS = Facts("1", "02:00:00:00:00:01", {})
TEXTS = (("flows", "groups"), ("sets",))
AGREED = Agreed(Site.of(node()), FACTS, TEXTS, 7, ("a note",))


class Tool:
    """A driver whose tool prints what it is told; it counts how often that is parsed."""

    stages = ()

    def __init__(self, *text: str) -> None:
        self.text, self.parsed = text, 0

    def read(self) -> Dump:
        return Dump(self.text, self._parse)

    def apply(self, _: object) -> None:
        raise AssertionError

    def _parse(self, *text: str) -> Live:
        self.parsed += 1
        return Live([Flow(0, 1, word, "drop") for word in text])


def matches(actual: Actual) -> set[str]:
    return {flow.key.rpartition(",")[2] for flow in actual.owned.values()}


def looked(tools: Sequence[Tool], facts: Facts = FACTS) -> Look:
    coming: Future[tuple[tuple[Driver, ...], Actual]] = Future()
    coming.set_result((tuple(tools), observe(tools)))
    return Look(cast("Platform", None), facts, coming)


def holds(seen: Look) -> bool:
    return AGREED.known(seen.facts) == seen.actual.texts


def test_the_same_again_is_agreed_without_parsing() -> None:
    tools = [Tool("flows", "groups"), Tool("sets")]
    assert holds(looked(tools))
    assert [tool.parsed for tool in tools] == [0, 0]
    assert AGREED.plan.in_sync
    assert (AGREED.plan.owned, AGREED.plan.notes) == (7, ("a note",))


@pytest.mark.parametrize(
    "tools",
    [
        [Tool("flows", "group"), Tool("sets")],
        [Tool("flows"), Tool("groups", "sets")],
        [Tool("flowsgroups"), Tool("sets")],
        [Tool("groups", "flows"), Tool("sets")],
        [Tool("flows", "groups")],
    ],
)
def test_another_state_is_not(tools: list[Tool]) -> None:
    assert not holds(looked(tools))


def test_other_facts_are_not_and_the_same_state_can_still_be_parsed() -> None:
    seen = looked([Tool("flows", "groups"), Tool("sets")], replace(FACTS, sysctls={"net.ipv4.ip_forward": "0"}))
    assert not holds(seen)
    assert matches(seen.actual) == {"flows", "groups", "sets"}


def test_what_is_the_same_again_is_not_parsed_again() -> None:
    same, other = Tool("tcp"), Tool("udp")
    first = observe([same, other])
    assert matches(first) == {"tcp", "udp"}
    assert observe([same, other], first) is first
    other.text = ("sctp",)
    assert matches(observe([same, other], first)) == {"tcp", "sctp"}
    assert (same.parsed, other.parsed) == (1, 2)


def test_a_driver_is_read_back_once_and_parsed_unless_it_is_known() -> None:
    same, other, last = Tool("tcp"), Tool("udp"), Tool("sctp")
    with ReadingBack([same, other, last], (("tcp",), ("sctp",))) as reading:
        reading.begin(other)
        reading.begin(same)
        actual = reading.end()
    assert [tool.parsed for tool in (same, other, last)] == [0, 1, 0]
    assert actual.texts == (("tcp",), ("udp",), ("sctp",))
    assert matches(actual) == {"tcp", "udp", "sctp"}
