"""The private cluster that a folder of intents describes, as a value: namespaces, ports, addresses and listeners.

Pure: `plan` decides everything that has a name, and the rest of this room only builds it.

    pod eth0 -- podN [bridge, gateway] up0 -- nodeN world     a namespace each: pod, node, and all between nodes
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from reconciler.intents import Intents, Node
from reconciler.sandbox import names

Network = IPv4Network | IPv6Network
Place = tuple[int, int]
"""Where a pod address is: which of the node's podCIDRs of its family, and the how-manieth address there. The
addresses of a dual-stack pod are those in the same place."""

TUNNEL_PORT, GATEWAY_PORT, POD_PORTS = 1, 2, 10
"""OpenFlow ports of a bridge that Antrea programs; pods count up from the last."""

CLIENT_INDEX = 250
"""The client pod takes the last free address up to this one: far from where endpoints are usually written."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod: a namespace with `eth0`, behind a port of its node's bridge."""

    name: str
    """`NODE/ip` of its first address, or `NODE/client`."""
    netns: str
    port: str
    """The veth end on the bridge; unique in the node's namespace."""
    mac: str
    addresses: tuple[str, ...]
    """With the length of the podCIDR: `10.10.1.2/24`."""
    gateways: tuple[str, ...]
    """The default route of each address's family."""

    @property
    def ips(self) -> tuple[str, ...]:
        """The addresses without their lengths."""
        return tuple(address.partition("/")[0] for address in self.addresses)


@dataclass(frozen=True, slots=True)
class Machine:
    """One node: a namespace with its own Open vSwitch."""

    name: str
    netns: str
    rundir: str
    """OVS_RUNDIR of the node; its database and logs are there too."""
    bridge: str
    gateway: str
    gateway_mac: str
    gateway_addresses: tuple[str, ...]
    """The first host address of every podCIDR, with its length."""
    addresses: tuple[str, ...]
    pod_cidrs: tuple[str, ...]
    virtual_ips: tuple[str, ...]
    uplink: str
    """The world's end of the link to this node."""
    tunnel: str
    """The world's end of the tunnel that a bridge of Antrea has; empty without Antrea."""
    antrea: str | None
    """The version of Antrea whose flows are on the bridge, `latest`, or None."""
    pods: tuple[Pod, ...]
    """The pods of its endpoints, and last its client, unless no address was free for one."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket of the echo server."""

    netns: str
    ip: str
    protocol: str
    port: int
    identity: str
    """What it answers: `OWNER/ip:port`."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that a sandbox consists of."""

    name: str
    world: str
    """The namespace between the nodes."""
    nodes: tuple[Machine, ...]
    hosts: tuple[str, ...]
    """Addresses of endpoints outside the cluster: they live in the world."""
    listeners: tuple[Listener, ...]
    played: tuple[str, ...]
    """Windows nodes: a Linux namespace plays the host, and nothing leads its own packets to services."""

    @property
    def namespaces(self) -> Iterator[str]:
        """Every namespace, the world first."""
        yield self.world
        for node in self.nodes:
            yield node.netns
            yield from (pod.netns for pod in node.pods)


def plan(intents: Intents, name: str) -> Topology:
    """The sandbox `name` of a cluster."""
    specs = [declared.spec for _, declared in sorted(intents.nodes.items())]
    ips = sorted({e.ip for s in intents.services.values() for e in s.spec.endpoints}, key=_address_order)
    nodes = tuple(_machine(spec, number, ips, name) for number, spec in enumerate(specs))
    homes = _homes(nodes)
    hosts = tuple(ip for ip in ips if ip not in homes)
    homes |= dict.fromkeys(hosts, (names.world(name), "world"))
    played = tuple(spec.name for spec in specs if spec.platform == "windows")
    return Topology(name, names.world(name), nodes, hosts, tuple(_listeners(intents, homes)), played)


def _machine(spec: Node, number: int, endpoints: Sequence[str], name: str) -> Machine:
    networks = [ip_network(cidr) for cidr in spec.pod_cidrs]
    return Machine(
        name=spec.name,
        netns=names.node(name, spec.name),
        rundir=str(names.rundir(name) / spec.name),
        bridge=spec.bridge,
        gateway=spec.gateway.interface,
        gateway_mac=_mac(f"{spec.name}/gateway"),
        gateway_addresses=tuple(f"{_gateway(n)}/{n.prefixlen}" for n in networks),
        addresses=tuple(spec.addresses),
        pod_cidrs=tuple(spec.pod_cidrs),
        virtual_ips=tuple(spec.virtual_ips),
        uplink=f"node{number}",
        tunnel=f"tun{number}" if spec.pipeline == "antrea" else "",
        antrea=_antrea(spec),
        pods=tuple(_pods(spec.name, networks, endpoints, name)),
    )


def _antrea(spec: Node) -> str | None:
    if spec.pipeline != "antrea":
        return None
    return spec.antrea.version if spec.antrea else "latest"


def _pods(node: str, networks: Sequence[Network], endpoints: Sequence[str], name: str) -> Iterator[Pod]:
    places: dict[Place, list[tuple[str, Network]]] = {}
    for ip in endpoints:
        for network in networks:
            if ip_address(ip) in network and ip != _gateway(network):
                places.setdefault(_place(ip, network, networks), []).append((ip, network))
    for place, addresses in sorted(places.items()):
        yield _pod(node, addresses[0][0], place, addresses, name)
    if free := _free(networks, places):
        first = [n for n in networks if _rank(n, networks) == 0]
        yield _pod(node, "client", free, [(str(n[free[1]]), n) for n in first], name)


def _pod(node: str, label: str, place: Place, addresses: Sequence[tuple[str, Network]], name: str) -> Pod:
    return Pod(
        name=f"{node}/{label}",
        netns=names.pod(name, node, label),
        port=_port(node, place),
        mac=_mac(f"{node}/{place}"),
        addresses=tuple(f"{ip}/{network.prefixlen}" for ip, network in addresses),
        gateways=tuple(_gateway(network) for _, network in addresses),
    )


def _free(networks: Sequence[Network], taken: Iterable[Place]) -> Place | None:
    first = [n for n in networks if _rank(n, networks) == 0]
    last = min((n.num_addresses - 2 for n in first), default=0)
    places = ((0, index) for index in range(min(CLIENT_INDEX, last), 1, -1))
    return next((place for place in places if place not in taken), None)


def _homes(nodes: Iterable[Machine]) -> dict[str, tuple[str, str]]:
    """Address -> (namespace, owner), for every address that an endpoint can have on a node."""
    homes: dict[str, tuple[str, str]] = {}
    for node in nodes:
        gateways = (address.partition("/")[0] for address in node.gateway_addresses)
        homes |= dict.fromkeys([*gateways, *node.addresses], (node.netns, node.name))
        homes |= {ip: (pod.netns, node.name) for pod in node.pods for ip in pod.ips}
    return homes


def _listeners(intents: Intents, homes: dict[str, tuple[str, str]]) -> Iterator[Listener]:
    services = [declared.spec for declared in intents.services.values()]
    sockets = {(e.ip, p.protocol, e.port_for(p)) for s in services for p in s.ports for e in s.endpoints}
    for ip, protocol, port in sorted(sockets):
        netns, owner = homes[ip]
        yield Listener(netns, ip, protocol, port, f"{owner}/{names.socket(ip, port)}")


def _gateway(network: Network) -> str:
    return str(next(iter(network.hosts())))


def _place(ip: str, network: Network, networks: Sequence[Network]) -> Place:
    return _rank(network, networks), int(ip_address(ip)) - int(network.network_address)


def _rank(network: Network, networks: Sequence[Network]) -> int:
    return [n for n in networks if n.version == network.version].index(network)


def _port(node: str, place: Place) -> str:
    rank, index = place
    if rank == 0 and index < 10**10:
        return f"pod{index}"
    return f"pod-{_digest(f'{node}/{place}')[:11]}"


def _mac(of: str) -> str:
    digest = _digest(of)
    return ":".join(["02", *(digest[i : i + 2] for i in range(0, 10, 2))])


def _digest(of: str) -> str:
    return sha256(of.encode()).hexdigest()


def _address_order(ip: str) -> tuple[int, int]:
    address = ip_address(ip)
    return address.version, int(address)
