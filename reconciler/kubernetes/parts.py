"""The intents that a service becomes.

An intent has one list of endpoints for all of its ports. Where Kubernetes has several (a named target port that some
pods lack), the ports with other endpoints than the first become intents of their own, called by their port.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from reconciler.intents.findings import Place
from reconciler.intents.places import Path
from reconciler.kubernetes.endpoints import Backends
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.objects import Service, ServicePort
from reconciler.kubernetes.remarks import Remark

LONGEST = 63
"""Characters of a DNS label."""


@dataclass(frozen=True, slots=True)
class Part:
    """Ports of a service that lead to the same addresses."""

    given: Given[Service]
    name: str
    ports: Mapping[int, Backends]
    """By index in the service; the addresses are the same in all."""

    @property
    def backends(self) -> Backends:
        """The endpoints, as the first port has them."""
        return next(iter(self.ports.values()), {})

    def port(self, index: int) -> ServicePort:
        """A port as Kubernetes has it."""
        return self.given.object.spec.ports[index]


def parts(given: Given[Service], by_port: Sequence[Backends], taken: set[str]) -> Iterator[Part]:
    """The parts of a service; `taken` are the keys that an intent may not have, and grows."""
    groups: dict[tuple[str, ...], dict[int, Backends]] = {}
    for index, backends in enumerate(by_port):
        groups.setdefault(tuple(backends), {})[index] = backends
    metadata, ports = given.object.metadata, given.object.spec.ports
    first, *others = groups.values() or [{}]
    yield Part(given, metadata.name, first)
    for group in others:
        yield Part(given, free_name(metadata.namespace, metadata.name, ports[min(group)].name, taken), group)


def free_name(namespace: str, service: str, port: str, taken: set[str]) -> str:
    """A name for a part, from those of the service and of its port; one with a hash where that is none, or not free."""
    name = f"{service}-{port}"
    if len(name) > LONGEST or f"{namespace}/{name}" in taken:
        name = f"{service[: LONGEST - 9]}-{blake2b(f'{service} {port}'.encode(), digest_size=4).hexdigest()}"
    taken.add(f"{namespace}/{name}")
    return name


def part_note(part: Part) -> Iterator[Remark]:
    """That a service has become several intents."""
    metadata = part.given.object.metadata
    if part.name != metadata.name:
        ports = ", ".join(part.port(index).name for index in part.ports)
        key = f"{metadata.namespace}/{part.name}"
        message = f"port {ports} has endpoints of its own, so it is the service {key} in the same file"
        yield part.given.remark(message, "spec", "ports", min(part.ports))


def document(part: Part, node_names: Mapping[str, str]) -> Mapping[str, Any]:
    """A part as an intent says it."""
    metadata, spec = part.given.object.metadata, part.given.object.spec
    targets = {index: target(part.port(index), backends) for index, backends in part.ports.items()}
    return {
        "kind": "Service",
        "name": part.name,
        "namespace": metadata.namespace,
        "clusterIPs": list(spec.vips),
        "ports": [port_document(part, index, target) for index, target in targets.items()],
        "endpoints": [endpoint_document(part, ip, targets, node_names) for ip in part.backends],
    }


def target(port: ServicePort, backends: Backends) -> int:
    """Where most of the endpoints listen; without any, what the service says."""
    counted = Counter(backend.number for backend in backends.values())
    if counted:
        return min(counted, key=lambda number: (-counted[number], number))
    return port.target_port if isinstance(port.target_port, int) and port.target_port else port.port


def port_document(part: Part, index: int, target: int) -> Mapping[str, Any]:
    """A port as an intent says it."""
    port = part.port(index)
    document: dict[str, Any] = {"protocol": port.protocol, "port": port.port}
    if name := port_name(part, index, target):
        document["name"] = name
    if target != port.port:
        document["targetPort"] = target
    return document


def port_name(part: Part, index: int, target: int) -> str:
    """The name of a port; one that has none needs one when endpoints differ in theirs."""
    port = part.port(index)
    differ = any(backend.number != target for backend in part.ports[index].values())
    return port.name or (f"{port.protocol.lower()}-{port.port}" if differ else "")


def endpoint_document(
    part: Part, ip: str, targets: Mapping[int, int], node_names: Mapping[str, str]
) -> Mapping[str, Any]:
    """An endpoint as an intent says it."""
    numbers = {index: backends[ip].number for index, backends in part.ports.items()}
    ports = {port_name(part, i, targets[i]): number for i, number in numbers.items() if number != targets[i]}
    document: dict[str, Any] = {"ip": ip}
    if node_name := node_names.get(part.backends[ip].node_name):
        document["nodeName"] = node_name
    if ports:
        document["ports"] = ports
    return document


def sources(part: Part) -> Mapping[Path, Place]:
    """Where each piece of it came from."""
    given = part.given
    several = bool(given.object.spec.cluster_ips)
    return {
        (): given.at,
        ("name",): given.place("metadata", "name"),
        ("namespace",): given.place("metadata", "namespace"),
        ("clusterIPs",): given.place("spec", "clusterIPs" if several else "clusterIP"),
        **{("ports", number): given.place("spec", "ports", index) for number, index in enumerate(part.ports)},
        **{("endpoints", number): backend.at for number, backend in enumerate(part.backends.values())},
    }
