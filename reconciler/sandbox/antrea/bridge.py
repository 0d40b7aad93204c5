"""What Antrea's agent knows when it programs a bridge, and the spelling that both generations share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from reconciler.intents import Intents
from reconciler.pipeline import DST, PROTOCOL, answer_arp
from reconciler.resources import Family, family_of
from reconciler.sandbox.topology import GATEWAY_PORT, POD_PORTS, Machine, Topology

COOKIE = 0x0002 << 48
"""Round 2 of the agent, category 0."""
ZONE = {4: 0xFFF0, 6: 0xFFE6}


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the bridge, and who is behind it."""

    number: int
    mac: str
    ips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balanced:
    """One VIP and port, and the sockets behind it."""

    group: int
    vip: str
    protocol: str
    port: int
    endpoints: tuple[tuple[str, int], ...]

    @property
    def match(self) -> str:
        """The match of its packets."""
        family = family_of(self.vip)
        return f"{PROTOCOL[family, self.protocol]},{DST[family]}={self.vip},tp_dst={self.port}"


@dataclass(frozen=True, slots=True)
class Bridge:
    """One node's bridge."""

    gateway: Port
    pods: tuple[Port, ...]
    pod_cidrs: tuple[str, ...]
    peers: tuple[str, ...]
    """podCIDRs of other nodes, behind the tunnel."""
    virtual_ips: tuple[str, ...]
    services: tuple[Balanced, ...]

    @property
    def sockets(self) -> list[tuple[str, str, int]]:
        """Every address, protocol and port that a service may be sent to."""
        return sorted({(ip, s.protocol, port) for s in self.services for ip, port in s.endpoints})


def bridge_of(machine: Machine, topology: Topology, intents: Intents) -> Bridge:
    """The bridge of one node of the sandbox."""
    gateway_ips = tuple(address.partition("/")[0] for address in machine.gateway_addresses)
    return Bridge(
        gateway=Port(GATEWAY_PORT, machine.gateway_mac, gateway_ips),
        pods=tuple(Port(POD_PORTS + index, pod.mac, pod.ips) for index, pod in enumerate(machine.pods)),
        pod_cidrs=machine.pod_cidrs,
        peers=tuple(cidr for node in topology.nodes if node.name != machine.name for cidr in node.pod_cidrs),
        virtual_ips=machine.virtual_ips,
        services=tuple(_services(intents)),
    )


def _services(intents: Intents) -> Iterator[Balanced]:
    specs = [declared.spec for declared in intents.services.values()]
    group = 0
    for service in specs:
        for vip in service.cluster_ips:
            for port in service.ports:
                alike = [e for e in service.endpoints if e.weight and family_of(e.ip) == family_of(vip)]
                if alike:
                    group += 1
                    sockets = tuple((e.ip, e.port_for(port)) for e in alike)
                    yield Balanced(group, vip, port.protocol, port.port, sockets)


def flow(table: int, priority: int, match: str, actions: str) -> str:
    """A flow as the agent would install it."""
    place = f"cookie={COOKIE:#x},table={table},priority={priority}"
    return f"{place},{match} actions={actions}" if match else f"{place} actions={actions}"


def endpoint_register(ip: str) -> str:
    """The register that carries the chosen endpoint's address, and its value."""
    return f"{'xxreg3' if ':' in ip else 'reg3'}={int(ip_address(ip)):#x}"


def load_endpoint(ip: str) -> str:
    """The action that chooses an endpoint's address."""
    register, _, value = endpoint_register(ip).partition("=")
    return f"set_field:{value}->{register}"


def groups(bridge: Bridge, choose: Callable[[str, int], str]) -> Iterator[str]:
    """A select group for every VIP and port; `choose` gives a bucket's actions for an address and a port."""
    for service in bridge.services:
        buckets = (f"bucket=weight:100,actions={choose(ip, port)}" for ip, port in service.endpoints)
        yield f"group_id={service.group},type=select,{','.join(buckets)}"


def arp(bridge: Bridge, guard: int, responder: int) -> Iterator[str]:
    """Who may ask and answer by ARP, and the answers for the gateways of the peers."""
    for port in (bridge.gateway, *bridge.pods):
        for ip in of(4, port.ips):
            match = f"arp,in_port={port.number},arp_spa={ip},arp_sha={port.mac}"
            yield flow(guard, 200, match, f"goto_table:{responder}")
    for peer in map(first_host, of(4, bridge.peers)):
        yield flow(responder, 200, f"arp,arp_tpa={peer},arp_op=1", answer_arp(peer))
    yield flow(responder, 190, "arp", "NORMAL")


def first_host(cidr: str) -> str:
    """The address of a peer's gateway."""
    return str(next(iter(ip_network(cidr).hosts())))


def of(family: Family, addresses: Iterable[str]) -> list[str]:
    """The addresses or networks of one family."""
    return [address for address in addresses if family_of(address) == family]
