"""What a probe asks: which client, which VIP and port, and who may answer. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.intents import Intents, Service, ServicePort
from reconciler.sandbox.topology import Machine, Topology


@dataclass(frozen=True, slots=True)
class Client:
    """Somewhere that connections come from."""

    name: str
    """`NODE`, `NODE/client` or `NODE/ip`."""
    netns: str
    families: frozenset[int]
    """Those in which it has an address that a service can answer to."""


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table, before it is asked."""

    client: Client
    service: str
    vip: str
    port: int
    protocol: str
    expected: frozenset[str]
    """Identities of the endpoints that take new connections; none: the connection is refused."""


def targets(intents: Intents, topology: Topology) -> Iterator[Target]:
    """Every VIP and port, asked from every node that can be served, its client pod, and one endpoint there."""
    identities = {(each.ip, each.protocol, each.port): each.identity for each in topology.listeners}
    for key, declared in intents.services.items():
        clients = list(_clients(topology, declared.spec))
        for port in declared.spec.ports:
            for vip in declared.spec.cluster_ips:
                expected = _expected(declared.spec, port, vip, identities)
                for client in clients:
                    if _family(vip) in client.families:
                        yield Target(client, key, vip, port.port, port.protocol, expected)


def _clients(topology: Topology, service: Service) -> Iterator[Client]:
    endpoints = {endpoint.ip for endpoint in service.endpoints}
    for node in topology.nodes:
        if node.name in topology.played:
            continue
        yield Client(node.name, node.netns, _families(node.gateway_addresses))
        # On Antrea's bridge it is Antrea's agent that refuses a pod, and there is none here.
        if not node.antrea or any(endpoint.weight for endpoint in service.endpoints):
            yield from _pod_clients(node, endpoints)


def _pod_clients(node: Machine, endpoints: set[str]) -> Iterator[Client]:
    client = [pod for pod in node.pods if pod.name == f"{node.name}/client"]
    hairpin = [pod for pod in node.pods if endpoints.intersection(pod.ips)]
    for pod in (*client, *hairpin[:1]):
        yield Client(pod.name, pod.netns, _families(pod.addresses))


def _expected(
    service: Service, port: ServicePort, vip: str, identities: dict[tuple[str, str, int], str]
) -> frozenset[str]:
    taking = [e for e in service.endpoints if e.weight and _family(e.ip) == _family(vip)]
    return frozenset(identities[e.ip, port.protocol, e.port_for(port)] for e in taking)


def _families(addresses: tuple[str, ...]) -> frozenset[int]:
    return frozenset(map(_family, addresses))


def _family(address: str) -> int:
    return 6 if ":" in address else 4
