from collections.abc import Mapping

import pytest

from reconciler.desired import compile_node
from reconciler.explain.clients import named
from reconciler.explain.judging import judge
from reconciler.explain.paths import paths
from reconciler.explain.scene import Scene
from reconciler.explain.seen import Held, Seen
from reconciler.explain.values import Path
from reconciler.facts import View
from reconciler.features.service_ports import names, service_ports
from reconciler.group_ids import assign
from reconciler.resources import Chain, Flow, IpSet, Key, Resource, Route
from reconciler.windows_resources import NetRoute
from tests.declared import FACTS, HERE, NODE, intents, service

FLOW = Flow(20, 200, "tcp,nw_dst=10.96.0.10,tp_dst=80", "group:0x52000001", HERE)


def seen(*owned: Resource, foreign: Mapping[Key, str] | None = None) -> Seen:
    return Seen({(resource.kind, resource.key): resource for resource in owned}, foreign or {})


def test_what_is_as_it_should_be_needs_no_command() -> None:
    evidence = judge(FLOW, seen(FLOW), "br-int")
    assert (evidence.verdict, evidence.mend, evidence.intent) == ("ok", "", HERE)


def test_what_is_not_there_is_missing() -> None:
    evidence = judge(FLOW, seen(), "br-int")
    assert (evidence.verdict, evidence.actual, evidence.mend) == ("missing", "", "reconcile")


def test_what_was_altered_is_foreign_and_both_texts_are_told() -> None:
    altered = Flow(20, 200, FLOW.match, "drop")
    evidence = judge(FLOW, seen(altered), "br-int")
    assert (evidence.verdict, evidence.desired, evidence.actual) == ("foreign", FLOW.text, altered.text)
    assert evidence.mend == "reconcile"


@pytest.mark.parametrize(
    ("wanted", "theirs", "mend"),
    [
        (
            FLOW,
            f"cookie=0x99,{FLOW.key} actions=drop",
            f"ovs-ofctl -O OpenFlow15 --strict del-flows br-int cookie=0x99/-1,{FLOW.key}",
        ),
        (
            Route(6, 254, "fc01::1/128", "gw0"),
            "fc01::1/128 dev up0 table 254 proto 4",
            "ip -6 route del fc01::1/128 dev up0 table 254",
        ),
        (IpSet("0x520-svc4", 4), "create 0x520-svc4 hash:ip", "ipset destroy 0x520-svc4"),
        (Chain(4, "mangle", "R520-MARK", ()), "-p tcp -j ACCEPT", "iptables -t mangle -F R520-MARK"),
        (
            NetRoute("10.96.0.1/32", "gw0", "10.96.0.1"),
            "somebody's",
            "Remove-NetRoute -InterfaceAlias gw0 -DestinationPrefix 10.96.0.1/32 -Confirm:$false",
        ),
    ],
)
def test_somebody_elses_in_its_place_is_removed_first(wanted: Resource, theirs: str, mend: str) -> None:
    evidence = judge(wanted, seen(foreign={(wanted.kind, wanted.key): theirs}), "br-int")
    assert (evidence.verdict, evidence.actual, evidence.mend) == ("foreign", theirs, f"{mend} && reconcile")


def path_of_udp(*held: Held) -> Path:
    """From a pod to a service over UDP, where everything is as it should be, and nothing can be traced."""
    known = intents(service("dns", ["10.96.0.10"], ["10.10.1.3"], ports=[{"port": 53, "protocol": "UDP"}]))
    view = View(known.nodes[NODE], known.services, FACTS)
    desired = compile_node(known, NODE, FACTS)
    scene = Scene(view, desired, Seen(desired, {}, traces=None, connections=held))
    (declared,) = known.services.values()
    groups = assign(name for name, _, _ in names(declared.spec))
    (path,) = (
        p for of in service_ports(view, declared, groups) for p in paths(scene, of, named(view, "10.10.1.2", {}, ()))
    )
    return path


def test_udp_that_conntrack_leads_to_no_endpoint_is_named() -> None:
    stale = Held(1312, "UDP", "10.96.0.10:53", "10.10.1.9:53", "udp,orig=…")
    broken = [e for s in path_of_udp(stale).steps for e in s.evidence if e.kind == "connections"]
    assert [(e.key, e.verdict, e.mend) for e in broken] == [("UDP 10.96.0.10:53", "foreign", "reconcile")]
    right = Held(1312, "UDP", "10.96.0.10:53", "10.10.1.3:53", "udp,orig=…")
    assert [e for s in path_of_udp(right).steps for e in s.evidence if e.kind == "connections"] == []


def test_where_nothing_can_be_traced_the_flows_are_compared_and_a_remark_says_so() -> None:
    path = path_of_udp()
    flows = [e for s in path.steps for e in s.evidence if e.kind == "flow"]
    assert [e.verdict for e in flows] == ["ok"] * len(flows)
    assert len(flows) >= 3
    assert path.remarks == (
        "ofproto/trace cannot be asked from here: flows are compared with what the bridge holds, and not tried",
    )
