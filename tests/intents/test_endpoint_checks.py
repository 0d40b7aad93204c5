"""What is seen at a glance is what is seen one by one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.intents import Declared, Node, Service
from reconciler.intents.endpoint_checks import MOST, check_one_by_one, plain
from reconciler.intents.network import network
from reconciler.intents.service_checks import first_vips
from reconciler.origin import Origin

AT = Origin("a.yaml", 1)
NODE = Node.model_validate(
    {"name": "n", "bridge": "br-int", "gateway": {"interface": "gw0"}, "addresses": ["172.30.0.1"], "podCIDRs": []}
)
IPS = st.sampled_from(["10.10.1.2", "10.10.1.3", "172.30.0.1", "10.96.0.1", "10.96.0.2", "fd00::2", "fd00:96::1"])
ENDPOINTS = st.fixed_dictionaries(
    {"ip": IPS}, optional={"nodeName": st.sampled_from(["n", "m"]), "ports": st.just({"http": 81})}
)


def service(vips: list[str], endpoints: list[dict[str, Any]]) -> Declared[Service]:
    value = {"name": "web", "clusterIPs": vips, "ports": [{"port": 80}], "endpoints": endpoints}
    return Declared(Service.model_validate(value), AT)


@given(st.sampled_from([["10.96.0.1"], ["fd00:96::1"], ["10.96.0.1", "fd00:96::1"]]), st.lists(ENDPOINTS, max_size=4))
def test_nothing_is_found_where_all_is_plain(vips: list[str], endpoints: list[dict[str, Any]]) -> None:
    declared, other = service(vips, endpoints), service(["10.96.0.2"], [])
    table, taken = network([Declared(NODE, AT)]), first_vips([declared, other])
    found = list(check_one_by_one(declared, table, taken, ["n"]))
    assert not (plain(declared.spec, table, taken) and found)
    special = any("nodeName" in each or "ports" in each for each in endpoints)
    assert plain(declared.spec, table, taken) or found or special, "what is not plain has a reason"


def test_more_endpoints_than_a_group_holds_are_not_plain() -> None:
    endpoints = [{"ip": f"10.1.{number // 250}.{number % 250 + 1}"} for number in range(MOST[False] + 1)]
    table = network([Declared(NODE, AT)])
    assert plain(service(["10.96.0.1"], endpoints[: min(MOST.values())]).spec, table, {})
    assert not plain(service(["10.96.0.1"], endpoints).spec, table, {})
