"""Which UDP connections lead where nobody wants them any more. Pure.

A client of UDP may send from one port for ever, and conntrack keeps its way for as long: to an endpoint that has left,
to a service that has gone, or past a service that came later. What is stale follows from what is wanted now, not from
what was changed, so that a sweep after a crash finds the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from reconciler.pipeline import SERVICES
from reconciler.resources import Entry, Family, Resource, family_of

if TYPE_CHECKING:
    from reconciler.intents import Declared, Service

Place = tuple[str, int]
"""Address and port."""
UDP = ",udp:"
"""In the member of a set."""


class Connection(NamedTuple):
    """A UDP connection, as conntrack holds it."""

    client: Place
    asked: Place
    """Where the client sends to."""
    answers: Place
    """Where the answers come from: an endpoint, or what was asked when nothing is balanced."""
    returned: str
    """The address that the answers go to: another than the client's is masquerade."""
    balanced: bool = False
    """Whether it has our mark."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How the UDP connections of a node may look."""

    served: Mapping[Place, frozenset[Place]] = field(default_factory=dict)
    """The places of all services."""
    gateway_ips: Mapping[Family, str] = field(default_factory=dict)
    """What the node's own clients are masqueraded to, in the families in which they are served by us."""

    def misleads(self, connection: Connection) -> bool:
        """Whether a connection of our zone goes to no endpoint, or past a service."""
        endpoints = self.served.get(connection.asked)
        return connection.balanced if endpoints is None else connection.answers not in endpoints

    def evades(self, connection: Connection) -> bool:
        """Whether one of the node's own was not masqueraded as ours are, because it is older than its service."""
        gateway_ip = self.gateway_ips.get(family_of(connection.asked[0]))
        return gateway_ip is not None and connection.asked in self.served and connection.returned != gateway_ip


Places = Mapping[Place, frozenset[Place]]
"""The endpoints of VIPs and ports."""


def places(declared: "Declared[Service]") -> Places:
    """The UDP endpoints of every VIP and port of a service; those that drain are among them."""
    service = declared.spec
    found: dict[Place, frozenset[Place]] = {}
    for port in service.ports:
        if port.protocol == "UDP":
            ends = [(endpoint.ip, endpoint.port_for(port)) for endpoint in service.endpoints]
            for vip in service.cluster_ips:
                found[vip, port.port] = frozenset(end for end in ends if family_of(end[0]) == family_of(vip))
    return found


def served(services: "Iterable[Declared[Service]]") -> dict[Place, frozenset[Place]]:
    """The places of many services."""
    return {place: ends for declared in services for place, ends in places(declared).items()}


def no_longer_steered(removed: Iterable[Resource]) -> frozenset[Place]:
    """The VIPs and UDP ports whose members of the sets are among removed resources."""
    members = (r.member for r in removed if isinstance(r, Entry) and r.set in SERVICES.values() and UDP in r.member)
    return frozenset((ip, int(port)) for ip, _, port in (member.partition(UDP) for member in members))
