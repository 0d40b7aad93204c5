"""Whatever somebody breaks by hand, `explain` names it: every object of some services in turn, and what is not ours."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.cluster import Cluster, Done

pytestmark = pytest.mark.node

OFCTL = "ovs-ofctl -O OpenFlow15"
BALANCED = "flow group"
HOST = "rule route neighbour entry chain jump sysctl"
REFUSAL = "rule route entry chain jump sysctl"
TO_PORT = "table=30,priority=200,ip,nw_dst=10.10.1.2"


def explain(cluster: Cluster, *arguments: str) -> tuple[Done, dict[str, Any]]:
    done = cluster.reconcile("explain", *arguments, "--output", "json")
    assert done.returncode in (0, 2), done.stderr
    return done, json.loads(done.stdout)


def named(told: dict[str, Any]) -> set[str]:
    """What is broken first on each path that is."""
    broken = [path["broken"] for path in told["paths"] if not path["whole"]]
    return {f"{each['kind']} {each['key']}" for each in broken}


def test_every_path_of_every_service_is_whole(serving: Cluster) -> None:
    done, told = explain(serving, "--all")
    assert (done.returncode, told["whole"], named(told)) == (0, True, set())
    asked = {(p["service"], p["vip"], p["protocol"], p["client"]["kind"]) for p in told["paths"]}
    for vip in ("10.96.0.14", "fd00:96::14"):
        assert {("shop/mix", vip, p, c) for p in ("TCP", "UDP") for c in ("node", "pod")} <= asked
    places = {way["place"] for path in told["paths"] for way in path["endpoints"]}
    assert places == {"pod", "itself", "host", "elsewhere"}
    assert {p["vip"] for p in told["paths"] if p["refused"]} == {"10.96.0.17", "fd00:96::17", "10.96.0.18"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("service", "kinds", "least"),
    [("alone", BALANCED, 30), ("mix", HOST, 28), ("nobody", f"flow {REFUSAL}", 30)],
)
def test_every_object_that_is_broken_is_named(serving: Cluster, service: str, kinds: str, least: int) -> None:
    """From the node and from pods, over both families and protocols: each flow, group, route … alone, then mended."""
    argv = (sys.executable, "-m", "tests.integration.breaking", f"shop/{service}", *kinds.split())
    variables = (f"RECONCILE_INTENTS={serving.intents}", "RECONCILE_NODE=worker-1")
    lines = serving.must("worker-1", "env", *variables, *argv).splitlines()
    broken = [json.loads(line) for line in lines]
    assert [each for each in broken if each["named"] != [each["broken"]]] == []
    assert [each for each in broken if not each["mended"]] == []
    assert len(broken) >= least
    assert {each["broken"].partition(" ")[0] for each in broken} == set(kinds.split())


BY_HAND = {
    "another flow first": (
        f"{OFCTL} add-flow br-int cookie=0x99,table=10,priority=900,tcp,nw_dst=10.96.0.15,actions=drop",
        f"{OFCTL} del-flows br-int cookie=0x99/-1",
        "flow table=10,priority=900,tcp,nw_dst=10.96.0.15",
    ),
    "a flow of ours too many": (
        f"{OFCTL} add-flow br-int cookie=0x520,table=30,priority=900,ip,nw_dst=10.10.1.2,actions=drop",
        "",
        "flow table=30,priority=900,ip,nw_dst=10.10.1.2",
    ),
    "a flow altered": (f"{OFCTL} add-flow br-int cookie=0x520,{TO_PORT},actions=drop", "", f"flow {TO_PORT}"),
    "a flow taken over": (
        f"{OFCTL} add-flow br-int cookie=0x99,{TO_PORT},actions=drop",
        f"{OFCTL} del-flows br-int cookie=0x99/-1",
        f"flow {TO_PORT}",
    ),
    "another rule first": (
        "ip rule add priority 100 to 10.96.0.0/16 lookup main",
        "ip rule del priority 100",
        "rule inet priority 100 table 254",
    ),
    "a blackhole in our table": (
        "ip route add blackhole 10.96.0.0/24 table 1312",
        "",
        "route 10.96.0.0/24 table 1312",
    ),
    "no default route": (
        "ip route del default",
        "ip route add default via 169.254.1.1 dev up0 onlink",
        "lookup ip route get 10.96.0.15",
    ),
    "a member of the other set": (
        "ipset add 0x520-rej4 10.96.0.15,tcp:80",
        "",
        "entry 0x520-rej4 10.96.0.15,tcp:80",
    ),
    "a set emptied": ("ipset flush 0x520-svc4", "", "entry 0x520-svc4 10.96.0.15,tcp:80"),
    "a neighbour altered": (
        "ip neigh replace 169.254.0.253 dev gw0 lladdr 02:00:00:00:00:01",
        "",
        "neighbour 169.254.0.253 dev gw0",
    ),
    "the pod's port switched off": ("ip link set pod2 down", "ip link set pod2 up", "link pod2"),
    "the pod's port not told": (
        "ovs-vsctl remove interface pod2 external_ids ip-address",
        'ovs-vsctl set interface pod2 external_ids:ip-address="10.10.1.2,fd00:10:1::2"',
        "port Interface with ip-address 10.10.1.2",
    ),
}
"""What breaks a path, what puts it back besides `reconcile`, and what is named."""


@contextmanager
def broken(cluster: Cluster, drift: str) -> Iterator[str]:
    breaks, mends, what = BY_HAND[drift]
    cluster.must("worker-1", *breaks.split())
    try:
        yield what
    finally:
        if mends:
            cluster.must("worker-1", *mends.split())
        cluster.apply("--allow-deletes")


@pytest.mark.parametrize("drift", BY_HAND)
def test_what_somebody_did_by_hand_is_named(serving: Cluster, drift: str) -> None:
    with broken(serving, drift) as what:
        done, told = explain(serving, "alone", "--from", "node")
        assert done.returncode == 2
        over = [path for path in told["paths"] if path["vip"] == "10.96.0.15" and path["protocol"] == "TCP"]
        assert named({"paths": over}) == {what}
    assert explain(serving, "alone", "--from", "node")[0].returncode == 0


def test_a_mac_that_is_not_the_pods_is_named(serving: Cluster) -> None:
    """The bridge has learned the MAC of who speaks behind the port."""
    serving.must("worker-1/10.10.1.2", "ip", "neigh", "flush", "dev", "eth0")
    serving.ask("worker-1/10.10.1.2", "10.10.1.3", 8080, 1)
    mac = serving.must("worker-1", "ovs-vsctl", "get", "interface", "pod2", "external_ids:attached-mac").strip()
    serving.must("worker-1", *["ovs-vsctl", "set", "interface", "pod2", "external_ids:attached-mac=02:00:00:00:00:09"])
    try:
        done, told = explain(serving, "alone", "--from", "node")
        assert (done.returncode, named(told)) == (2, {"port Interface pod2"})
        evidence = told["paths"][0]["broken"]
        assert evidence["verdict"] == "foreign"
        assert evidence["mend"] == f"ovs-vsctl set Interface pod2 external_ids:attached-mac={mac.strip(chr(34))}"
    finally:
        serving.must("worker-1", "ovs-vsctl", "set", "interface", "pod2", f"external_ids:attached-mac={mac}")


def test_the_text_names_what_is_missing_its_intent_and_what_mends_it(serving: Cluster) -> None:
    serving.must("worker-1", "ip", "rule", "del", "priority", "1312")
    done = serving.reconcile("explain", "shop/mix", "--from", "node", "--endpoint", "10.10.2.2")
    serving.apply()
    assert done.returncode == 2
    assert "rule 1312 [missing]" in done.stdout
    assert "missing: rule inet priority 1312 table 1312  # " in done.stdout
    assert "nodes.yaml:1" in done.stdout
    assert "mend it with `reconcile`" in done.stdout
    assert "10.10.1.2:8084" not in done.stdout, "another endpoint than was asked for"
    assert "\033" not in done.stdout, "colour, and no terminal"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("pods", "--from", "192.0.2.1"), "192.0.2.1 is nobody's here"),
        (("pods", "--from", "10.10.2.2"), "10.10.2.2 is of node worker-2"),
    ],
)
def test_who_is_not_served_is_told_why(serving: Cluster, arguments: tuple[str, ...], why: str) -> None:
    done = serving.reconcile("explain", *arguments)
    assert done.returncode == 2
    assert f"not served: {why}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("pods", "--from", "pod99"), "--from pod99: no address, and no port of bridge br-int"),
        (("pods", "--endpoint", "10.10.9.9"), "--endpoint 10.10.9.9: no endpoint of shop/pods"),
        (("weights", "--endpoint", "10.10.2.2"), "--endpoint 10.10.2.2: has weight 0"),
        (("nothing",), "'nothing' is no service"),
        ((), "give a SERVICE"),
    ],
)
def test_what_cannot_be_asked_is_an_error(serving: Cluster, arguments: tuple[str, ...], why: str) -> None:
    done = serving.reconcile("explain", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr


def test_it_changes_nothing(serving: Cluster) -> None:
    serving.must("worker-1", "ipset", "flush", "0x520-svc4")
    assert serving.reconcile("explain", "--all").returncode == 2
    assert serving.reconcile("--check").returncode == 2
    serving.apply()


def test_drift_elsewhere_is_a_note(serving: Cluster) -> None:
    serving.must("worker-1", *["ipset", "add", "0x520-svc4", "10.96.0.99,tcp:80"])
    done, told = explain(serving, "alone")
    serving.apply()
    assert done.returncode == 0
    (note,) = told["notes"]
    assert note.startswith("1 more objects of this node are not as they should be, on none of these paths (entry ")
