"""Who has what in a folder without faults, so that a changed service is checked against the others and not with them.

It tells only whether a change may be a fault. Which one, and where, is for the checks of the whole folder to say.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.intents.endpoint_checks import check_endpoints
from reconciler.intents.findings import Place, place
from reconciler.intents.models import Declared, Intents, Service
from reconciler.intents.network import network
from reconciler.intents.service_checks import check_services

Claim = tuple[str, str, int]
"""VIP, protocol and port."""


class Index:
    """The names, VIPs, ports and endpoints of all services, and the addresses of all nodes."""

    def __init__(self, intents: Intents) -> None:
        self._network, self._nodes = network(intents.nodes.values()), intents.nodes.keys()
        self._names: set[str] = set()
        self._claims: set[Claim] = set()
        self._vips: dict[str, tuple[str, Place]] = {}
        self._users: Counter[str] = Counter()
        """How many services have a VIP."""
        self._endpoints: Counter[str] = Counter()
        """How many services have an endpoint."""
        for declared in intents.services.values():
            self._enter(declared)

    def exchange(self, gone: Iterable[Declared[Service]], come: Iterable[Declared[Service]]) -> bool:
        """Take services out and others in; whether the folder is sure to be without faults. If not, it is spoiled."""
        for declared in gone:
            self._leave(declared)
        new = list(come)
        return all(map(self._enter, new)) and not any(True for _ in self._findings(new))

    def _enter(self, declared: Declared[Service]) -> bool:
        """Whether the service has a name, and every VIP, protocol and port, to itself."""
        service, claims = declared.spec, _claims(declared)
        alone = service.key not in self._names and self._claims.isdisjoint(claims)
        self._names.add(service.key)
        self._claims.update(claims)
        for index, vip in enumerate(service.cluster_ips):
            self._vips.setdefault(vip, (service.key, place(declared, "clusterIPs", index)))
        self._users.update(service.cluster_ips)
        self._endpoints.update(endpoint.ip for endpoint in service.endpoints)
        return alone

    def _leave(self, declared: Declared[Service]) -> None:
        service = declared.spec
        self._names.remove(service.key)
        self._claims.difference_update(_claims(declared))
        _subtract(self._users, service.cluster_ips)
        _subtract(self._endpoints, (endpoint.ip for endpoint in service.endpoints))
        for vip in service.cluster_ips:
            if vip not in self._users:
                self._vips.pop(vip, None)

    def _findings(self, new: list[Declared[Service]]) -> Iterator[object]:
        yield from check_services(new, self._network)
        yield from check_endpoints(new, self._network, self._vips, self._nodes)
        yield from (vip for declared in new for vip in declared.spec.cluster_ips if vip in self._endpoints)


def _claims(declared: Declared[Service]) -> list[Claim]:
    service = declared.spec
    return [(vip, port.protocol, port.port) for vip in service.cluster_ips for port in service.ports]


def _subtract(of: Counter[str], keys: Iterable[str]) -> None:
    for key in keys:
        of[key] -= 1
        if not of[key]:
            del of[key]
