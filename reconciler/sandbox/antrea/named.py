"""The pipeline since v1.6: tables in sequence with names, and marks of one bit each."""

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

NAMES = (
    *("PipelineRootClassifier", "ARPSpoofGuard", "ARPResponder", "Classifier", "SpoofGuard", "IPv6", "UnSNAT"),
    *("ConntrackZone", "ConntrackState", "PreRoutingClassifier", "SessionAffinity", "ServiceLB", "EndpointDNAT"),
    *("EgressRule", "EgressDefaultRule", "EgressMetric", "L3Forwarding", "L3DecTTL", "SNATMark", "SNAT"),
    *("L2ForwardingCalc", "IngressRule", "IngressDefaultRule", "IngressMetric", "ConntrackCommit", "Output"),
)
TABLES = {name: number for number, name in enumerate(NAMES)}
END = ("PipelineRootClassifier", "ARPSpoofGuard", "ARPResponder", "Classifier", "SpoofGuard", "Output")
"""Tables whose unmatched packets are dropped; of the others they go on to the next."""
SNAT_ZONE = {4: 65521, 6: 65511}
BALANCED, BALANCED_MARK = "0x200/0x200", "0x10/0x10"
TO_GATEWAY = "set_field:0x20/0xf0->reg0"


def flows(bridge: Bridge) -> Iterator[str]:
    """Every flow of the bridge."""
    for name, after in zip(NAMES, (*NAMES[1:], ""), strict=True):
        if name not in ("SessionAffinity", "L3Forwarding"):
            yield _flow(name, 0, "", "drop" if name in END else _goto(after))
    yield from _entrance(bridge)
    yield from arp(bridge, TABLES["ARPSpoofGuard"], TABLES["ARPResponder"])
    yield from _services(bridge)
    for family in FAMILIES:
        yield from _conntrack(bridge, family)
        yield from _routing(bridge, family)
        yield from _snat(bridge, family)
    yield from _switching(bridge)


def groups(bridge: Bridge) -> Iterator[str]:
    """A select group for every VIP and port."""
    return select_groups(bridge, _choose)


def _choose(ip: str, port: int) -> str:
    return f"{load_endpoint(ip)},set_field:{port:#x}/0xffff->reg4,resubmit(,{TABLES['EndpointDNAT']})"


def _flow(table: str, priority: int, match: str, actions: str) -> str:
    return flow(TABLES[table], priority, match, actions)


def _goto(table: str) -> str:
    return f"goto_table:{TABLES[table]}"


def _entrance(bridge: Bridge) -> Iterator[str]:
    gateway, spoof_guard = bridge.gateway, _goto("SpoofGuard")
    yield from (_flow("PipelineRootClassifier", 200, ip, _goto("Classifier")) for ip in IP.values())
    yield _flow("PipelineRootClassifier", 200, "arp", _goto("ARPSpoofGuard"))
    from_gateway, from_pod = "set_field:0x2/0xf->reg0", "set_field:0x3/0xf->reg0"
    for ip in gateway.ips:
        match = f"{IP[family_of(ip)]},in_port={gateway.number},{SRC[family_of(ip)]}={ip}"
        local = "set_field:0x10000000/0x10000000->reg4"
        yield _flow("Classifier", 210, match, f"{from_gateway},{local},{spoof_guard}")
    yield _flow("Classifier", 200, f"in_port={gateway.number}", f"{from_gateway},{spoof_guard}")
    tunnelled = f"set_field:0x1/0xf->reg0,set_field:{BALANCED}->reg0,{_goto('UnSNAT')}"
    yield _flow("Classifier", 200, f"in_port={TUNNEL_PORT}", tunnelled)
    yield _flow("SpoofGuard", 200, f"ip,in_port={gateway.number}", _goto("UnSNAT"))
    yield _flow("SpoofGuard", 200, f"ipv6,in_port={gateway.number}", _goto("IPv6"))
    yield _flow("SpoofGuard", 200, "ipv6,ipv6_src=fe80::/10", _goto("IPv6"))
    yield from (_flow("IPv6", 200, f"icmp6,icmp_type={kind}", "NORMAL") for kind in (135, 136))
    for pod in bridge.pods:
        yield _flow("Classifier", 190, f"in_port={pod.number}", f"{from_pod},{spoof_guard}")
        for ip in pod.ips:
            match = f"{IP[family_of(ip)]},in_port={pod.number},dl_src={pod.mac},{SRC[family_of(ip)]}={ip}"
            yield _flow("SpoofGuard", 200, match, _goto("UnSNAT" if family_of(ip) == 4 else "IPv6"))


def _conntrack(bridge: Bridge, family: Family) -> Iterator[str]:
    ip, zone, snat_zone = IP[family], ZONE[family], SNAT_ZONE[family]
    undo = f"ct(table={TABLES['ConntrackZone']},zone={snat_zone},nat)"
    for address in of(family, (*bridge.virtual_ips, *bridge.gateway.ips)):
        yield _flow("UnSNAT", 200, f"{ip},{DST[family]}={address}", undo)
    yield _flow("ConntrackZone", 200, ip, f"ct(table={TABLES['ConntrackState']},zone={zone},nat)")
    yield _flow("ConntrackState", 200, f"ct_state=+inv+trk,{ip}", "drop")
    known = f"ct_state=-new+trk,ct_mark={BALANCED_MARK},{ip}"
    yield _flow("ConntrackState", 190, known, f"set_field:{BALANCED}->reg0,{_goto('EgressRule')}")
    yield _flow("ConntrackState", 190, f"ct_state=-new+trk,ct_mark=0/0x10,{ip}", _goto("EgressRule"))
    services = f"resubmit(,{TABLES['SessionAffinity']}),resubmit(,{TABLES['ServiceLB']})"
    yield _flow("PreRoutingClassifier", 200, ip, services)
    source = "exec(move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3])"
    commit = f"ct(commit,table={TABLES['Output']},zone={zone},{source})"
    yield _flow("ConntrackCommit", 200, f"ct_state=+new+trk,ct_mark=0/0x20,{ip}", commit)


def _services(bridge: Bridge) -> Iterator[str]:
    yield _flow("SessionAffinity", 0, "", "set_field:0x10000/0x70000->reg4")
    reselect = f"set_field:0x10000/0x70000->reg4,resubmit(,{TABLES['ServiceLB']})"
    yield _flow("EndpointDNAT", 190, "reg4=0x20000/0x70000", reselect)
    for service in bridge.services:
        chosen = f"set_field:{BALANCED}->reg0,set_field:0x20000/0x70000->reg4,set_field:{service.group:#x}->reg7"
        match = f"{service.match},reg4=0x10000/0x70000"
        yield _flow("ServiceLB", 200, match, f"{chosen},group:{service.group}")
    for ip, protocol, port in bridge.sockets:
        family = family_of(ip)
        match = f"{PROTOCOL[family, protocol]},{endpoint_register(ip)},reg4={0x20000 | port:#x}/0x7ffff"
        target = f"{ip}:{port}" if family == 4 else f"[{ip}]:{port}"
        where = f"table={TABLES['EgressRule']},zone={ZONE[family]}"
        mark = f"exec(set_field:{BALANCED_MARK}->ct_mark)"
        yield _flow("EndpointDNAT", 200, match, f"ct(commit,{where},nat(dst={target}),{mark})")


def _routing(bridge: Bridge, family: Family) -> Iterator[str]:
    ip, gateway, ttl = IP[family], bridge.gateway, _goto("L3DecTTL")
    to_gateway = f"set_field:{gateway.mac}->eth_dst,{TO_GATEWAY},{ttl}"
    for address in of(family, gateway.ips):
        yield _flow("L3Forwarding", 210, f"{ip},{DST[family]}={address}", to_gateway)
    yield _flow("L3Forwarding", 210, f"ct_state=+rpl+trk,ct_mark=0x2/0xf,{ip}", to_gateway)
    for cidr in of(family, bridge.pod_cidrs):
        yield _flow("L3Forwarding", 200, f"{ip},reg0=0/0x200,{DST[family]}={cidr}", _goto("L2ForwardingCalc"))
    for peer in of(family, bridge.peers):
        frame = f"set_field:{gateway.mac}->eth_src,set_field:{VIRTUAL_MAC}->eth_dst,set_field:0x10/0xf0->reg0"
        yield _flow("L3Forwarding", 200, f"{ip},{DST[family]}={peer}", f"{frame},{ttl}")
    for pod in bridge.pods:
        frame = f"set_field:{gateway.mac}->eth_src,set_field:{pod.mac}->eth_dst"
        for address in of(family, pod.ips):
            yield _flow("L3Forwarding", 200, f"{ip},reg0={BALANCED},{DST[family]}={address}", f"{frame},{ttl}")
    outside = f"ct_mark={BALANCED_MARK},{ip},reg0=0x202/0x20f"
    yield _flow("L3Forwarding", 190, outside, to_gateway)
    yield _flow("L3DecTTL", 210, f"{ip},reg0=0x2/0xf", _goto("SNATMark"))
    yield _flow("L3DecTTL", 200, ip, f"dec_ttl,{_goto('SNATMark')}")


def _snat(bridge: Bridge, family: Family) -> Iterator[str]:
    ip, zone, snat_zone = IP[family], ZONE[family], SNAT_ZONE[family]
    marks = "set_field:0x20/0x20->ct_mark,set_field:0x40/0x40->ct_mark"
    source = "move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]"
    mark = f"ct(commit,table={TABLES['SNAT']},zone={zone},exec({marks},{source}))"
    yield _flow("SNATMark", 200, f"ct_state=+new+trk,{ip},reg0=0x22/0xff", mark)
    for pod in bridge.pods:
        for address in of(family, pod.ips):
            itself = f"ct_state=+new+trk,{ip},{SRC[family]}={address},{DST[family]}={address}"
            yield _flow("SNATMark", 190, itself, mark)
    sources = (("0x2/0xf", of(family, bridge.virtual_ips)), ("0x3/0xf", of(family, bridge.gateway.ips)))
    for register, addresses in sources:
        for address in addresses[:1]:
            again = f"exec(set_field:{BALANCED_MARK}->ct_mark,{marks})"
            snat = f"ct(commit,table={TABLES['L2ForwardingCalc']},zone={snat_zone},nat(src={address}),{again})"
            yield _flow("SNAT", 200, f"ct_state=+new+trk,ct_mark=0x40/0x40,{ip},reg0={register}", snat)
    follow = f"ct(table={TABLES['L2ForwardingCalc']},zone={snat_zone},nat)"
    yield _flow("SNAT", 200, f"ct_state=-new-rpl+trk,ct_mark=0x20/0x20,{ip}", follow)


def _switching(bridge: Bridge) -> Iterator[str]:
    yield _flow("L3Forwarding", 0, "", f"{TO_GATEWAY},{_goto('L2ForwardingCalc')}")
    ports = ((bridge.gateway.mac, bridge.gateway.number), (VIRTUAL_MAC, TUNNEL_PORT))
    for mac, number in (*ports, *((pod.mac, pod.number) for pod in bridge.pods)):
        found = f"set_field:{number:#x}->reg1,set_field:0x200000/0x600000->reg0"
        yield _flow("L2ForwardingCalc", 200, f"dl_dst={mac}", f"{found},{_goto('IngressRule')}")
    yield _flow("Output", 210, "ct_mark=0x40/0x40", "IN_PORT")
    yield _flow("Output", 200, "reg0=0x200000/0x600000", "output:NXM_NX_REG1[]")
