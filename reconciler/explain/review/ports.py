"""Every port of a service in every family, with its endpoints: the unit that balances."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from reconciler.explain.review.places import Place
from reconciler.explain.review.values import Backend, PortState
from reconciler.features.balance import fit
from reconciler.features.service_ports import names
from reconciler.intents import Declared, Service, ServicePort
from reconciler.resources import Family, family_of

PortKey = tuple[Family, int, str]
"""Family, number and protocol."""


def ports(declared: Declared[Service] | None, place: Callable[[str], Place]) -> Mapping[PortKey, PortState]:
    """Every port of a service; none of one that is not declared."""
    if not declared:
        return {}
    service = declared.spec
    return {
        (family, port.port, port.protocol): _state(service, family, port, place) for _, family, port in names(service)
    }


def _state(service: Service, family: Family, port: ServicePort, place: Callable[[str], Place]) -> PortState:
    endpoints = [endpoint for endpoint in service.endpoints if family_of(endpoint.ip) == family]
    shares = _shares({endpoint.ip: endpoint.weight for endpoint in endpoints})
    backends = {
        e.ip: Backend(e.port_for(port), e.weight, shares.get(e.ip, Fraction(0)), place(e.ip)) for e in endpoints
    }
    return PortState(tuple(vip for vip in service.cluster_ips if family_of(vip) == family), backends)


def _shares(weights: Mapping[str, int]) -> dict[str, Fraction]:
    taking = {ip: weight for ip, weight in weights.items() if weight}
    fitted = fit(list(taking.values())) if taking else []
    return {ip: Fraction(weight, sum(fitted)) for ip, weight in zip(taking, fitted, strict=True)}
