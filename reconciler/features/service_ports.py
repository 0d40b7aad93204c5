"""One port of one service in one family: the unit that balances, with its VIPs and the endpoints that take part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from reconciler.facts import View
from reconciler.intents import Declared, Endpoint, Service, ServicePort
from reconciler.origin import Origin
from reconciler.pipeline import DST, PROTOCOL
from reconciler.resources import FAMILIES, Family, family_of


@dataclass(frozen=True, slots=True)
class ServicePortView:
    """A service port in one family, as a node compiles it."""

    view: View
    name: str
    """`namespace/service PROTOCOL/port IPvN`: what its group is named after."""
    origin: Origin
    family: Family
    port: ServicePort
    vips: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    """Endpoints of this family that take new connections: weight above 0, in the order of their addresses."""
    group: int
    """Id of the group, meaningless without endpoints."""

    @property
    def service(self) -> str:
        """The service's key."""
        return self.name.partition(" ")[0]

    def match(self, vip: str) -> str:
        """The flow match for packets to one of the VIPs."""
        return f"{PROTOCOL[self.family, self.port.protocol]},{DST[self.family]}={vip},tp_dst={self.port.port}"

    def member(self, vip: str) -> str:
        """The set member for one of the VIPs."""
        return f"{vip},{self.port.protocol.lower()}:{self.port.port}"


def names(service: Service) -> Iterator[tuple[str, Family, ServicePort]]:
    """The name of every port and family of a service, whether it has endpoints or not."""
    key, families = service.key, {family_of(vip) for vip in service.cluster_ips}
    for family in FAMILIES:
        if family in families:
            for port in service.ports:
                yield f"{key} {port.protocol}/{port.port} IPv{family}", family, port


def service_ports(view: View, declared: Declared[Service], groups: Mapping[str, int]) -> Iterator[ServicePortView]:
    """Every port and family of one service, for the node of a view."""
    for name, family, port in names(declared.spec):
        yield ServicePortView(
            view=view,
            name=name,
            origin=declared.origin,
            family=family,
            port=port,
            vips=tuple(vip for vip in declared.spec.cluster_ips if family_of(vip) == family),
            endpoints=_taking_part(declared.spec, family),
            group=groups[name],
        )


def _taking_part(service: Service, family: Family) -> tuple[Endpoint, ...]:
    six = family == 6
    taking = [e for e in service.endpoints if e.weight and (":" in e.ip) == six]
    return tuple(sorted(taking, key=attrgetter("ip")))
