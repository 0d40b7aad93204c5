"""The counts of Open vSwitch 3.1.0, as its commands print them."""

import pytest

from bench.counters import between, read
from bench.figures import Visits

FLOWS = """\
flow-dump from the main thread:
recirc_id(0),in_port(4),packet_type(ns=0,id=0),eth_type(0x0800),ipv4(src=10.10.1.250/255.255.255.0,dst=10.97.0.1), \
packets:PACKETS, bytes:264, used:0.025s, flags:F., actions:ct(zone=1312,nat),recirc(0x3)
ct_state(+new+trk),recirc_id(0x3),in_port(4),eth_type(0x0800), packets:7, bytes:0, used:never, \
actions:hash(l4(0)),recirc(0x4)
recirc_id(0x4),dp_hash(0x385f8488/0xf),in_port(4), packets:1, bytes:0, used:never, \
actions:ct(commit,zone=1312,mark=0x520/0xffffffff,nat(dst=10.10.1.2:8080)),recirc(0x5)
recirc_id(0x9),in_port(4), packets:2, bytes:0, used:never, actions:ct_clear,ct(zone=1),ct(zone=2),recirc(0xa)
"""
STATISTICS = """\
main thread:
  packets received: RECEIVED
  packet recirculations: AGAIN
  avg. datapath passes per packet: 1.83
"""
AGGREGATE = "OFPST_AGGREGATE reply (OF1.5) (xid=0x2): packet_count=LOOKUPS byte_count=2418 flow_count=48\n"


def text(template: str, **numbers: int) -> str:
    for name, number in numbers.items():
        template = template.replace(name, str(number))
    return template


def test_counts_are_read() -> None:
    counts = read(text(STATISTICS, RECEIVED=12, AGAIN=10), text(AGGREGATE, LOOKUPS=29), text(FLOWS, PACKETS=4))
    assert (counts.received, counts.recirculated, counts.lookups) == (12, 10, 29)
    assert sorted(counts.tracked.values()) == [1, 4, 2 * 2]


def test_what_a_packet_met_is_what_was_counted_in_between() -> None:
    before = read(text(STATISTICS, RECEIVED=12, AGAIN=10), text(AGGREGATE, LOOKUPS=30), text(FLOWS, PACKETS=4))
    after = read(text(STATISTICS, RECEIVED=112, AGAIN=110), text(AGGREGATE, LOOKUPS=330), text(FLOWS, PACKETS=104))
    assert between(before, after, 1) == Visits(lookups=3, conntrack=1, passes=2)
    assert between(before, after, 2) == Visits(lookups=6, conntrack=2, passes=4)


def test_a_flow_that_was_not_there_before_counts_whole() -> None:
    before = read(text(STATISTICS, RECEIVED=0, AGAIN=0), text(AGGREGATE, LOOKUPS=0), "")
    after = read(text(STATISTICS, RECEIVED=10, AGAIN=0), text(AGGREGATE, LOOKUPS=0), text(FLOWS, PACKETS=5))
    assert between(before, after, 1).conntrack == pytest.approx(1.0)
