"""A packet as a question: what `ofproto/trace` is asked, and what the declared flows are asked."""

from dataclasses import dataclass

from reconciler.pipeline import DST, IP, PROTOCOL, SRC, VIRTUAL_MAC
from reconciler.resources import Family, family_of

CLIENT_PORT = 40000
"""A port that a client might have."""
NEW, REQUEST, REPLY = "trk,new", "trk,est", "trk,est,rpl"
"""What conntrack says of a packet, as `--ct-next` takes it."""
PASSES = 4
"""How often a packet enters conntrack, at the most."""
BROADCAST = "ff:ff:ff:ff:ff:ff"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet that enters the bridge."""

    protocol: str
    """`TCP`, `UDP` or `SCTP`; `ARP` for the question who has the destination."""
    in_port: str
    source: str
    destination: str
    source_port: int = CLIENT_PORT
    destination_port: int = CLIENT_PORT
    eth_src: str = "02:00:00:00:05:20"
    eth_dst: str = VIRTUAL_MAC
    state: str = NEW
    mark: int = 0
    """The mark of its connection."""
    choice: int = 0
    """The hash by which a group picks a bucket; 0 where there is none to pick."""

    @property
    def family(self) -> Family:
        """4 or 6."""
        return family_of(self.source)

    @property
    def kinds(self) -> frozenset[str]:
        """The protocol words of a match that it meets."""
        if self.protocol == "ARP":
            return frozenset(("arp",))
        return frozenset((IP[self.family], PROTOCOL[self.family, self.protocol]))

    @property
    def flow(self) -> str:
        """The packet as `ofproto/trace` reads it."""
        frame = f"in_port={self.in_port},dl_src={self.eth_src},dl_dst={self.eth_dst}"
        if self.protocol == "ARP":
            return f"arp,{frame},arp_op=1,arp_spa={self.source},arp_tpa={self.destination},arp_sha={self.eth_src}"
        known = (("ct_mark", self.mark), ("dp_hash", self.choice))
        words = [f"{name}={value:#x}" for name, value in known if value]
        addresses = f"{SRC[self.family]}={self.source},{DST[self.family]}={self.destination}"
        # Not tp_src and tp_dst: where a packet is exact, Open vSwitch takes them for TCP's.
        over = self.protocol.lower()
        ports = f"{over}_src={self.source_port},{over}_dst={self.destination_port}"
        return ",".join((PROTOCOL[self.family, self.protocol], *words, frame, addresses, "nw_ttl=64", ports))

    @property
    def options(self) -> tuple[str, ...]:
        """What conntrack is to say, as often as the packet may ask it."""
        return () if self.protocol == "ARP" else ("--ct-next", self.state) * PASSES
