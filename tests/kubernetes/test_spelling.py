"""What is written is what is read: for every intent, and for every value that an intent could ever hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.intents import Node, Service
from reconciler.intents.fields import INTERFACE, LABEL, address, cidr
from reconciler.intents.validate import validate
from reconciler.kubernetes.spelling import lines, spelled, text
from reconciler.yaml.documents import read


def usable(check: Any, value: str) -> bool:
    try:
        return bool(check(value))
    except ValueError:
        return False


labels = st.from_regex(LABEL, fullmatch=True)
interfaces = st.from_regex(INTERFACE, fullmatch=True).filter(lambda name: name not in {".", ".."})
ports = st.integers(1, 65535)
ips = st.ip_addresses().map(str).filter(lambda ip: usable(address, ip))
cidrs = st.ip_addresses().map(lambda ip: f"{ip}/{ip.max_prefixlen}").filter(lambda net: usable(cidr, net))
nodes = st.fixed_dictionaries(
    {
        "kind": st.just("Node"),
        "name": labels,
        "bridge": interfaces,
        "gateway": st.fixed_dictionaries({"interface": interfaces}),
        "addresses": st.lists(ips, min_size=1, max_size=3),
        "podCIDRs": st.lists(cidrs, max_size=3),
    },
    optional={"platform": st.sampled_from(["linux", "windows"]), "pipeline": st.sampled_from(["standalone", "antrea"])},
)
service_ports = st.fixed_dictionaries(
    {"port": ports}, optional={"name": labels, "protocol": st.sampled_from(["TCP", "UDP"]), "targetPort": ports}
)
endpoints = st.fixed_dictionaries(
    {"ip": ips},
    optional={"nodeName": labels, "weight": st.integers(0, 65535), "ports": st.dictionaries(labels, ports, max_size=2)},
)
services = st.fixed_dictionaries(
    {
        "kind": st.just("Service"),
        "name": labels,
        "clusterIPs": st.lists(ips, min_size=1, max_size=3),
        "ports": st.lists(service_ports, min_size=1, max_size=3),
    },
    optional={"namespace": labels, "endpoints": st.lists(endpoints, max_size=3)},
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(nodes | services)
def test_an_intent_is_read_as_it_was(document: dict[str, Any]) -> None:
    intent = validate(document)
    assert isinstance(intent, Node | Service)
    reading = read(spelled(intent))
    assert reading.faults == []
    assert validate(reading.documents[0].value) == intent


@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_any_value_is_read_as_it_was(value: dict[str, Any]) -> None:
    reading = read("".join(f"{line}\n" for line in lines(value)))
    assert reading.faults == []
    assert reading.documents[0].value == value


@pytest.mark.parametrize("word", ["web-1", "10.96.0.1", "10.96.0.0/12", "br-int", "TCP", "a", "nodes", "yes-1"])
def test_plain_words_have_no_quotes(word: str) -> None:
    assert text(word) == word


@pytest.mark.parametrize(
    "word",
    [
        "",
        "fd00::1",
        "::1",
        "1",
        "0x10",
        "1e3",
        "12-34",
        "2026-01-01",
        "1.5",
        "on",
        "No",
        "y",
        "null",
        "True",
        "~",
        "a:",
        "a b",
    ],
)
def test_whatever_another_reader_could_take_for_something_else_has_quotes(word: str) -> None:
    assert text(word) == f'"{word}"'
