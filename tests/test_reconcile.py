"""Random desired state on random live state, in memory: one apply makes them equal, and nothing else is touched."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply import apply
from reconciler.plan import make_plan
from reconciler.reading import observe
from reconciler.resources import Flow, Group, Key, Resource, by_key
from tests.declared import ONE_OF_EACH, desired, service
from tests.memory import node_in_memory

WORDS = st.text("abcdef0123456789", min_size=1, max_size=3)
FLOWS = st.builds(Flow, st.integers(0, 3), st.integers(0, 3), WORDS, WORDS)
GROUPS = st.builds(Group, st.integers(0x52000000, 0x52000007), WORDS)
ENDPOINTS = st.lists(
    st.sampled_from(["10.10.1.2", "10.10.1.3", "172.30.0.1", "fd00:10:1::2", "10.10.2.2"]), unique=True
)
SERVICES = st.lists(ENDPOINTS, max_size=4)


def compiled(endpoint_lists: list[list[str]]) -> list[Resource]:
    services = (
        service(f"s{n}", [f"10.96.0.{n + 1}", f"fd00:96::{n + 1}"], list(es)) for n, es in enumerate(endpoint_lists)
    )
    return list(desired(*services).values())


STATES = st.lists(FLOWS | GROUPS | st.sampled_from(ONE_OF_EACH), max_size=20) | SERVICES.map(compiled)


def silent(_: str) -> None:
    pass


@given(STATES, STATES)
def test_one_apply_is_enough_and_touches_nothing_foreign(wanted: list[Resource], live: list[Resource]) -> None:
    node, target = node_in_memory(live), by_key(wanted)
    foreign: dict[Key, str] = {("flow", "somebody's"): "flow", ("chain", "somebody's"): "chain"}
    node["openflow"].foreign = dict(foreign)
    drivers = list(node.values())
    apply(make_plan("n", target, observe(drivers).owned), drivers, silent)
    after = observe(drivers)
    assert after.owned == target
    assert after.foreign == foreign
    assert make_plan("n", target, after.owned).in_sync


@given(STATES, STATES)
def test_a_plan_has_no_more_changes_than_there_are_differences(wanted: list[Resource], live: list[Resource]) -> None:
    target, actual = by_key(wanted), by_key(live)
    plan = make_plan("n", target, actual)
    assert plan.count("create") == len(target.keys() - actual.keys())
    assert plan.count("delete") == len(actual.keys() - target.keys())
    assert plan.count("update") == sum(target[key] != actual[key] for key in target.keys() & actual.keys())


@given(SERVICES)
def test_the_order_of_endpoints_changes_nothing(lists: list[list[str]]) -> None:
    backwards = [list(reversed(endpoints)) for endpoints in lists]
    assert by_key(compiled(lists)) == by_key(compiled(backwards))


def test_a_change_of_owner_in_the_intents_is_no_change_on_the_node() -> None:
    state = by_key(compiled([["10.10.1.2"]]))
    assert make_plan("n", state, {key: replace(r, intent=None) for key, r in state.items()}).in_sync
