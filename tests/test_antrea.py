"""How a generation of Antrea's pipeline is told; the flows are those that Antrea's own documentation lists."""

import pytest

from reconciler import antrea
from reconciler.antrea import BIT_MARKS, PROXY_ALL, WHOLE_MARKS, Antrea, of_version, recognise
from reconciler.ofctl_text import parse_flows, parse_tables
from reconciler.resources import Flow
from reconciler.sandbox.antrea.named import NAMES

FROM_GATEWAY = "table=0, priority=200,in_port=2 actions=set_field:0x1/0xffff->reg0,resubmit(,10)"
FROM_GATEWAY_13 = "table=0, priority=200,in_port=2 actions=set_field:0x1/0xf->reg0,goto_table:10"
WHOLE = "table=31, priority=200,ct_state=-new+trk,ct_mark=0x21,ip actions=set_field:0x80000/0x80000->reg0,resubmit(,50)"
BITS = (
    "table=31, priority=200,ct_state=-new+trk,ct_mark=0x4/0x4,ip actions=set_field:0x80000/0x80000->reg0,goto_table:50"
)
SERVICE_ZONE = "table=24, priority=200,ip actions=ct(table=30,zone=65521,nat)"
KUBE_PROXY = "table=31, priority=190,ct_state=+inv+trk,ip actions=drop"


def flows(*lines: str) -> list[Flow]:
    return [flow for _, flow in parse_flows("\n".join(f" cookie=0x2000000000000, {line}" for line in lines))]


@pytest.mark.parametrize(
    ("lines", "generation"),
    [
        ((FROM_GATEWAY, WHOLE), WHOLE_MARKS),
        ((FROM_GATEWAY_13, WHOLE), WHOLE_MARKS),
        ((FROM_GATEWAY_13, BITS), BIT_MARKS),
        ((FROM_GATEWAY_13, WHOLE, SERVICE_ZONE), PROXY_ALL),
        ((FROM_GATEWAY_13, BITS, SERVICE_ZONE), PROXY_ALL),
        ((WHOLE,), None),
        ((FROM_GATEWAY, KUBE_PROXY), None),
        ((FROM_GATEWAY.replace("in_port=2", "in_port=22"), WHOLE), None),
        (("table=0, priority=0 actions=NORMAL",), None),
        ((), None),
    ],
    ids=["v0.8", "v1.3", "v1.5", "v1.4, all", "v1.5, all", "no gateway", "no proxy", "another port", "plain", "empty"],
)
def test_fixed_numbers_are_told_by_their_flows(lines: tuple[str, ...], generation: Antrea | None) -> None:
    assert recognise({}, flows(*lines), "2") == generation


def test_names_tell_the_generation_whatever_the_numbers() -> None:
    names = {name: 3 * number for number, name in enumerate(NAMES)}
    found = recognise(names, (), "2")
    assert found == Antrea(antrea.NAMED, names)
    assert not found.marks_conflict
    assert found.leads_back


def test_names_without_the_service_tables_are_a_bridge_without_the_proxy() -> None:
    assert recognise({"Classifier": 3, "ConntrackState": 8, "UnSNAT": 6}, (), "2") is None


@pytest.mark.parametrize(
    ("version", "versions"),
    [
        *((version, "v0.8 to v1.4") for version in ("0.8", "1.3.0", "1.4")),
        ("1.5.1", "v1.5"),
        *((version, "v1.6 or later") for version in ("1.6", "1.15", "2.7.0")),
    ],
)
def test_a_version_belongs_to_one_generation(version: str, versions: str) -> None:
    assert of_version(version, {}).versions == versions


def test_tables_with_a_name_are_found_in_the_features_of_all_tables() -> None:
    dump = (
        '  table 0 ("Classifier"):\n    name\n  tables 1...11: ditto\n  table 12 ("ServiceLB"): ditto\n  table 253:\n'
    )
    assert parse_tables(dump) == {"Classifier": 0, "ServiceLB": 12}
