"""What was found in sync holds for the very same facts and live state alone."""

import pytest

from reconciler.agreed import Agreed
from reconciler.drivers import Dump, Live
from reconciler.facts import Facts
from reconciler.reading import Actual, observe
from reconciler.resources import Flow
from reconciler.site import Site
from tests.declared import node

TEXTS = (("flows", "groups"), ("sets",))
AGREED = Agreed(Site.of(node()), Facts("1", "02:00:00:00:00:01", {}), TEXTS, 7, ("a note",))


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


def test_the_same_again_is_agreed_without_parsing() -> None:
    before, tools = AGREED.actual, [Tool("flows", "groups"), Tool("sets")]
    assert observe(tools, before) is before
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
def test_anything_else_is_parsed(tools: list[Tool]) -> None:
    seen = observe(tools, AGREED.actual)
    assert seen is not AGREED.actual
    assert matches(seen) == {word for tool in tools for word in tool.text}


def test_what_is_the_same_again_is_not_parsed_again() -> None:
    same, other = Tool("tcp"), Tool("udp")
    first = observe([same, other])
    assert matches(first) == {"tcp", "udp"}
    assert observe([same, other], first) is first
    other.text = ("sctp",)
    assert matches(observe([same, other], first)) == {"tcp", "sctp"}
    assert (same.parsed, other.parsed) == (1, 2)
