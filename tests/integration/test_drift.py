"""What somebody changes by hand is found (exit code 2) and mended, in every kind."""

import pytest

from tests.integration.cluster import Cluster

pytestmark = pytest.mark.node

OFCTL = "ovs-ofctl -O OpenFlow15"
VIP_FLOW = "table=20,priority=200,tcp,nw_dst=10.96.0.10,tp_dst=80"
BY_HAND = {
    "flow deleted": f"{OFCTL} del-flows br-int cookie=0x520/-1,table=20,tcp,nw_dst=10.96.0.10",
    "all flows deleted": f"{OFCTL} del-flows br-int cookie=0x520/-1",
    "flow altered": f"{OFCTL} add-flow br-int cookie=0x520,{VIP_FLOW},actions=drop",
    "flow given a timeout": f"{OFCTL} add-flow br-int cookie=0x520,idle_timeout=900,{VIP_FLOW},actions=drop",
    "flow added": f"{OFCTL} add-flow br-int cookie=0x520,table=20,priority=201,tcp,nw_dst=10.96.0.10,actions=drop",
    "groups deleted": f"{OFCTL} del-groups br-int",
    "group altered": f"{OFCTL} mod-group br-int group_id=GROUP,type=select,bucket=weight:1,actions=drop",
    "group added": f"{OFCTL} add-group br-int group_id=0x520fffff,type=select,bucket=weight:1,actions=drop",
    "route deleted": "ip route flush table 1312",
    "IPv6 route deleted": "ip -6 route flush table 1312",
    "route altered": "ip route replace default dev gw0 table 1312",
    "route added": "ip route add 192.0.2.0/24 dev gw0 table 1312",
    "blackhole added": "ip route add blackhole 192.0.2.0/24 table 1312",
    "main route deleted": "ip route del 169.254.0.253/32 dev gw0",
    "rule deleted": "ip rule del priority 1312",
    "IPv6 rule deleted": "ip -6 rule del priority 1312",
    "rule added": "ip rule add priority 1312 fwmark 0x1/0x1 table 1312",
    "rule narrowed": "ip rule add priority 1312 from 192.0.2.1 fwmark 0x52000/0x52000 table 1312",
    "rule suppressed": "ip rule add priority 1312 fwmark 0x52000/0x52000 suppress_prefixlength 0 table 1312",
    "rule inverted": "ip rule add not priority 1312 fwmark 0x52000/0x52000 table 1312",
    "IPv6 rule added": "ip -6 rule add priority 1312 iif lo table 1312",
    "route given an MTU": "ip route replace default via 169.254.0.253 dev gw0 onlink table 1312 mtu lock 1400",
    "route before ours": "ip route prepend default dev up0 table 1312",
    "route after ours": "ip route append default dev up0 table 1312",
    "IPv6 route after ours": "ip -6 route append default dev up0 table 1312",
    "route of another tos": "ip route add default tos 0x10 dev up0 table 1312",
    "main route of another tos": "ip route add 169.254.0.253/32 tos 0x8 dev up0 proto 82",
    "neighbour deleted": "ip neigh del 169.254.0.253 dev gw0",
    "neighbour altered": "ip neigh replace 169.254.0.253 dev gw0 lladdr 02:00:00:00:00:01",
    "set emptied": "ipset flush 0x520-svc4",
    "entry deleted": "ipset del 0x520-svc4 10.96.0.10,tcp:80",
    "entry added": "ipset add 0x520-svc6 fd00:96::99,tcp:80",
    "set added": "ipset create 0x520-other hash:ip,port family inet",
    "chain emptied": "iptables -t mangle -F R520-MARK",
    "rule added to a chain": "iptables -t nat -A R520-MASQUERADE -j RETURN",
    "chain added": "iptables -N R520-OTHER",
    "jump deleted": "iptables -t mangle -D OUTPUT -m comment --comment 0x520 -j R520-MARK",
    "jump doubled": "iptables -t mangle -I OUTPUT -m comment --comment 0x520 -j R520-MARK",
    "jump behind a foreign verdict": "iptables -t mangle -I OUTPUT -p tcp --dport 9 -j ACCEPT",
    "jump by goto": "iptables -t mangle -A OUTPUT -m comment --comment 0x520 -g R520-MARK",
    "jump altered": "iptables -t mangle -I OUTPUT -p tcp -m comment --comment 0x520 -j R520-MARK",
    "all tables emptied": "iptables -t mangle -F",
}


def group_of_pods(cluster: Cluster) -> str:
    shown = cluster.must(
        "worker-1", "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int", VIP_FLOW.partition(",p")[0]
    )
    line = next(line for line in shown.splitlines() if "tcp,nw_dst=10.96.0.10," in line)
    return line.rpartition("group:")[2]


@pytest.mark.parametrize("drift", BY_HAND)
def test_drift_is_found_and_mended(serving: Cluster, drift: str) -> None:
    command = BY_HAND[drift].replace("GROUP", group_of_pods(serving))
    serving.must("worker-1", *command.split(" "))
    checked = serving.reconcile("--check")
    assert checked.returncode == 2, checked.stdout + checked.stderr
    serving.apply()
    assert serving.reconcile("--check").returncode == 0
    for client in ("worker-1", "worker-1/client"):
        answers = serving.ask(client, "10.96.0.10", 80, 2)
        assert set(answers) <= {"worker-1/10.10.1.2:8080", "worker-1/10.10.1.3:8080"}


def test_the_check_touches_nothing(serving: Cluster) -> None:
    serving.must("worker-1", "ipset", "flush", "0x520-svc4")
    for _ in range(2):
        assert serving.reconcile("--check").returncode == 2
    shown = serving.reconcile("--check", "--output", "github")
    assert shown.returncode == 2
    assert f"::error file={serving.intents}/shop/paths.yaml,line=" in shown.stdout
    assert "10.96.0.10" not in serving.must("worker-1", "ipset", "save", "0x520-svc4")
    serving.apply()
