"""What makes a topology into a network, as text: lines for `ip -batch` and kernel settings.

The underlay is pure L3. Every node hangs on its own link to the world, reaches everything through the world, and the
world routes node addresses and podCIDRs back. Nobody masquerades, so that an endpoint sees who really asked.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from reconciler.pipeline import VIRTUAL_MAC
from reconciler.sandbox.topology import Machine, Pod, Topology

UPLINK = "up0"
TUNNEL = "tun0"
"""The bridge's port in place of Antrea's tunnel: the world plays the other ends, and routes what comes out of it."""
POD_LINK = "eth0"

WORLD_IP, NODE_IP = "169.254.1.1", "169.254.1.2"
WORLD_IP6, NODE_IP6 = "fe80::1", "fe80::2"
"""The two ends of every uplink. Addresses of link scope, so that none becomes the source of a node's packets."""

HOST: Mapping[str, str] = MappingProxyType(
    {
        # An address with duplicate detection cannot be bound for the first second.
        "ipv6/conf/all/accept_dad": "0",
        "ipv6/conf/default/accept_dad": "0",
        "ipv6/conf/default/dad_transmits": "0",
        "ipv6/conf/default/accept_ra": "0",
    }
)
ROUTER: Mapping[str, str] = MappingProxyType(
    {
        **HOST,
        "ipv4/ip_forward": "1",
        "ipv6/conf/all/forwarding": "1",
        "ipv4/conf/all/rp_filter": "0",
        "ipv4/conf/default/rp_filter": "0",
        # A probe asks every service without endpoints within a second: the kernel would answer the first six.
        "ipv4/icmp_ratelimit": "0",
        "ipv6/icmp/ratelimit": "0",
    }
)


def port_settings(port: str) -> dict[str, str]:
    """Keeps the node's own stack off a bridge port.

    A port of the userspace datapath is still an interface of the kernel: it would answer a pod's ARP for the gateway
    with its own MAC, and the pod's packets would go past the bridge.
    """
    return {f"ipv4/conf/{port}/arp_ignore": "8", f"ipv6/conf/{port}/disable_ipv6": "1"}


def namespaces(topology: Topology) -> Iterator[str]:
    """Creates every namespace."""
    return (f"netns add {netns}" for netns in topology.namespaces)


def links(topology: Topology) -> Iterator[str]:
    """Creates every link, each end in its namespace."""
    for node in topology.nodes:
        peer = f"peer name {UPLINK} netns {node.netns}"
        yield f"link add {node.uplink} netns {topology.world} type veth {peer}"
        if node.tunnel:
            peer = f"peer name {TUNNEL} netns {node.netns}"
            yield f"link add {node.tunnel} address {VIRTUAL_MAC} netns {topology.world} type veth {peer}"
        for pod in node.pods:
            peer = f"peer name {POD_LINK} address {pod.mac} netns {pod.netns}"
            yield f"link add {pod.port} netns {node.netns} type veth {peer}"


def world(topology: Topology) -> Iterator[str]:
    """Addresses and routes of the world."""
    yield from ("link set lo up", *(f"address add {_host(ip)} dev lo" for ip in topology.hosts))
    # Silence, not "unreachable": a VIP that leaks out of a node must not look like one that is refused.
    yield from (f"route add blackhole {default}" for default in ("0.0.0.0/0", "::/0"))
    for node in topology.nodes:
        yield f"link set {node.uplink} up"
        yield f"address add {WORLD_IP}/32 dev {node.uplink} scope link"
        yield f"address add {WORLD_IP6}/64 dev {node.uplink} nodad"
        for target in map(_host_route, node.addresses):
            yield _route(target, node.uplink)
        yield from _tunnel(node.tunnel)
        yield from (_route(cidr, node.tunnel or node.uplink) for cidr in node.pod_cidrs)


def _tunnel(link: str) -> Iterator[str]:
    """What comes out of a tunnel has the virtual MAC as its destination."""
    if link:
        yield f"link set {link} up"
        for ip in (NODE_IP, NODE_IP6):
            yield f"neighbour add {ip} lladdr {VIRTUAL_MAC} dev {link} nud permanent"


def _route(target: str, link: str) -> str:
    return f"route add {target} via {_pick(target, NODE_IP, NODE_IP6)} dev {link} onlink"


def node(machine: Machine) -> Iterator[str]:
    """Addresses and routes of a node, whose gateway port exists."""
    yield from (f"link set {link} up" for link in ("lo", UPLINK, machine.gateway))
    yield from (f"address add {_host(ip)} dev {UPLINK}" for ip in machine.addresses)
    yield f"address add {NODE_IP}/32 dev {UPLINK} scope link"
    yield f"address add {NODE_IP6}/64 dev {UPLINK} nodad"
    yield from (f"address add {_quick(address)} dev {machine.gateway}" for address in machine.gateway_addresses)
    yield f"route add 0.0.0.0/0 via {WORLD_IP} dev {UPLINK} onlink"
    yield f"route add ::/0 via {WORLD_IP6} dev {UPLINK}"
    yield from (f"link set {port} up" for port in bridge_ports(machine))


def bridge_ports(machine: Machine) -> list[str]:
    """The links of a node that are ports of its bridge."""
    return [*([TUNNEL] if machine.tunnel else []), *(pod.port for pod in machine.pods)]


def pod(pod: Pod) -> Iterator[str]:
    """Addresses and routes of a pod."""
    yield from (f"link set {link} up" for link in ("lo", POD_LINK))
    yield from (f"address add {_quick(address)} dev {POD_LINK}" for address in pod.addresses)
    yield from (f"route replace {_pick(ip, '0.0.0.0/0', '::/0')} via {ip} dev {POD_LINK}" for ip in pod.gateways)


def _host(ip: str) -> str:
    return _quick(_host_route(ip))


def _host_route(ip: str) -> str:
    return f"{ip}{_pick(ip, '/32', '/128')}"


def _quick(address: str) -> str:
    return address + _pick(address, "", " nodad")


def _pick(address: str, v4: str, v6: str) -> str:
    return v6 if ":" in address else v4
