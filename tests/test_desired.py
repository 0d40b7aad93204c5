"""A desired state that remembers comes to what one without a memory comes to, whatever was changed in between."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired import Compiled, compile_node
from reconciler.facts import Facts
from reconciler.intents import Declared, Service
from reconciler.plan import make_plan
from tests.declared import FACTS, HERE, NODE, intents, node, service

NAMES = ("web", "cart", "dns")
ENDPOINTS = st.lists(st.sampled_from(["10.10.1.2", "172.30.0.1", "fd00:10:1::2"]), unique=True)


def of(name: str, endpoints: Iterable[str]) -> Service:
    number = NAMES.index(name) + 1
    return service(name, [f"10.96.0.{number}", f"fd00:96::{number}"], list(endpoints))


SERVICES = st.dictionaries(st.sampled_from(NAMES), ENDPOINTS)


@given(st.lists(SERVICES, min_size=1))
def test_changes_come_to_the_whole(turns: list[dict[str, list[str]]]) -> None:
    compiled = Compiled()
    compiled.renew(Declared(node(), HERE), FACTS, {})
    services: dict[str, Declared[Service]] = {}
    for turn in turns:
        wanted = intents(*(of(name, endpoints) for name, endpoints in turn.items()))
        keys = services.keys() | wanted.services.keys()
        live = dict(compiled.resources)
        before, after = compiled.change(wanted.services, keys)
        services = dict(wanted.services)
        assert compiled.resources == compile_node(wanted, NODE, FACTS)
        changes = make_plan(NODE, after, before).changes
        assert changes == make_plan(NODE, compiled.resources, live).changes, "the part says as much as the whole"


def test_what_is_known_is_not_compiled_again() -> None:
    compiled = Compiled()
    wanted = intents(of("web", ["10.10.1.2"]), of("cart", ["10.10.1.2"]))
    compiled.renew(wanted.nodes[NODE], FACTS, wanted.services)
    before = dict(compiled.resources)
    changed = {**wanted.services, "default/cart": Declared(of("cart", ["172.30.0.1"]), HERE)}
    compiled.renew(wanted.nodes[NODE], FACTS, changed)
    asked = compile_node(wanted, NODE, FACTS, "default/web").keys()
    assert all(compiled.resources[key] is before[key] for key in asked)


def test_a_pod_that_comes_changes_no_service() -> None:
    alone = Facts(FACTS.gateway_port, FACTS.gateway_mac, FACTS.gateway_ips)
    wanted = intents(of("web", ["10.10.1.2"]))
    compiled = Compiled()
    compiled.renew(wanted.nodes[NODE], alone, wanted.services)
    before = dict(compiled.resources)
    compiled.renew(wanted.nodes[NODE], FACTS, wanted.services)
    assert compiled.resources == compile_node(wanted, NODE, FACTS)
    asked = compile_node(wanted, NODE, FACTS, "default/web").keys()
    assert all(compiled.resources[key] is before[key] for key in asked)
