"""What a service asks for and an intent cannot say, so that nobody takes it for granted: one note each."""

from collections.abc import Iterator

from reconciler.kubernetes.endpoints import Slices
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.objects import Service
from reconciler.kubernetes.remarks import Remark

TOPOLOGY = ("service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints")
"""Annotations, the newer one first."""

ONLY_VIPS = "only cluster IPs are served"
EVERYWHERE = "endpoints on every node and in every zone are used"


def service_notes(given: Given[Service], slices: Slices) -> Iterator[Remark]:
    """Everything beside cluster IPs and endpoints."""
    yield from affinity(given)
    yield from outer_addresses(given)
    yield from policies(given)
    yield from topology(given, slices)


def affinity(given: Given[Service]) -> Iterator[Remark]:
    """Clients that stay with their endpoint."""
    wanted = given.object.spec.session_affinity
    if wanted != "None":
        message = f"sessionAffinity {wanted} is not kept: every new connection chooses anew"
        yield given.remark(message, "spec", "sessionAffinity")


def outer_addresses(given: Given[Service]) -> Iterator[Remark]:
    """Addresses and ports for clients from outside."""
    spec = given.object.spec
    if node_ports := ", ".join(str(port.node_port) for port in spec.ports if port.node_port):
        yield given.remark(f"nodePort {node_ports}: {ONLY_VIPS}", "spec", "ports")
    if spec.external_ips:
        yield given.remark(f"externalIPs {', '.join(spec.external_ips)}: {ONLY_VIPS}", "spec", "externalIPs")
    ingress = given.object.status.load_balancer.ingress
    # A balancer in mode Proxy sends to a node port, and one with a host name has no address to serve.
    if ips := ", ".join(each.ip for each in ingress if each.ip and each.ip_mode == "VIP"):
        yield given.remark(f"load balancer {ips}: {ONLY_VIPS}", "status", "loadBalancer", "ingress")


def policies(given: Given[Service]) -> Iterator[Remark]:
    """Endpoints on the client's own node only."""
    spec = given.object.spec
    if spec.internal_traffic_policy != "Cluster":
        message = f"internalTrafficPolicy {spec.internal_traffic_policy} is not kept: {EVERYWHERE}"
        yield given.remark(message, "spec", "internalTrafficPolicy")
    if spec.external_traffic_policy != "Cluster":
        message = f"externalTrafficPolicy {spec.external_traffic_policy} is not kept: {ONLY_VIPS}"
        yield given.remark(message, "spec", "externalTrafficPolicy")


def topology(given: Given[Service], slices: Slices) -> Iterator[Remark]:
    """Endpoints that are preferred for where they are; one note, whichever of the keys asks for it."""
    spec, annotations = given.object.spec, given.object.metadata.annotations
    asked = next((key for key in TOPOLOGY if annotations.get(key, "Disabled").lower() != "disabled"), None)
    hinted = next((each for each in slices if any(end.hints for end in each.object.endpoints)), None)
    if spec.traffic_distribution:
        message = f"trafficDistribution {spec.traffic_distribution} is not kept: {EVERYWHERE}"
        yield given.remark(message, "spec", "trafficDistribution")
    elif asked:
        yield given.remark(f"{asked} is not kept: {EVERYWHERE}", "metadata", "annotations", asked)
    elif hinted:
        yield hinted.remark(f"hints of its endpoints are not kept: {EVERYWHERE}", "endpoints")
