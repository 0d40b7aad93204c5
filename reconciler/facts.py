"""What the features need to know of a node and do not own, and the view of the intents that one node compiles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING

from reconciler.antrea import LATEST, Antrea, of_version
from reconciler.resources import FAMILIES, Family, family_of

if TYPE_CHECKING:
    from reconciler.intents import Declared, Intents, Node, Service


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod behind a port of this bridge: one address of it."""

    ip: str
    port: str
    """OpenFlow port number; off the node a name in its place."""
    mac: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The live facts of a node; off the node, names in their place."""

    gateway_port: str
    """OpenFlow port number of the gateway."""
    gateway_mac: str
    gateway_ips: Mapping[Family, str]
    """One address of the gateway in each family that it has: the node's source towards a service."""
    pods: Mapping[str, Pod] = field(default_factory=dict)
    """Pods on this bridge, by address."""
    strange_ports: tuple[str, ...] = ()
    """What OVSDB says of ports and cannot be: one line each."""
    direct_nat: bool = True
    """Whether conntrack may give a direct connection another source port; False where Open vSwitch aborts on it."""
    antrea: Antrea | None = None
    """The generation of the pipeline on a bridge that Antrea owns."""
    node_served: bool = False
    """Whether somebody else leads the node's own packets to services: Antrea with proxyAll."""
    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Kernel settings that a path depends on; empty off the node."""
    default_routes: frozenset[Family] | None = None
    """Families with a default route in the main table; None off the node."""
    masqueraded: bool = False
    """Whether somebody else's NAT takes the virtual IP in; only asked on Windows."""
    not_forwarding: tuple[Family, ...] = ()
    """Families in which the gateway does not forward; only asked on Windows."""

    @property
    def of_services(self) -> "Facts":
        """What of them a single service's resources may depend on: neither pods nor settings, which come and go."""
        return replace(
            self,
            pods={},
            strange_ports=(),
            sysctls={},
            default_routes=None,
            masqueraded=False,
            not_forwarding=(),
        )


@dataclass(frozen=True, slots=True)
class View:
    """What one node compiles: itself, every service, and its facts."""

    node: "Declared[Node]"
    services: "Mapping[str, Declared[Service]]"
    facts: Facts

    @property
    def families(self) -> Iterator[Family]:
        """Families in which the node can be answered: those in which its gateway has an address."""
        return (family for family in FAMILIES if family in self.facts.gateway_ips)

    @property
    def steered(self) -> dict[Family, str]:
        """Families in which we steer the node's own packets into the bridge, with the virtual IP that it takes."""
        if self.facts.node_served:
            return {}
        return {family: virtual for family in self.families if (virtual := self.virtual_ip(family))}

    def virtual_ip(self, family: Family) -> str | None:
        """The node's virtual IP of a family."""
        return next((ip for ip in self.node.spec.virtual_ips if family_of(ip) == family), None)


def symbolic(node: "Node", intents: "Intents") -> Facts:
    """Facts for compiling away from the node: names stand for port numbers, MACs and gateway addresses."""
    gateway = node.gateway.interface
    families: set[Family] = {family_of(cidr) for cidr in node.pod_cidrs}
    inside = Networks(node.pod_cidrs)
    endpoints = (e.ip for s in intents.services.values() for e in s.spec.endpoints)
    return Facts(
        gateway_port=gateway,
        gateway_mac=f"<MAC of {gateway}>",
        gateway_ips={family: f"<IPv{family} of {gateway}>" for family in sorted(families)},
        pods={ip: Pod(ip, f"<port of {ip}>", f"<MAC of {ip}>") for ip in endpoints if ip in inside},
        antrea=_symbolic_antrea(node),
    )


def _symbolic_antrea(node: "Node") -> Antrea | None:
    if node.pipeline != "antrea":
        return None
    return of_version(node.antrea.version, {}) if node.antrea else LATEST


class Networks:
    """Some networks, asked by `address in networks`; many times quicker than ipaddress objects."""

    def __init__(self, cidrs: Iterable[str]) -> None:
        networks = [ip_network(cidr) for cidr in cidrs]
        self._starts = tuple(start for network in networks if (start := _start(network)))
        others = (network for network in networks if not _start(network))
        self._bases = [(n.max_prefixlen // 8, int(n.netmask), int(n.network_address)) for n in others]

    def __contains__(self, ip: str) -> bool:
        if ip.startswith(self._starts):
            return True
        if not self._bases:
            return False
        packed = inet_pton(AF_INET6 if ":" in ip else AF_INET, ip)
        number = int.from_bytes(packed, "big")
        return any(length == len(packed) and number & mask == base for length, mask, base in self._bases)


def _start(network: IPv4Network | IPv6Network) -> str:
    """How the addresses of a network begin, where that tells them from all others."""
    numbers, rest = divmod(network.prefixlen, 8)
    if network.version == 6 or rest or not 0 < numbers < 4:
        return ""
    return "".join(f"{number}." for number in network.network_address.packed[:numbers])
