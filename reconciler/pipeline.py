"""The pipeline of a standalone bridge: every table, priority, mark and name of a set or chain, with its reason.

A packet's way (`(A, B)` is source and destination after the step):

    CLASSIFY --ct(1312, nat)--> STATE --new--> SERVICE --group: DNAT, commit--> DELIVERY --> a pod's port, or gw0
     |  |                       |               `--not for a VIP: commit--> NORMAL  |
     |  |                       |--of a balanced connection--> DELIVERY            |--back to where it came from:
     |  |                       `--anything else--> NORMAL                         |  ct(1313, SNAT: virtual IP)
     |  `--to the virtual IP: ct(1313, nat)--> ANSWER --ct(1312, nat)--> STATE     `--> RETURN --> IN_PORT
     `--ARP, neighbour discovery, multicast, other people's addresses--> NORMAL

The second zone is passed only by what leaves by the port that it came in on: the node's requests that its own stack
delivers or forwards, and a pod balanced to itself. It is stateful, so that ICMP errors find their way back too.
"""

from reconciler.ownership import COMMENT, CT_MARK, CT_ZONE, FWMARK, RETURN_ZONE, SET_PREFIX
from reconciler.resources import Family

# Tables. Gaps, so that a feature can stand between two others.
CLASSIFY = 0
ANSWER = 5
STATE = 10
SERVICE = 20
DELIVERY = 30
RETURN = 35
ORDINARY = 40

# Priorities in CLASSIFY, highest first.
ARP_ANSWERED = 310
"""A Windows node asks who has a VIP; over NOT_TRACKED, since it asks by broadcast."""
NOT_TRACKED = 300
"""Multicast and neighbour discovery never enter conntrack: it cannot match their answers."""
TO_VIRTUAL_IP = 280
"""Answers to the virtual IP, from whomever, are turned back into answers to who it stands for."""
FROM_NODE = 270
"""The node's own packets are tracked although its gateway address lies in a pod network: an untracked direct connection
to a pod would get the replies that belong to a balanced one with the same ports."""
FORWARDED_BACK = 260
"""What the host sends back into the bridge for a packet that we sent to it: tracked already, once is enough."""
TRACKED = 200
SWITCHED = 1
"""Ordinary L2 on a bridge whose fail mode is secure; above the flow that fail mode standalone puts at 0."""

# Priorities in STATE and SERVICE.
BALANCED = 200
STRAY = 10
"""A packet for the virtual MAC that is not balanced would be flooded to every port: drop it."""
REST = 0

# Priorities in DELIVERY, highest first.
TO_ITSELF = 210
BACK_OUT = 205
"""OpenFlow drops output to the port that a packet came in on: those need IN_PORT."""
TO_POD = 200
TO_NODE = 150
NODE_TO_ELSEWHERE = 140
TO_UNKNOWN_POD = 120
TO_ELSEWHERE = 100

VIRTUAL_MAC = "aa:bb:cc:dd:ee:ff"
"""Who has the virtual IP, and on Windows a VIP: nobody; the MAC that Antrea uses for the same purpose."""

WINDOWS_MAC = VIRTUAL_MAC.upper().replace(":", "-")
"""The same as Windows writes it."""

MULTICAST = "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00"
NEIGHBOUR_DISCOVERY = (133, 134, 135, 136, 137)
"""ICMPv6 types: router and neighbour solicitation and advertisement, redirect."""

IP = {4: "ip", 6: "ipv6"}
SRC = {4: "nw_src", 6: "ipv6_src"}
DST = {4: "nw_dst", 6: "ipv6_dst"}
PROTOCOL = {
    (4, "TCP"): "tcp",
    (4, "UDP"): "udp",
    (4, "SCTP"): "sctp",
    (6, "TCP"): "tcp6",
    (6, "UDP"): "udp6",
    (6, "SCTP"): "sctp6",
}


def undo_return(table: int) -> str:
    """Turn the virtual IP back into who it stands for, also within an ICMP error."""
    return f"ct(table={table},zone={RETURN_ZONE},nat)"


TRACK = f"ct(table={STATE},zone={CT_ZONE},nat)"
"""Un-NAT an established connection and learn its state."""

COMMIT_DIRECT = f"ct(commit,table={ORDINARY},zone={CT_ZONE})"
"""Remember a direct connection, so that a balanced one that would look the same to the endpoint gets another port."""

COMMIT_DIRECT_NAT = f"ct(commit,table={ORDINARY},zone={CT_ZONE},nat(src))"
"""The same the other way round too: conntrack picks another source port when a direct connection meets the tuple of a
balanced one. `nat(src)` is `nat(src=0.0.0.0)` on the wire and in a dump."""

CLEAR_FWMARK = f"set_field:0/{FWMARK:#x}->pkt_mark"
"""With the kernel datapath the mark of the node's first pass would steer the packet into our table again."""


def commit_return(virtual_ip: str, table: int = RETURN) -> str:
    """SNAT to the virtual IP; the first packet makes the entry, the rest follow it."""
    return f"ct(commit,table={table},zone={RETURN_ZONE},nat(src={virtual_ip}))"


DP_HASH_SLOTS = 256
"""Open vSwitch deals the values of a hash, 16 to 256 of them, to the buckets of a dp_hash group."""


LOCAL_PORT = 65534
"""The bridge's own port, which `ovs-ofctl` calls LOCAL."""


def output(port: str) -> str:
    """Output to a port, as a dump spells it."""
    return port if port == "LOCAL" else f"output:{port}"


COMMIT = f"ct(commit,table={DELIVERY},zone={CT_ZONE},nat(dst=", f"),exec(set_field:{CT_MARK:#x}->ct_mark))"
"""What stands around the endpoint in the action of a bucket, of which a node may have 100,000."""


def commit_balanced(endpoint: str, port: int) -> str:
    """The bucket's action: DNAT to the endpoint, and mark the connection as balanced."""
    before, behind = COMMIT
    address = f"[{endpoint}]" if ":" in endpoint else endpoint
    return f"{before}{address}:{port}{behind}"


def answer_arp(ip: str) -> str:
    """Turn a question for an address into the answer that VIRTUAL_MAC has it, as a dump spells it."""
    return (
        f"move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:{VIRTUAL_MAC}->eth_src,set_field:2->arp_op,"
        f"move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:{VIRTUAL_MAC}->arp_sha,"
        f"move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],set_field:{ip}->arp_spa,IN_PORT"
    )


# The node's side.
SERVICES = {4: f"{SET_PREFIX}svc4", 6: f"{SET_PREFIX}svc6"}
"""Every VIP and port that has endpoints: marked, and so steered into the bridge."""
REJECTED = {4: f"{SET_PREFIX}rej4", 6: f"{SET_PREFIX}rej6"}
"""Every VIP and port without endpoints: refused by the node's own stack, for itself and for its pods."""

MARK_CHAIN = "R520-MARK"
MASQUERADE_CHAIN = "R520-MASQUERADE"
FORWARD_CHAIN = "R520-FORWARD"
REFUSED_CHAIN = "R520-REFUSED"
REJECT_CHAIN = "R520-REJECT"

DEFAULT_ROUTE: dict[Family, str] = {4: "0.0.0.0/0", 6: "::/0"}
HOST_LENGTH: dict[Family, int] = {4: 32, 6: 128}
ON_LINK: dict[Family, str] = {4: "0.0.0.0", 6: "::"}  # noqa: S104  (no address to bind)
"""The next hop of a route on the link, on Windows."""
MAIN_TABLE = 254


def jump(parent: str, chain: str) -> str:
    """The rule that leads from a built-in chain into one of ours, as `iptables-save` prints it after `-A `."""
    return f"{parent} -m comment --comment {COMMENT} -j {chain}"
