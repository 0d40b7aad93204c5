"""Services: every one that kube-proxy would serve, as one or more intents with the same VIPs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.intents.endpoint_checks import MOST
from reconciler.kubernetes.converted import Converted, converted
from reconciler.kubernetes.endpoints import Backend, Backends, Slices, backends, by_address
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.manifests import FROM_KUBECTL
from reconciler.kubernetes.objects import Service
from reconciler.kubernetes.parts import Part, document, part_note, parts, sources
from reconciler.kubernetes.remarks import Remark
from reconciler.kubernetes.service_notes import service_notes


@dataclass(slots=True)
class Services:
    """The services as intents."""

    intents: dict[str, list[Converted]] = field(default_factory=dict)
    """By `namespace/name` of the service, sorted."""
    notes: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)

    def add(self, part: Part, node_names: Mapping[str, str]) -> None:
        """A part of a service, or what is wrong with it."""
        key = part.given.key
        self.notes.extend(part_note(part))
        intent = converted(document(part, node_names), sources(part), f"Service {key}")
        if isinstance(intent, list):
            self.faults.extend(intent)
        else:
            self.intents.setdefault(key, []).append(intent)


def convert_services(
    served: Mapping[str, Given[Service]], slices: Mapping[str, Slices], node_names: Mapping[str, str]
) -> Services:
    """The services, sorted; `slices` are by service, and `node_names` by the name in Kubernetes."""
    services, taken = Services(), set(served)
    vips = {ip for given in served.values() for ip in given.object.spec.vips}
    for key, given in served.items():
        if not given.object.spec.vips:
            services.faults.append(given.remark(f"it has no clusterIP: {FROM_KUBECTL}", "spec"))
            continue
        of_it = slices.get(key, ())
        by_port, notes = backends_by_port(given, of_it, vips)
        services.notes += [*service_notes(given, of_it), *notes]
        for part in parts(given, by_port, taken):
            services.add(part, node_names)
    return services


def backends_by_port(
    given: Given[Service], slices: Slices, vips: Collection[str]
) -> tuple[list[Backends], list[Remark]]:
    """What each port of a service leads to, and what is said of that which it cannot lead to."""
    spec = given.object.spec
    families = {16 if ":" in ip else 4 for ip in spec.vips}
    found, notes = [], list[Remark]()
    for port in spec.ports:
        in_family = [backend for backend in backends(slices, port) if backend.family in families]
        fit = [backend for backend in in_family if backend.ip not in vips]
        chosen = by_address(fit)
        held = with_room(chosen)
        notes.extend(vip_notes(given, in_family, vips))
        notes.extend(number_notes(given, fit, chosen))
        notes.extend(room_notes(given, chosen, held))
        found.append(held)
    return found, notes


def with_room(chosen: Backends) -> Backends:
    """As many of each family as a group of Open vSwitch holds, by address."""
    sixes = [ip for ip in chosen if ":" in ip][: MOST[True]]
    fours = [ip for ip in chosen if ":" not in ip][: MOST[False]]
    return {ip: chosen[ip] for ip in (*fours, *sixes)}


def vip_notes(given: Given[Service], found: Collection[Backend], vips: Collection[str]) -> Iterator[Remark]:
    """Endpoints that are VIPs: a packet is led on once."""
    for backend in found:
        if backend.ip in vips:
            message = f"Service {given.key}: endpoint {backend.ip} is a VIP: left out, for no VIP leads to another"
            yield Remark(backend.at, message)


def number_notes(given: Given[Service], fit: Collection[Backend], chosen: Backends) -> Iterator[Remark]:
    """Several backends at one address, told apart by their port."""
    for backend in fit:
        used = chosen[backend.ip].number
        if backend.number != used:
            message = f"endpoint {backend.ip} listens on {backend.number} too: {used} is used, an address counts once"
            yield Remark(backend.at, f"Service {given.key}: {message}")


def room_notes(given: Given[Service], chosen: Backends, held: Backends) -> Iterator[Remark]:
    """More endpoints than there is room for."""
    if len(held) < len(chosen):
        message = f"{len(held)} of {len(chosen)} endpoints are used, the first by address: a group holds no more"
        yield given.remark(message, "metadata", "name")
