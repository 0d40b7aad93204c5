"""What becomes of a packet, by where the client is and where the endpoint is."""

import pytest

from reconciler.desired import Desired
from reconciler.ownership import CT_MARK
from reconciler.pipeline import VIRTUAL_MAC
from tests.declared import desired, service
from tests.packets.tracer import Connection, Outcome, Packet, trace

GW_MAC, POD2, POD3 = "0a:00:00:00:00:01", "0a:00:00:00:00:02", "0a:00:00:00:00:03"
REMOTE_POD, REMOTE_NODE, HOST = "10.10.2.2", "172.30.0.2", "172.30.0.1"
VIRTUAL, VIRTUAL6 = "169.254.0.253", "fc01::aabb:ccdd:eeff"
VIP, VIP6 = "10.96.0.10", "fd00:96::10"


def bridge(*endpoints: str) -> Desired:
    return desired(service("web", [VIP, VIP6], list(endpoints)))


POD, NODE = ("2", "10.10.1.2"), ("1", "10.10.1.1")
POD6, NODE6 = ("2", "fd00:10:1::2"), ("1", "fd00:10:1::1")


@pytest.mark.parametrize(
    ("client", "endpoint", "outcome"),
    [
        # a client sees its own address at the endpoint, unless the packet goes back to the host
        (POD, "10.10.1.3", Outcome("output:3", "10.10.1.2", "10.10.1.3", POD3)),
        (POD, HOST, Outcome("output:1", "10.10.1.2", HOST, GW_MAC)),
        (POD, REMOTE_NODE, Outcome("output:1", "10.10.1.2", REMOTE_NODE, GW_MAC)),
        (POD, REMOTE_POD, Outcome("output:1", "10.10.1.2", REMOTE_POD, GW_MAC)),
        (POD, "10.10.1.9", Outcome("output:1", "10.10.1.2", "10.10.1.9", GW_MAC)),
        (NODE, "10.10.1.3", Outcome("output:3", "10.10.1.1", "10.10.1.3", POD3)),
        (NODE, HOST, Outcome("IN_PORT", VIRTUAL, HOST, GW_MAC)),
        (NODE, REMOTE_NODE, Outcome("IN_PORT", VIRTUAL, REMOTE_NODE, GW_MAC)),
        (NODE, REMOTE_POD, Outcome("IN_PORT", VIRTUAL, REMOTE_POD, GW_MAC)),
        (POD, "10.10.1.2", Outcome("IN_PORT", VIRTUAL, "10.10.1.2", POD2)),
        (POD6, "fd00:10:1::3", Outcome("output:3", "fd00:10:1::2", "fd00:10:1::3", POD3)),
        (POD6, "fd00:172::1", Outcome("output:1", "fd00:10:1::2", "fd00:172::1", GW_MAC)),
        (POD6, "fd00:10:1::2", Outcome("IN_PORT", VIRTUAL6, "fd00:10:1::2", POD2)),
        (NODE6, "fd00:10:1::3", Outcome("output:3", "fd00:10:1::1", "fd00:10:1::3", POD3)),
        (NODE6, "fd00:172::1", Outcome("IN_PORT", VIRTUAL6, "fd00:172::1", GW_MAC)),
        (NODE6, "fd00:10:2::2", Outcome("IN_PORT", VIRTUAL6, "fd00:10:2::2", GW_MAC)),
    ],
)
@pytest.mark.parametrize("established", [False, True])
def test_a_request(client: tuple[str, str], endpoint: str, outcome: Outcome, *, established: bool) -> None:
    """The first packet goes through the group, the following ones through conntrack, to the same place."""
    vip = VIP6 if ":" in endpoint else VIP
    connection = Connection(reply=False, mark=CT_MARK, nat=endpoint) if established else None
    assert trace(bridge(endpoint), Packet(*client, vip, connection=connection, dl_dst=VIRTUAL_MAC)) == outcome


@pytest.mark.parametrize(
    ("packet", "outcome"),
    [
        # to a pod: from a pod, the host, a remote endpoint
        (("3", "10.10.1.3", "10.10.1.2"), Outcome("output:2", VIP, "10.10.1.2", POD2)),
        (("1", HOST, "10.10.1.2"), Outcome("output:2", VIP, "10.10.1.2", POD2)),
        (("1", REMOTE_NODE, "10.10.1.2"), Outcome("output:2", VIP, "10.10.1.2", POD2)),
        # to the node: from a pod, and from what the node reached under the virtual IP
        (("3", "10.10.1.3", "10.10.1.1"), Outcome("output:1", VIP, "10.10.1.1", GW_MAC)),
        (("1", HOST, VIRTUAL), Outcome("IN_PORT", VIP, "10.10.1.1", GW_MAC)),
        (("1", REMOTE_POD, VIRTUAL), Outcome("IN_PORT", VIP, "10.10.1.1", GW_MAC)),
        # hairpin
        (("2", "10.10.1.2", VIRTUAL), Outcome("IN_PORT", VIP, "10.10.1.2", POD2)),
    ],
)
def test_an_answer_comes_from_the_vip(packet: tuple[str, str, str], outcome: Outcome) -> None:
    connection = Connection(reply=True, mark=CT_MARK, nat=VIP, behind=outcome.dst)
    assert trace(bridge("10.10.1.3"), Packet(*packet, tp_dst=33333, connection=connection)) == outcome


@pytest.mark.parametrize("client", [POD, POD6])
def test_without_endpoints_a_pods_packet_goes_to_the_host_that_refuses_it(client: tuple[str, str]) -> None:
    vip = VIP6 if ":" in client[1] else VIP
    assert trace(bridge(), Packet(*client, vip)) == Outcome("output:1", client[1], vip, GW_MAC)


@pytest.mark.parametrize("port", [81, 8080])
def test_another_port_of_a_vip_is_not_balanced(port: int) -> None:
    away = Packet(*POD, VIP, tp_dst=port, dl_dst=GW_MAC)
    assert trace(bridge("10.10.1.3"), away) == Outcome("NORMAL", "10.10.1.2", VIP, GW_MAC)


def test_another_protocol_of_a_vip_is_not_balanced() -> None:
    assert trace(bridge("10.10.1.3"), Packet(*POD, VIP, protocol="udp")).to == "NORMAL"


DIRECT = Connection(reply=False)
ANSWER = Connection(reply=True)
ORDINARY = {
    "pod to pod": Packet(*POD, "10.10.1.3", dl_dst=POD3),
    "pod to pod, established": Packet(*POD, "10.10.1.3", dl_dst=POD3, connection=DIRECT),
    "pod to pod, answer": Packet("3", "10.10.1.3", "10.10.1.2", dl_dst=POD2, connection=ANSWER),
    "pod to the world": Packet(*POD, "198.51.100.7", dl_dst=GW_MAC),
    "node to pod": Packet(*NODE, "10.10.1.3", dl_dst=POD3),
    "pod to node, answer": Packet("3", "10.10.1.3", "10.10.1.1", dl_dst=GW_MAC, connection=ANSWER),
    "forwarded from the host": Packet("1", "198.51.100.7", "10.10.1.2", dl_dst=POD2),
    "sent back by the host": Packet("1", "10.10.1.2", "10.10.1.3", dl_dst=POD3),
    "other people's addresses": Packet("7", "192.0.2.1", "192.0.2.2"),
    "other people's to a VIP": Packet("7", "192.0.2.1", VIP),
    "ARP": Packet("2", "10.10.1.2", VIP, protocol="arp", dl_dst="ff:ff:ff:ff:ff:ff"),
    "ARP answer": Packet("2", "10.10.1.2", "10.10.1.1", protocol="arp", dl_dst=GW_MAC),
    "multicast": Packet("2", "10.10.1.2", "224.0.0.251", protocol="udp", dl_dst="01:00:5e:00:00:fb"),
    "broadcast": Packet("2", "10.10.1.2", "255.255.255.255", protocol="udp", dl_dst="ff:ff:ff:ff:ff:ff"),
    "neighbour advertisement": Packet(
        "2", "fd00:10:1::2", "fd00:10:1::1", protocol="icmp6", icmp_type=136, dl_dst=GW_MAC
    ),
}


@pytest.mark.parametrize("packet", ORDINARY.values(), ids=ORDINARY)
def test_all_else_is_switched_untouched(packet: Packet) -> None:
    assert trace(bridge("10.10.1.3"), packet) == Outcome("NORMAL", packet.src, packet.dst, packet.dl_dst)


@pytest.mark.parametrize("connection", [None, DIRECT])
def test_a_stray_packet_for_the_virtual_mac_is_not_flooded(connection: Connection | None) -> None:
    stray = Packet(*NODE, "10.96.0.99", dl_dst=VIRTUAL_MAC, connection=connection)
    assert trace(bridge("10.10.1.3"), stray).to == "drop"


def test_an_endpoint_that_left_keeps_its_established_connections() -> None:
    kept = Connection(reply=False, mark=CT_MARK, nat="10.10.1.3")
    for endpoints in ((), ("10.10.1.2",)):
        arrived = trace(bridge(*endpoints), Packet(*POD, VIP, connection=kept))
        assert arrived == Outcome("output:3", "10.10.1.2", "10.10.1.3", POD3)


def test_a_connection_that_is_not_ours_is_switched_although_it_is_established() -> None:
    other = Connection(reply=False, mark=0x7)
    assert trace(bridge("10.10.1.3"), Packet(*POD, "10.10.1.3", connection=other)).to == "NORMAL"


BALANCED = Connection(reply=False, mark=CT_MARK)


@pytest.mark.parametrize(("source", "destination"), [("10.10.1.2", "10.10.1.9"), (VIRTUAL, "10.10.1.9")])
def test_what_the_host_sends_back_is_not_tracked_again(source: str, destination: str) -> None:
    back = trace(bridge("10.10.1.9"), Packet("1", source, destination, connection=BALANCED))
    assert (back.to, back.tracked) == ("NORMAL", False)


def test_the_nodes_own_direct_connections_are_tracked() -> None:
    assert trace(bridge("10.10.1.3"), Packet(*NODE, "10.10.1.3")).tracked
