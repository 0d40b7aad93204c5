"""Which backends a port of a service has, by the rules of kube-proxy.

An endpoint is ready unless its conditions say no. A port without a ready one, in a family of addresses, falls back to
those that serve while they terminate. Slices are merged, and an address counts as the best that is said of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from reconciler.intents.fields import packed
from reconciler.intents.findings import Place
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.objects import Conditions, EndpointSlice, ServicePort

Slices = Sequence[Given[EndpointSlice]]


class Fitness(IntEnum):
    """Whether new connections may go to an endpoint; the lower, the better."""

    READY = 0
    ONLY_LEFT = 1
    UNFIT = 2


class Backend(NamedTuple):
    """An endpoint as one port of a service has it."""

    family: int
    """Bytes of an address: 4 or 16."""
    data: bytes
    number: int
    node_name: str
    """Empty when it is not said."""
    ip: str
    at: Place


Backends = Mapping[str, Backend]
"""By address, sorted."""


def fitness(conditions: Conditions) -> Fitness:
    """What the conditions of an endpoint mean; one that is not said is good."""
    if conditions.ready is not False:
        return Fitness.READY
    return Fitness.ONLY_LEFT if conditions.serving is not False and conditions.terminating else Fitness.UNFIT


def backends(slices: Slices, port: ServicePort) -> list[Backend]:
    """All that new connections to a port may go to, sorted; an address stands once for each number it listens on."""
    given = list(candidates(slices, port))
    best: dict[int, Fitness] = {}
    for fit, backend in given:
        best[backend.family] = min(fit, best.get(backend.family, Fitness.ONLY_LEFT))
    return sorted((backend for fit, backend in given if fit == best[backend.family]), key=place_in_line)


def place_in_line(backend: Backend) -> tuple[int, bytes, int, bool, str]:
    """Backends stand by address, and of several at one address that which is taken stands first."""
    return backend.family, backend.data, backend.number, not backend.node_name, backend.node_name


def candidates(slices: Slices, port: ServicePort) -> Iterator[tuple[Fitness, Backend]]:
    """Everything that the slices say of a port."""
    for given in slices:
        for number in numbers(given.object, port):
            for index, endpoint in enumerate(given.object.endpoints):
                ip = endpoint.addresses[0]
                data, at = packed(ip), given.place("endpoints", index, "addresses", 0)
                backend = Backend(len(data), data, number, endpoint.node_name or "", ip, at)
                yield fitness(endpoint.conditions), backend


def numbers(slice_: EndpointSlice, port: ServicePort) -> Iterator[int]:
    """Where the endpoints of a slice listen for a port of the service."""
    for each in slice_.ports:
        if each.port is not None and (each.name, each.protocol) == (port.name, port.protocol):
            yield each.port


def by_address(sorted_backends: Iterable[Backend]) -> Backends:
    """The first backend of each address."""
    first: dict[str, Backend] = {}
    for backend in sorted_backends:
        first.setdefault(backend.ip, backend)
    return first
