"""The pipeline of v0.8 to v1.4 (without proxyAll): fixed table numbers, and marks that are whole values."""

from collections.abc import Iterator

from reconciler.pipeline import DST, IP, PROTOCOL, SRC, VIRTUAL_MAC
from reconciler.resources import FAMILIES, Family, family_of
from reconciler.sandbox.antrea.bridge import (
    ZONE,
    Bridge,
    arp,
    endpoint_register,
    flow,
    load_endpoint,
    of,
)
from reconciler.sandbox.antrea.bridge import groups as select_groups
from reconciler.sandbox.topology import TUNNEL_PORT

FROM_TUNNEL, FROM_GATEWAY, FROM_POD = (f"load:{source}->NXM_NX_REG0[0..15]" for source in (0, 1, 2))
REWRITE_MAC = "load:1->NXM_NX_REG0[19]"
NEXT = (
    *((21, 29), (29, 30), (41, 42), (42, 45), (45, 50), (50, 60), (60, 61), (61, 70), (70, 80), (72, 80)),
    *((80, 101), (90, 100), (100, 101), (101, 105), (105, 106), (106, 110)),
)
"""Where a packet that no flow of a table matches goes on."""
HAIRPIN: dict[Family, str] = {4: "169.254.169.252", 6: "fc00::aabb:ccdd:eeff"}
SOURCE = {4: "NXM_OF_IP_SRC", 6: "NXM_NX_IPV6_SRC"}
DESTINATION = {4: "NXM_OF_IP_DST", 6: "NXM_NX_IPV6_DST"}


def flows(bridge: Bridge) -> Iterator[str]:
    """Every flow of the bridge."""
    yield from (flow(table, 0, "", f"resubmit(,{after})") for table, after in NEXT)
    yield from (flow(table, 0, "", "drop") for table in (0, 10, 20, 110))
    yield from _entrance(bridge)
    yield from arp(bridge, 10, 20)
    for family in FAMILIES:
        yield from _conntrack(family)
        yield from _routing(bridge, family)
        yield from _hairpin(bridge, family)
    yield from _services(bridge)
    yield from _switching(bridge)


def groups(bridge: Bridge) -> Iterator[str]:
    """A select group for every VIP and port."""
    return select_groups(bridge, _choose)


def _choose(ip: str, port: int) -> str:
    selected = "load:2->NXM_NX_REG4[16..18]"
    return f"{load_endpoint(ip)},load:{port}->NXM_NX_REG4[0..15],{selected},{REWRITE_MAC},resubmit(,42)"


def _entrance(bridge: Bridge) -> Iterator[str]:
    gateway = bridge.gateway.number
    yield flow(0, 200, f"in_port={TUNNEL_PORT}", f"{FROM_TUNNEL},{REWRITE_MAC},resubmit(,30)")
    yield flow(0, 200, f"in_port={gateway}", f"{FROM_GATEWAY},resubmit(,10)")
    yield flow(10, 200, f"ip,in_port={gateway}", "resubmit(,29)")
    yield flow(10, 200, f"ipv6,in_port={gateway}", "resubmit(,21)")
    yield flow(10, 200, "ipv6,ipv6_src=fe80::/10", "resubmit(,21)")
    yield from (flow(21, 200, f"icmp6,icmp_type={kind}", "NORMAL") for kind in (135, 136))
    for pod in bridge.pods:
        yield flow(0, 190, f"in_port={pod.number}", f"{FROM_POD},resubmit(,10)")
        for ip in pod.ips:
            match = f"{IP[family_of(ip)]},in_port={pod.number},dl_src={pod.mac},{SRC[family_of(ip)]}={ip}"
            yield flow(10, 200, match, f"resubmit(,{29 if family_of(ip) == 4 else 21})")


def _conntrack(family: Family) -> Iterator[str]:
    ip, zone = IP[family], ZONE[family]
    yield flow(30, 200, ip, f"ct(table=31,zone={zone},nat)")
    yield flow(31, 200, f"ct_state=-new+trk,ct_mark=0x21,{ip}", f"{REWRITE_MAC},resubmit(,50)")
    yield flow(31, 190, f"ct_state=-new+trk,{ip}", "resubmit(,50)")
    yield flow(31, 190, f"ct_state=+inv+trk,{ip}", "drop")
    again = f"ct(commit,table=106,zone={zone},exec(load:0x20->NXM_NX_CT_MARK[]))"
    yield flow(105, 200, f"ct_state=+new+trk,{ip},reg0=0x1/0xffff", again)
    yield flow(105, 190, f"ct_state=+trk,ct_mark=0x21,{ip},reg4=0x20000/0x70000", "resubmit(,106)")
    yield flow(105, 190, f"ct_state=+new+trk,{ip}", f"ct(commit,table=106,zone={zone})")
    yield flow(110, 200, f"{ip},reg0=0x10000/0x10000", "output:NXM_NX_REG1[]")


def _services(bridge: Bridge) -> Iterator[str]:
    yield flow(31, 0, "", "resubmit(,40),resubmit(,41)")
    yield flow(40, 0, "", "load:1->NXM_NX_REG4[16..18]")
    yield flow(42, 190, "reg4=0x20000/0x70000", "load:1->NXM_NX_REG4[16..18],resubmit(,41)")
    for service in bridge.services:
        yield flow(41, 200, f"{service.match},reg4=0x10000/0x70000", f"group:{service.group}")
    for ip, protocol, port in bridge.sockets:
        family = family_of(ip)
        match = f"{PROTOCOL[family, protocol]},{endpoint_register(ip)},reg4={0x20000 | port:#x}/0x7ffff"
        target = f"{ip}:{port}" if family == 4 else f"[{ip}]:{port}"
        mark = "exec(load:0x21->NXM_NX_CT_MARK[])"
        yield flow(42, 200, match, f"ct(commit,table=45,zone={ZONE[family]},nat(dst={target}),{mark})")


def _routing(bridge: Bridge, family: Family) -> Iterator[str]:
    ip, gateway = IP[family], bridge.gateway
    to_gateway = f"set_field:{gateway.mac}->eth_dst,resubmit(,80)"
    yield flow(70, 210, f"ct_state=+rpl+trk,ct_mark=0x20,{ip}", to_gateway)
    for address in of(family, gateway.ips):
        yield flow(70, 200, f"{ip},reg0=0x80000/0x80000,{DST[family]}={address}", to_gateway)
    for pod in bridge.pods:
        frame = f"set_field:{gateway.mac}->eth_src,set_field:{pod.mac}->eth_dst"
        for address in of(family, pod.ips):
            yield flow(70, 200, f"{ip},reg0=0x80000/0x80000,{DST[family]}={address}", f"{frame},resubmit(,72)")
    for peer in of(family, bridge.peers):
        frame = f"set_field:{gateway.mac}->eth_src,set_field:{VIRTUAL_MAC}->eth_dst"
        yield flow(70, 200, f"{ip},{DST[family]}={peer}", f"{frame},resubmit(,72)")
    yield flow(72, 210, f"{ip},reg0=0x1/0xffff", "resubmit(,80)")
    yield flow(72, 200, ip, "dec_ttl,resubmit(,80)")


def _switching(bridge: Bridge) -> Iterator[str]:
    ports = ((bridge.gateway.mac, bridge.gateway.number, 105), (VIRTUAL_MAC, TUNNEL_PORT, 105))
    for mac, number, after in (*ports, *((pod.mac, pod.number, 90) for pod in bridge.pods)):
        found = f"load:{number}->NXM_NX_REG1[],load:1->NXM_NX_REG0[16],resubmit(,{after})"
        yield flow(80, 200, f"dl_dst={mac}", found)
    yield flow(110, 210, "reg0=0x40000/0x40000", "IN_PORT")


def _hairpin(bridge: Bridge, family: Family) -> Iterator[str]:
    ip, back = IP[family], "load:1->NXM_NX_REG0[18]"
    itself = f"move:{SOURCE[family]}[]->{DESTINATION[family]}[]"
    yield flow(29, 200, f"{ip},{DST[family]}={HAIRPIN[family]}", f"{itself},{back},resubmit(,30)")
    for pod in bridge.pods:
        for address in of(family, pod.ips):
            match = f"{ip},{SRC[family]}={address},{DST[family]}={address}"
            yield flow(106, 200, match, f"set_field:{HAIRPIN[family]}->{SRC[family]},{back},resubmit(,110)")
