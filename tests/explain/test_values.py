from collections.abc import Sequence

import pytest

from reconciler.explain.clients import callers, named
from reconciler.explain.declared import Declared
from reconciler.explain.kernel_text import counted, parse_connections
from reconciler.explain.packets import REPLY, REQUEST, Packet
from reconciler.explain.table import as_table
from reconciler.explain.trace_text import parse_trace
from reconciler.explain.values import Client, Evidence, Explanation, Path, Step, Way, first_broken
from reconciler.facts import View
from reconciler.ownership import CT_MARK
from tests.declared import FACTS, HERE, desired, intents, node, service

VIP = "10.96.0.10"


def step(name: str, *verdicts: str) -> Step:
    found = tuple(Evidence("flow", f"{name}-{i}", verdict, intent=HERE) for i, verdict in enumerate(verdicts))  # type: ignore[arg-type]
    return Step(name, "forward", "bridge", name, "10.10.1.2", VIP, found)


def path(service: str, *steps: Step, ways: Sequence[Way] = ()) -> Path:
    return Path(service, VIP, "TCP", 80, Client("pod", "10.10.1.2", "10.10.1.2"), HERE, steps, tuple(ways))


def test_the_first_broken_step_is_the_first_in_the_order_of_the_packet() -> None:
    steps = [step("a", "ok"), step("b", "ok", "foreign", "missing"), step("c", "missing")]
    broken = first_broken(steps)
    assert broken
    assert (broken.step.name, broken.evidence.key) == ("b", "b-1")
    assert [s.verdict for s in steps] == ["ok", "foreign", "missing"]


def test_a_path_is_whole_when_every_way_is() -> None:
    way = Way("10.10.1.3", 8080, 1.0, "pod", (step("d", "ok"),))
    assert path("x/y", step("a", "ok"), ways=[way]).whole
    gone = Way("10.10.1.3", 8080, 1.0, "pod", (step("d", "missing"),))
    assert not path("x/y", step("a", "ok"), ways=[gone]).whole


def test_the_table_has_what_is_broken_first() -> None:
    paths = (path("a/whole", step("a", "ok")), path("b/broken", step("b", "missing")))
    _, first, second, last = as_table(Explanation("worker-1", "br-int", paths), colour=False)
    assert first.startswith("b/broken")
    assert "flow b-0 is missing (intents/all.yaml:3)" in first
    assert second.startswith("a/whole")
    assert last.startswith("worker-1: 1 of 2 paths not whole")


@pytest.mark.parametrize(
    ("packet", "tables"),
    [
        (Packet("TCP", "2", "10.10.1.2", VIP, destination_port=80), [0, 10, 20]),
        (Packet("TCP", "2", "10.10.1.2", VIP, destination_port=81, eth_dst="0a:00:00:00:00:01"), [0, 10, 20, 40]),
        (Packet("TCP", "1", "10.10.1.1", "10.10.1.3", state=REQUEST, mark=CT_MARK), [0, 10, 30]),
        (Packet("TCP", "1", "10.10.1.1", "172.30.0.1", state=REQUEST, mark=CT_MARK), [0, 10, 30, 35]),
        (Packet("TCP", "2", "10.10.1.2", "10.10.1.2", state=REQUEST, mark=CT_MARK), [0, 10, 30, 35]),
        (Packet("TCP", "3", "10.10.1.3", "10.10.1.1", state=REPLY, mark=CT_MARK), [0, 10, 30]),
        (Packet("TCP", "7", "192.0.2.1", VIP, destination_port=80), [0]),
    ],
)
def test_the_tables_that_a_packet_should_pass(packet: Packet, tables: list[int]) -> None:
    declared = Declared(desired(service("web", [VIP], ["10.10.1.3"])))
    assert [met[0].table for met in declared.way(packet)] == tables


TRACE = """\
Flow: tcp,in_port=1
bridge("br-int")
----------------
 0. ip,in_port=1, priority 270, cookie 0x520
    ct(table=10,zone=1312,nat)
     -> A clone of the packet is forked to recirculate.

Final flow: unchanged
Datapath actions: ct(zone=1312,nat),recirc(0x1)

===============================================================================
recirc(0x1) - resume conntrack with ct_state=new|trk
===============================================================================

Flow: recirc_id=0x1,ct_state=new|trk,ct_mark=0x520,tcp6
bridge("br-int")
----------------
    thaw
        Resuming from table 10
10. priority 0
    resubmit(,12)
    12. No match.
            drop
42. tcp, priority 7, cookie 0x99
    ct(commit,table=30,zone=1312,nat(dst=[fd00::2]:8080),exec(set_field:0x520->ct_mark))
    output:NXM_NX_REG1[]
     -> output port is 11

Final flow: unchanged
Datapath actions: 4
"""


def test_a_trace_is_read() -> None:
    trace = parse_trace(TRACE)
    keys = ["table=0,priority=270,ip,in_port=1", "table=10,priority=0", "table=12", "table=42,priority=7,tcp"]
    assert [hop.key for hop in trace.hops] == keys
    assert [hop.cookie for hop in trace.hops] == [0x520, 0, 0, 0x99]
    assert (trace.chosen, trace.mark, trace.out, trace.actions) == ("[fd00::2]:8080", 0x520, "11", "4")


def test_counters_are_read_with_their_chains_and_jumps() -> None:
    dump = "*mangle\n:R520-MARK - [0:0]\n[5:300] -A OUTPUT -j R520-MARK\n[3:9] -A R520-MARK -j MARK\nCOMMIT\n"
    assert counted(4, dump) == {
        ("chain", "iptables -t mangle R520-MARK"): "iptables -t mangle R520-MARK { [3:9] -j MARK }",
        ("jump", "iptables -t mangle OUTPUT -j R520-MARK"): "iptables -t mangle OUTPUT [5:300] -j R520-MARK",
    }


def test_connections_are_read() -> None:
    line = (
        "tcp,orig=(src=10.10.1.1,dst=10.96.0.10,sport=40000,dport=80),"
        "reply=(src=10.10.1.2,dst=10.10.1.1,sport=8080,dport=40000),zone=1312,mark=1312,protoinfo=(state=ESTABLISHED)\n"
    )
    (held,) = parse_connections(line)
    assert (held.zone, held.protocol, held.asked, held.answers) == (1312, "TCP", "10.96.0.10:80", "10.10.1.2:8080")


def view(*endpoints: str) -> View:
    known = intents(service("web", [VIP], list(endpoints)))
    return View(known.nodes["worker-1"], known.services, FACTS)


@pytest.mark.parametrize(
    ("endpoints", "found"),
    [
        (["10.10.1.2"], [("node", "worker-1", False), ("pod", "10.10.1.3", False), ("pod", "10.10.1.2", True)]),
        (
            ["10.10.1.2", "10.10.1.3"],
            [("node", "worker-1", False), ("pod", "10.10.1.2", False), ("pod", "10.10.1.3", True)],
        ),
        (["172.30.0.2"], [("node", "worker-1", False), ("pod", "10.10.1.2", False)]),
    ],
)
def test_one_of_every_kind_of_client_is_asked_about(endpoints: list[str], found: list[tuple[str, str, bool]]) -> None:
    known = view(*endpoints)
    asked = callers(known, known.services["default/web"].spec)
    assert [(caller.kind, caller.name, caller.itself) for caller in asked] == found


@pytest.mark.parametrize(
    ("client", "why"),
    [
        ("192.0.2.1", "192.0.2.1 is nobody's here"),
        ("10.10.1.77", "10.10.1.77 lies in the podCIDRs of worker-1, but no Interface of bridge br-int has it"),
        ("10.10.2.2", "10.10.2.2 is of node worker-2"),
        ("169.254.0.253", "169.254.0.253 is the virtual IP of worker-1"),
    ],
)
def test_who_is_not_served_is_told_why(client: str, why: str) -> None:
    other = node(name="worker-2", addresses=["172.30.0.2"], podCIDRs=["10.10.2.0/24"])
    (told,) = named(view(), client, {}, [other]).unserved.values()
    assert told.startswith(why)
