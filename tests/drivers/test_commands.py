"""What each driver hands to its tool, seen at the one door to the machine."""

from collections.abc import Sequence

import pytest

from reconciler.diff import Change, diff
from reconciler.drivers import ipsets, netfilter, openflow
from reconciler.errors import ToolError
from reconciler.resources import Chain, Entry, Flow, Group, IpSet, Jump, Resource, by_key

Run = tuple[tuple[str, ...], str]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    runs: list[Run] = []

    def run(argv: Sequence[str], stdin: str = "") -> str:
        runs.append((tuple(argv), stdin))
        return ""

    for driver in (openflow, ipsets, netfilter):
        monkeypatch.setattr(driver, "run", run)
    return runs


def changes(desired: Sequence[Resource], actual: Sequence[Resource] = ()) -> list[Change]:
    return list(diff(by_key(desired), by_key(actual)))


def test_flows_and_groups_go_in_one_bundle(ran: list[Run]) -> None:
    openflow.OpenFlow("unix:/run/ovs/br-int.mgmt").apply(
        changes([Group(0x52000001, "type=select"), Flow(20, 200, "tcp", "drop")], [Flow(0, 7, "udp", "drop")])
    )
    ((argv, stdin),) = ran
    assert argv == ("ovs-ofctl", "-O", "OpenFlow15", "--no-names", "bundle", "unix:/run/ovs/br-int.mgmt", "-")
    assert set(stdin.splitlines()) == {
        "flow delete_strict cookie=0x520/0x7fffffffffffffff,table=0,priority=7,udp",
        "flow add cookie=0x520,table=20,priority=200,tcp actions=drop",
        "group add_or_mod group_id=0x52000001,type=select",
    }


def test_sets_and_members_go_in_one_restore(ran: list[Run]) -> None:
    added = Entry("0x520-svc4", "10.0.0.1,tcp:80")
    gone = (Entry("0x520-old", "10.0.0.9,tcp:80"), IpSet("0x520-old", 4))
    ipsets.IpSets().apply(changes([IpSet("0x520-svc4", 4), added], gone))
    ((argv, stdin),) = ran
    assert argv == ("ipset", "-exist", "restore")
    assert set(stdin.splitlines()) == {
        "create 0x520-svc4 hash:ip,port family inet maxelem 1048576",
        "add 0x520-svc4 10.0.0.1,tcp:80",
        "del 0x520-old 10.0.0.9,tcp:80",
        "destroy 0x520-old",
    }


def test_a_set_is_named_again_to_the_members_that_follow_it_and_only_to_those(ran: list[Run]) -> None:
    driver, make = ipsets.IpSets(), "create 0x520-svc4 hash:ip,port family inet maxelem 1048576"
    driver.apply(changes([IpSet("0x520-svc4", 4)]))
    driver.apply(changes([Entry("0x520-svc4", "10.0.0.1,tcp:80")]))
    driver.apply(changes([Entry("0x520-svc4", "10.0.0.2,tcp:80")]))
    assert [stdin.splitlines() for _, stdin in ran] == [
        [make],
        [make, "add 0x520-svc4 10.0.0.1,tcp:80"],
        ["add 0x520-svc4 10.0.0.2,tcp:80"],
    ]


def test_each_family_has_its_restore_with_a_section_a_table(ran: list[Run]) -> None:
    wanted: list[Resource] = [Chain(4, "nat", "R520-X", ("-j RETURN",)), Jump(6, "nat", "OUTPUT -j R520-X")]
    netfilter.Netfilter().apply(changes(wanted, [Jump(4, "filter", "INPUT -j R520-Y")]))
    assert sorted(ran) == [
        (("ip6tables-restore", "--noflush", "--wait"), "*nat\n-I OUTPUT -j R520-X\nCOMMIT\n"),
        (
            ("iptables-restore", "--noflush", "--wait"),
            "*nat\n:R520-X - [0:0]\n-A R520-X -j RETURN\nCOMMIT\n*filter\n-D INPUT -j R520-Y\nCOMMIT\n",
        ),
    ]


def test_a_chain_is_flushed_before_it_is_removed() -> None:
    script = netfilter.restore_script(changes([], [Chain(4, "nat", "R520-X", ("-j RETURN",))]))
    assert script == "*nat\n-F R520-X\n-X R520-X\nCOMMIT\n"


def test_nothing_to_do_runs_nothing(ran: list[Run]) -> None:
    netfilter.Netfilter().apply([])
    assert ran == []


def test_other_peoples_sets_are_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def run(argv: Sequence[str]) -> str:
        asked.append(tuple(argv))
        return (
            "KUBE-SVC\n0x520-svc4\n0x52-near\n" if argv[1] == "list" else f"create {argv[2]} hash:ip,port family inet\n"
        )

    monkeypatch.setattr(ipsets, "run", run)
    monkeypatch.setattr(ipsets, "run_together", lambda *commands: [run(argv) for argv in commands])
    assert ipsets.IpSets().read().live.owned == [IpSet("0x520-svc4", 4)]
    assert asked == [("ipset", "list", "-name"), ("ipset", "save", "0x520-svc4")]


def test_foreign_flows_are_told_apart_by_the_whole_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = " cookie=0x520, priority=1 actions=NORMAL\n", " cookie=0x10520, priority=2 actions=drop\n"
    dump = f"{ours}{theirs} priority=0 actions=NORMAL\n"
    monkeypatch.setattr(openflow, "run_together", lambda *_: [dump, ""])
    live = openflow.OpenFlow("tcp:192.0.2.1:6654").read().live
    assert live.owned == [Flow(0, 1, "", "NORMAL")]
    assert live.foreign == {
        ("flow", "table=0,priority=2"): "cookie=0x10520,table=0,priority=2 actions=drop",
        ("flow", "table=0,priority=0"): "cookie=0x0,table=0,priority=0 actions=NORMAL",
    }


def test_a_tool_that_fails_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(argv: Sequence[str], stdin: str = "") -> str:
        raise ToolError("ipset: no")

    monkeypatch.setattr(ipsets, "run", run)
    with pytest.raises(ToolError, match="ipset: no"):
        ipsets.IpSets().apply(changes([IpSet("0x520-svc4", 4)]))
