"""Other people's objects: byte-identical after apply, churn and release; and never taken over."""

import json
import re
import shlex

import pytest

from tests.integration.cluster import Cluster

pytestmark = pytest.mark.node

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
ip neigh add 10.10.1.99 dev gw0 lladdr 02:00:00:00:00:99 nud permanent
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


def test_foreign_objects_stay_byte_identical(cluster: Cluster) -> None:
    for line in FOREIGN.splitlines():
        cluster.must("worker-1", *shlex.split(line))
    try:
        before = snapshot(cluster)
        cluster.apply()
        assert foreign_only(snapshot(cluster)) == before, "after the apply"
        (cluster.intents / "shop" / "paths.yaml").write_text(
            (cluster.intents / "shop" / "paths.yaml").read_text().replace("10.10.1.3", "10.10.1.4")
        )
        cluster.apply()
        cluster.must("worker-1", "ipset", "flush", "0x520-svc4")
        cluster.apply()
        assert foreign_only(snapshot(cluster)) == before, "after the churn"
        assert cluster.reconcile("release").returncode == 0
        assert snapshot(cluster) == before, "after the release"
    finally:
        for line in CLEAN.splitlines():
            cluster.run("worker-1", *line.split(" "))


IN_THE_WAY = {
    "flow": (
        "ovs-ofctl -O OpenFlow15 add-flow br-int "
        "cookie=0x999,table=20,priority=200,tcp,nw_dst=10.96.0.10,tp_dst=80,actions=drop",
        "ovs-ofctl -O OpenFlow15 del-flows br-int cookie=0x999/-1",
        "cookie=0x999,table=20,priority=200,tcp,nw_dst=10.96.0.10,tp_dst=80 actions=drop",
    ),
    "route": (
        "ip route add 169.254.0.253/32 dev up0 proto static",
        "ip route del 169.254.0.253/32 dev up0",
        "169.254.0.253/32 dev up0 table 254 proto 4",
    ),
    "ipset": ("ipset create 0x520-svc4 hash:ip", "ipset destroy 0x520-svc4", "create 0x520-svc4 hash:ip"),
    "ipset of the other family": (
        "ipset create 0x520-svc4 hash:ip,port family inet6",
        "ipset destroy 0x520-svc4",
        "create 0x520-svc4 hash:ip,port family inet6",
    ),
    "ipset with a timeout": (
        "ipset create 0x520-svc4 hash:ip,port timeout 60",
        "ipset destroy 0x520-svc4",
        "create 0x520-svc4 hash:ip,port family inet",
    ),
    "chain": (
        "iptables-restore --noflush",
        "iptables-restore --noflush",
        "iptables -t mangle R520-MARK { -p tcp -j ACCEPT }",
    ),
}
CHAIN = "*mangle\n:R520-MARK - [0:0]\n-A R520-MARK -p tcp -j ACCEPT\nCOMMIT\n"
NO_CHAIN = "*mangle\n-F R520-MARK\n-X R520-MARK\nCOMMIT\n"


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_a_foreign_object_in_the_way_is_named_and_left_alone(cluster: Cluster, kind: str) -> None:
    put, remove, named = IN_THE_WAY[kind]
    cluster.must("worker-1", *put.split(" "), stdin=CHAIN)
    try:
        before = snapshot(cluster)
        for arguments in ((), ("--check",)):
            done = cluster.reconcile(*arguments)
            assert done.returncode == 1
            assert done.stdout == ""
            (line,) = [line for line in done.stderr.splitlines() if not line.startswith("note:")]
            assert f"a foreign {kind.partition(' ')[0]} is in the way" in line
            assert named in line
            assert "nodes.yaml:1" in line or "paths.yaml:2" in line
        assert snapshot(cluster) == before
    finally:
        cluster.must("worker-1", *remove.split(" "), stdin=NO_CHAIN)


def test_release_leaves_nothing_of_ours(applied: Cluster) -> None:
    done = applied.reconcile("release", "--output", "json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["summary"]["delete"] == len(document["changes"]) > 100
    again = json.loads(applied.reconcile("release", "--output", "json").stdout)
    assert again["inSync"] is True
    left = "\n".join("\n".join(dump) for dump in snapshot(applied))
    assert "0x520" not in left
    assert "R520" not in left
