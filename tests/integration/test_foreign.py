"""Other people's objects: byte-identical after apply, churn and release; and never taken over."""

import json

import pytest

from tests.integration.cluster import Cluster
from tests.integration.others import among_others, foreign_only, snapshot

pytestmark = pytest.mark.node


def test_foreign_objects_stay_byte_identical(cluster: Cluster) -> None:
    with among_others(cluster) as before:
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
