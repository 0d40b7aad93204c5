"""`parse(render(x)) == x`: what we would write is read back as the same value."""

import random
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import ofctl_text
from reconciler.drivers import ipsets, netfilter
from reconciler.ownership import COOKIE, GROUP_PREFIX, GROUP_SPACE
from reconciler.resources import Chain, Entry, Flow, Group, IpSet, Jump, Resource, by_key
from tests.declared import desired, service

FULL = desired(
    service("web", ["10.96.0.1", "fd00:96::1"], ["10.10.1.2", {"ip": "172.30.0.1", "weight": 1}, "fd00:10:1::2"]),
    service("none", ["10.96.0.2"], []),
    service("sctp", ["10.96.0.3"], ["10.10.2.2"], ports=[{"port": 9, "protocol": "SCTP"}]),
)
MATCHES = st.sampled_from([r.match for r in FULL.values() if isinstance(r, Flow) and r.match])
ACTIONS = st.sampled_from([r.actions for r in FULL.values() if isinstance(r, Flow)])
FLOWS = st.builds(Flow, st.integers(0, 254), st.integers(0, 65535) | st.just(32768), MATCHES, ACTIONS)


def dumped(flow: Flow, cookie: int = COOKIE, extra: str = "") -> str:
    """As `ovs-ofctl dump-flows` prints it: cookie 0, table 0 and the default priority are left out."""
    cookie_text = f"cookie={cookie:#x}, " if cookie else ""
    table = f"table={flow.table}, " if flow.table else ""
    priority = "" if flow.priority == ofctl_text.DEFAULT_PRIORITY else f"priority={flow.priority}"
    match = ",".join(part for part in (priority, flow.match) if part)
    return f" {cookie_text}{table}{extra}{match} actions={flow.actions}"


@given(st.lists(st.tuples(st.sampled_from([COOKIE, 0, 0x52000, 0x10520]), FLOWS)))
def test_flows(flows: list[tuple[int, Flow]]) -> None:
    dump = "OFPST_FLOW reply (OF1.5) (xid=0x2):\n" + "".join(f"{dumped(flow, cookie)}\n" for cookie, flow in flows)
    assert list(ofctl_text.parse_flows(dump)) == flows


@given(FLOWS, st.sampled_from(["idle_timeout=60, ", "hard_timeout=1, ", "idle_timeout=1, importance=3, "]))
def test_a_flow_that_we_would_not_have_written_differs_but_keeps_its_key(flow: Flow, extra: str) -> None:
    ((_, read),) = ofctl_text.parse_flows(dumped(flow, extra=extra))
    assert read.key == flow.key
    assert read != flow


BODIES = st.sampled_from([r.body for r in FULL.values() if isinstance(r, Group)])


@given(st.lists(st.builds(Group, st.integers(GROUP_PREFIX, GROUP_PREFIX + GROUP_SPACE - 1), BODIES)))
def test_groups(groups: list[Group]) -> None:
    dump = "OFPST_GROUP_DESC reply (OF1.5) (xid=0x2):\n"
    dump += "".join(f" group_id={group.id},{group.body}\n group_id={group.id & 0xFF},type=all\n" for group in groups)
    assert list(ofctl_text.parse_groups(dump)) == groups


MEMBERS = st.builds(
    lambda ip, protocol, port: f"{ip},{protocol}:{port}",
    st.ip_addresses(),
    st.sampled_from(["tcp", "udp", "sctp"]),
    st.integers(1, 65535),
)
SETS = st.dictionaries(st.sampled_from(["0x520-svc4", "0x520-svc6", "0x520-rej4"]), st.lists(MEMBERS, unique=True))


@given(SETS)
def test_sets(members: dict[str, list[str]]) -> None:
    resources: list[Resource] = []
    for name, of_set in members.items():
        resources += [IpSet(name, 6 if name[-1] == "6" else 4), *(Entry(name, member) for member in of_set)]
    sizes = " hashsize 1024 maxelem 1048576 bucketsize 12 initval 0xbaca8786"
    dump = "".join(f"{r.text}{sizes if isinstance(r, IpSet) else ''}\n" for r in resources)
    assert ipsets.parse(dump).owned == resources


@given(st.lists(MEMBERS, unique=True), st.randoms())
def test_a_set_is_the_same_whatever_sizes_and_order_the_kernel_deals(members: list[str], chance: random.Random) -> None:
    one, other = saved_set(members, "hashsize 1024 bucketsize 12 initval 0xbaca8786"), sorted(members)
    chance.shuffle(other)
    another = saved_set(other, "hashsize 16384 bucketsize 14 initval 0x1d2e3f40")
    assert ipsets.lasting(one) == ipsets.lasting(another)
    assert by_key(ipsets.parse(ipsets.lasting(one)).owned) == by_key(ipsets.parse(one).owned)


@given(st.lists(MEMBERS, unique=True, min_size=1))
def test_a_set_is_another_with_other_members_or_of_another_make(members: list[str]) -> None:
    one = ipsets.lasting(saved_set(members, "hashsize 1024"))
    assert one != ipsets.lasting(saved_set(members[1:], "hashsize 1024"))
    assert one != ipsets.lasting(saved_set(members, "hashsize 1024 timeout 30"))


def saved_set(members: list[str], options: str) -> str:
    head = f"create 0x520-svc4 hash:ip,port family inet {options}\n"
    return head + "".join(f"add 0x520-svc4 {member}\n" for member in members)


@pytest.mark.parametrize("family", [4, 6])
def test_chains_and_jumps(family: int) -> None:
    """A save that holds what a restore was given is read as what was asked for."""
    wanted = [r for r in FULL.values() if isinstance(r, Chain | Jump) and r.family == family]
    live = netfilter.parse(4 if family == 4 else 6, saved(wanted))
    assert by_key(live.owned) == by_key(wanted)
    assert not live.foreign


def saved(wanted: list[Chain | Jump]) -> str:
    lines = []
    for table in sorted({r.table for r in wanted}):
        chains = [r for r in wanted if isinstance(r, Chain) and r.table == table]
        lines += [f"*{table}", ":OUTPUT ACCEPT [0:0]", *(f":{chain.name} - [0:0]" for chain in chains)]
        lines += [f"-A {r.rule}" for r in wanted if isinstance(r, Jump) and r.table == table]
        lines += [f"-A {chain.name} {rule}" for chain in chains for rule in chain.rules]
        lines += ["COMMIT"]
    return "\n".join(lines)


@pytest.mark.skipif(shutil.which("ovs-ofctl") is None, reason="ovs-ofctl is not installed")
def test_ovs_ofctl_understands_every_flow() -> None:
    flows = "".join(f"{r.text}\n" for r in FULL.values() if isinstance(r, Flow))
    argv = ("ovs-ofctl", "-O", "OpenFlow15", "parse-flows", "-")
    done = subprocess.run(argv, input=flows, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("FLOW_MOD") == flows.count("\n")
