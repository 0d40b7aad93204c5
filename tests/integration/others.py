"""Other people's objects on `worker-1`, many of them close to ours, and what they look like."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.cluster import Cluster

OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")
FOREIGN = """\
ovs-ofctl -O OpenFlow15 add-flow br-int cookie=0x521,table=20,priority=5,tcp,actions=drop
ovs-ofctl -O OpenFlow15 add-flow br-int cookie=0x10520,table=0,priority=500,udp,tp_dst=4789,actions=NORMAL
ovs-ofctl -O OpenFlow15 add-flow br-int table=77,priority=5,ip,nw_dst=10.96.0.10,actions=resubmit(,78)
ovs-ofctl -O OpenFlow15 add-group br-int group_id=0x51fffff,type=select,bucket=weight:1,actions=drop
ovs-ofctl -O OpenFlow15 add-group br-int group_id=0x52100000,type=all,bucket=actions=drop
ip route add 198.51.100.0/24 dev gw0
ip route add 198.51.100.0/24 dev gw0 table 1313
ip -6 route add 2001:db8:1::/48 dev gw0 table 1311
ip rule add priority 1311 fwmark 0x52000/0x52000 table 1313
ip rule add priority 1312 fwmark 0x1/0x1 table 1313
ip neigh replace 10.10.1.99 dev gw0 lladdr 02:00:00:00:00:99 nud permanent
ipset create 0x52-other hash:ip
ipset add 0x52-other 192.0.2.1
ipset create kube-svc hash:ip,port
ipset add kube-svc 10.96.0.10,tcp:80
iptables -N R521-CHAIN
iptables -A FORWARD -i eth7 -m comment --comment 0x520x -j R521-CHAIN
iptables -t nat -A POSTROUTING -s 198.51.100.0/24 -m comment --comment "for 0x520" -j MASQUERADE
iptables -t mangle -A OUTPUT -d 192.0.2.7 -j MARK --set-xmark 0x4000/0x4000
ip6tables -t mangle -A OUTPUT -d 2001:db8::7 -j MARK --set-xmark 0x4000/0x4000
ip6tables -t nat -A POSTROUTING -s 2001:db8:1::/48 -j MASQUERADE
ip6tables -A FORWARD -i eth7 -j ACCEPT
"""
SNAPSHOT = (
    (*OFCTL, "--no-stats", "dump-flows", "br-int"),
    (*OFCTL, "dump-groups", "br-int"),
    ("ip", "route", "show", "table", "all"),
    ("ip", "-6", "route", "show", "table", "all"),
    ("ip", "rule"),
    ("ip", "-6", "rule"),
    ("ip", "neigh", "show", "nud", "permanent"),
    ("ipset", "save"),
    ("iptables-save",),
    ("ip6tables-save",),
    ("sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.gw0.rp_filter", "net.ipv6.conf.all.forwarding"),
    ("ovs-vsctl", "show"),
)
CLEAN = """\
ovs-ofctl -O OpenFlow15 del-flows br-int cookie=0x521/-1
ovs-ofctl -O OpenFlow15 del-flows br-int cookie=0x10520/-1
ovs-ofctl -O OpenFlow15 del-flows br-int table=77
ovs-ofctl -O OpenFlow15 del-groups br-int
ip route del 198.51.100.0/24 dev gw0
ip route flush table 1313
ip -6 route flush table 1311
ip rule del priority 1311
ip rule del priority 1312
ip neigh del 10.10.1.99 dev gw0
ipset destroy 0x52-other
ipset destroy kube-svc
iptables -F FORWARD
iptables -X R521-CHAIN
iptables -t nat -F POSTROUTING
iptables -t mangle -F OUTPUT
ip6tables -t mangle -F OUTPUT
ip6tables -t nat -F POSTROUTING
ip6tables -F FORWARD
"""


@contextmanager
def among_others(cluster: Cluster) -> Iterator[list[list[str]]]:
    """Other people's objects are there; yields what the node looks like with them, and nothing of ours."""
    try:
        for line in FOREIGN.splitlines():
            cluster.must("worker-1", *shlex.split(line))
        yield snapshot(cluster)
    finally:
        for line in CLEAN.splitlines():
            cluster.run("worker-1", *line.split(" "))


def snapshot(cluster: Cluster) -> list[list[str]]:
    dumps = [cluster.must("worker-1", *command).splitlines() for command in SNAPSHOT]
    # Dates in iptables-save; the order of a dump follows a hash, and kernel-made entries come and go.
    return [sorted(line for line in dump if not volatile(line)) for dump in dumps]


def volatile(line: str) -> bool:
    return line.startswith("#") or "fe80" in line or "multicast" in line or "(xid=" in line


def foreign_only(dumps: list[list[str]]) -> list[list[str]]:
    mine = ("cookie=0x520,", "0x520-", "R520-")
    steering = ("169.254.0.253", "fc01::aabb:ccdd:eeff", "lookup 1312", "table 1312")
    return [
        [line for line in dump if not (any(m in line for m in mine + steering) or our_group(line))] for dump in dumps
    ]


def our_group(line: str) -> bool:
    found = re.match(r" group_id=(\d+),", line)
    return found is not None and int(found[1]) >> 20 == 0x520
