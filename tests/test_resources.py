import pytest

from reconciler.origin import Origin
from reconciler.resources import (
    Chain,
    Entry,
    Flow,
    Group,
    IpSet,
    Jump,
    Neighbour,
    Resource,
    Route,
    Rule,
    by_key,
    family_of,
)
from reconciler.windows_resources import NetNat, NetNeighbor, NetRoute

REJECT = Chain(6, "filter", "R520-X", ("-i gw0 -j DROP", "-j RETURN"))
TABLE = [
    (
        Flow(20, 200, "tcp,nw_dst=10.96.0.1,tp_dst=80", "group:1"),
        "table=20,priority=200,tcp,nw_dst=10.96.0.1,tp_dst=80",
        "cookie=0x520,table=20,priority=200,tcp,nw_dst=10.96.0.1,tp_dst=80 actions=group:1",
    ),
    (Flow(0, 1, "", "NORMAL"), "table=0,priority=1", "cookie=0x520,table=0,priority=1 actions=NORMAL"),
    (Group(0x52000001, "type=select"), "group_id=0x52000001", "group_id=0x52000001,type=select"),
    (
        Neighbour("fc01::1", "gw0", "aa:bb:cc:dd:ee:ff"),
        "fc01::1 dev gw0",
        "fc01::1 dev gw0 lladdr aa:bb:cc:dd:ee:ff PERMANENT",
    ),
    (
        Route(4, 254, "169.254.0.253/32", "gw0"),
        "169.254.0.253/32 table 254",
        "169.254.0.253/32 dev gw0 table 254",
    ),
    (
        Route(6, 1312, "::/0", "gw0", "fc01::1"),
        "::/0 table 1312",
        "::/0 via fc01::1 dev gw0 table 1312 onlink",
    ),
    (
        Route(4, 1312, "10.0.0.0/8", "", type="blackhole", metric=7),
        "10.0.0.0/8 table 1312 metric 7",
        "blackhole 10.0.0.0/8 table 1312 metric 7",
    ),
    (
        Rule(4, 1312, "fwmark 0x52000/0x52000", 1312),
        "inet priority 1312 table 1312",
        "inet priority 1312 fwmark 0x52000/0x52000 table 1312",
    ),
    (
        Rule(6, 1312, "not iifname lo", 1312),
        "inet6 priority 1312 table 1312",
        "inet6 priority 1312 not iifname lo table 1312",
    ),
    (IpSet("0x520-svc4", 4), "0x520-svc4", "create 0x520-svc4 hash:ip,port family inet"),
    (IpSet("0x520-svc6", 6), "0x520-svc6", "create 0x520-svc6 hash:ip,port family inet6"),
    (Entry("0x520-svc4", "10.96.0.1,tcp:80"), "0x520-svc4 10.96.0.1,tcp:80", "add 0x520-svc4 10.96.0.1,tcp:80"),
    (REJECT, "ip6tables -t filter R520-X", "ip6tables -t filter R520-X { -i gw0 -j DROP ; -j RETURN }"),
    (
        NetRoute("10.96.0.1/32", "gw0", "10.96.0.1"),
        "-InterfaceAlias gw0 -DestinationPrefix 10.96.0.1/32",
        "New-NetRoute -InterfaceAlias gw0 -DestinationPrefix 10.96.0.1/32 -NextHop 10.96.0.1 -RouteMetric 1312 "
        "-PolicyStore ActiveStore",
    ),
    (
        NetNeighbor("fd00::1", "gw0", "AA-BB-CC-DD-EE-FF"),
        "-InterfaceAlias gw0 -IPAddress fd00::1",
        "New-NetNeighbor -InterfaceAlias gw0 -IPAddress fd00::1 -LinkLayerAddress AA-BB-CC-DD-EE-FF -State Permanent "
        "-PolicyStore ActiveStore",
    ),
    (
        NetNat("169.254.0.253/32"),
        "-Name 0x520",
        "New-NetNat -Name 0x520 -InternalIPInterfaceAddressPrefix 169.254.0.253/32",
    ),
    (Jump(4, "nat", "OUTPUT -j R520-X"), "iptables -t nat OUTPUT -j R520-X", "iptables -t nat OUTPUT -j R520-X"),
]


@pytest.mark.parametrize(("resource", "key", "text"), TABLE)
def test_key_and_text(resource: Resource, key: str, text: str) -> None:
    assert (resource.key, resource.text) == (key, text)


def test_who_asked_is_no_difference() -> None:
    asked = Flow(0, 1, "", "NORMAL", Origin("a.yaml", 1))
    assert asked == Flow(0, 1, "", "NORMAL")
    assert asked != Flow(0, 1, "", "drop")


def test_kinds_do_not_share_keys() -> None:
    same_text = (IpSet("x", 4), Jump(4, "nat", "x"), Rule(4, 1, "x", 1))
    assert len(by_key(same_text)) == len(same_text)


@pytest.mark.parametrize(("address", "family"), [("10.0.0.1", 4), ("::", 6), ("fd00::1/64", 6), ("0.0.0.0/0", 4)])
def test_family_of(address: str, family: int) -> None:
    assert family_of(address) == family
