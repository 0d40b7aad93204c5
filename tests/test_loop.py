import pytest

from reconciler.conntrack import Place
from reconciler.errors import ApplyError, ConflictError, VerifyError
from reconciler.loop import Target, carry_out, plan, refuse_conflicts, verify
from reconciler.origin import Origin
from reconciler.plan import make_plan
from reconciler.reading import observe
from reconciler.resources import Entry, Flow, Group, IpSet, Resource, by_key
from tests.declared import ONE_OF_EACH
from tests.memory import node_in_memory

WEB = Origin("intents/web.yaml", 4)
FLOW = Flow(20, 200, "tcp", "group:1", WEB)
SET = IpSet("0x520-svc4", 4, WEB)


def test_a_foreign_object_in_the_way_is_named_with_who_needs_its_place() -> None:
    foreign = {("flow", FLOW.key): "cookie=0x7,tcp actions=drop", ("ipset", SET.name): "create 0x520-svc4 hash:net"}
    with pytest.raises(ConflictError) as raised:
        refuse_conflicts(by_key((FLOW, SET)), foreign)
    assert raised.value.lines() == [
        "a foreign flow is in the way: `cookie=0x7,tcp actions=drop` stands where intents/web.yaml:4 needs "
        f"`{FLOW.text}`: remove or move the foreign one",
        "a foreign ipset is in the way: `create 0x520-svc4 hash:net` stands where intents/web.yaml:4 needs "
        "`create 0x520-svc4 hash:ip,port family inet`: remove or move the foreign one",
    ]


def test_a_foreign_object_elsewhere_is_nobodys_business() -> None:
    elsewhere = {("flow", Flow(20, 201, "tcp", "").key): "x", ("group", FLOW.key): "x"}
    refuse_conflicts(by_key((FLOW, SET)), elsewhere)


def test_observing_joins_what_the_drivers_read() -> None:
    node = node_in_memory(ONE_OF_EACH)
    node["openflow"].foreign = {("flow", "a"): "foreign flow"}
    node["ipsets"].foreign = {("ipset", "b"): "foreign set"}
    actual = observe(list(node.values()))
    assert actual.owned == by_key(ONE_OF_EACH)
    assert actual.foreign == {("flow", "a"): "foreign flow", ("ipset", "b"): "foreign set"}


def test_what_is_not_so_after_an_apply_is_told() -> None:
    with pytest.raises(VerifyError) as raised:
        verify(make_plan("n", by_key([FLOW]), by_key([Group(0x52000001, "type=all")])))
    assert raised.value.lines() == [
        f"not so after the apply: create flow {FLOW.text}",
        "not so after the apply: delete group group_id=0x52000001,type=all",
    ]
    verify(make_plan("n", by_key([FLOW]), by_key([FLOW])))


class Sweeper:
    """A node in memory, and what was swept when on it."""

    def __init__(self, wanted: list[Resource], live: list[Resource]) -> None:
        self.node = node_in_memory(live)
        self.target = Target("n", by_key(wanted), tuple(self.node.values()), sweep=self._sweep)
        self.swept: list[tuple[frozenset[Place], bool]] = []

    def carry_out(self) -> tuple[str, ...]:
        return carry_out(plan(self.target, _silent), self.target, _silent)

    def _sweep(self, gone: frozenset[Place]) -> tuple[str, ...]:
        self.swept.append((gone, observe(self.target.drivers).owned == self.target.desired))
        return ("a note",)


def _silent(_: str) -> None:
    pass


DNS = Entry("0x520-svc4", "10.96.0.2,udp:53")


def test_connections_are_flushed_once_everything_is_applied() -> None:
    sweeper = Sweeper([FLOW], [DNS])
    assert sweeper.carry_out() == ("a note",)
    assert sweeper.swept == [(frozenset({("10.96.0.2", 53)}), True)]


def test_connections_are_flushed_without_a_change_too() -> None:
    sweeper = Sweeper([FLOW], [FLOW])
    assert sweeper.carry_out() == ("a note",)
    assert sweeper.swept == [(frozenset(), True)]


def test_connections_are_flushed_when_only_another_part_fails() -> None:
    sweeper = Sweeper([FLOW, SET], [])
    sweeper.node["ipsets"].fails = "create"
    with pytest.raises(ApplyError):
        sweeper.carry_out()
    assert sweeper.swept == [(frozenset(), False)]
