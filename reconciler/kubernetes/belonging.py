"""Which services kube-proxy would serve, and which slices are theirs; a note for each of the others."""

from collections.abc import Iterator, Mapping

from reconciler.kubernetes.endpoints import Slices
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.objects import EndpointSlice, Metadata, Service
from reconciler.kubernetes.remarks import Remark

SERVICE_NAME = "kubernetes.io/service-name"
NOT_OURS = ("service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless")
"""Labels with which kube-proxy does not look at a service or slice, whatever their value."""

AS_KUBE_PROXY = "left out, as kube-proxy does"

Services = Mapping[str, Given[Service]]


def why_left_out(given: Given[Service]) -> Remark | None:
    """Why kube-proxy does nothing for a service, or None."""
    spec = given.object.spec
    if label := mark(given.object.metadata):
        return given.remark(f"it has the label {label}: {AS_KUBE_PROXY}", "metadata", "labels", label)
    if spec.type == "ExternalName":
        return given.remark(f"type ExternalName is only a name in DNS: {AS_KUBE_PROXY}", "spec", "type")
    if "None" in spec.vips:
        return given.remark(f"headless, so there is no VIP: {AS_KUBE_PROXY}", "spec", "clusterIP")
    return None


def mark(metadata: Metadata) -> str | None:
    """The label that keeps kube-proxy away, if there is one."""
    return next((label for label in NOT_OURS if label in metadata.labels), None)


def service_of(given: Given[EndpointSlice]) -> str | None:
    """Namespace and name of the service that a slice belongs to."""
    metadata = given.object.metadata
    name = metadata.labels.get(SERVICE_NAME)
    return f"{metadata.namespace}/{name}" if name else None


def slices_by_service(slices: Mapping[str, Given[EndpointSlice]]) -> Mapping[str, Slices]:
    """The slices that kube-proxy looks at, sorted by name."""
    found: dict[str, list[Given[EndpointSlice]]] = {}
    for _, each in sorted(slices.items()):
        key = service_of(each)
        if key and not mark(each.object.metadata):
            found.setdefault(key, []).append(each)
    return found


def slice_notes(given: Given[EndpointSlice], services: Services, served: Services) -> Iterator[Remark]:
    """Why a slice, or a part of it, is not used; of a service that is left out that is said already."""
    key, label = service_of(given), mark(given.object.metadata)
    if key is None:
        yield given.remark(f"no label {SERVICE_NAME}, so it is of no service: left out", "metadata")
    elif key not in services:
        yield given.remark(f"its service {key} was not given: left out", "metadata", "labels", SERVICE_NAME)
    elif label and key in served:
        yield given.remark(f"it has the label {label}: {AS_KUBE_PROXY}", "metadata", "labels", label)
    elif key in served:
        yield from family_note(given, served[key])
        yield from port_notes(given)
        yield from host_notes(given)


def family_note(given: Given[EndpointSlice], service: Given[Service]) -> Iterator[Remark]:
    """A slice of a family in which the service has no VIP."""
    six = any(":" in endpoint.addresses[0] for endpoint in given.object.endpoints)
    if given.object.endpoints and six not in {":" in ip for ip in service.object.spec.vips}:
        family = "IPv6" if six else "IPv4"
        message = f"{family} endpoints, and service {service.key} has no {family} VIP: {AS_KUBE_PROXY}"
        yield given.remark(message, "endpoints")


def port_notes(given: Given[EndpointSlice]) -> Iterator[Remark]:
    """Ports that stand for every port."""
    for index, port in enumerate(given.object.ports):
        if port.port is None:
            yield given.remark(f"a port without a number is every port: {AS_KUBE_PROXY}", "ports", index)


def host_notes(given: Given[EndpointSlice]) -> Iterator[Remark]:
    """Endpoints with more addresses than the one that is used."""
    for index, endpoint in enumerate(given.object.endpoints):
        first, *rest = endpoint.addresses
        if rest:
            message = f"{', '.join(rest)}: only the first address of an endpoint is used, which is {first}"
            yield given.remark(f"{message}, as kube-proxy does", "endpoints", index, "addresses", 1)
