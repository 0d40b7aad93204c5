"""Who may be asked about: the node itself, and the pods on its bridge; and why somebody else is not served."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from reconciler.errors import ReconcileError
from reconciler.explain.seen import Port
from reconciler.explain.values import ClientKind
from reconciler.facts import Networks, Pod, View
from reconciler.intents import Node, Service
from reconciler.resources import Family, family_of


@dataclass(frozen=True, slots=True)
class Caller:
    """A client, with an address in each family that it has."""

    kind: ClientKind
    name: str
    addresses: Mapping[Family, str] = field(default_factory=dict)
    unserved: Mapping[Family, str] = field(default_factory=dict)
    """Why it is not served, in the families in which it is not."""
    itself: bool = False
    """Whether only its way to itself is asked about."""


def callers(view: View, service: Service) -> Iterator[Caller]:
    """One of every kind of client here: the node, a pod, and every pod that is an endpoint and may meet itself."""
    yield node(view)
    endpoints = {endpoint.ip for endpoint in service.endpoints if endpoint.weight}
    served = [pod for pod in pods(view) if not pod.unserved]
    meet = [not endpoints.isdisjoint(pod.addresses.values()) for pod in served]
    chosen = served[meet.index(False) if False in meet else 0] if served else None
    if chosen:
        yield chosen
    for pod, may_meet_itself in zip(served, meet, strict=True):
        if may_meet_itself and pod is not chosen:
            yield Caller(pod.kind, pod.name, pod.addresses, itself=True)


def node(view: View) -> Caller:
    """The node itself."""
    families: set[Family] = {family_of(cidr) for cidr in view.node.spec.pod_cidrs}
    why = {family: text for family in families if (text := _unserved(view, family))}
    return Caller("node", view.node.spec.name, view.facts.gateway_ips, why)


def _unserved(view: View, family: Family) -> str:
    gateway = view.node.spec.gateway.interface
    if family not in view.facts.gateway_ips:
        return f"{gateway} has no IPv{family} address, so the node's own clients are not served over IPv{family}"
    if not view.virtual_ip(family):
        return f"no IPv{family} address in virtualIPs, so the node's own clients are not served over IPv{family}"
    return ""


def pods(view: View) -> list[Caller]:
    """The pods on the bridge, by their ports."""
    inside = Networks(view.node.spec.pod_cidrs)
    by_port: dict[str, list[Pod]] = {}
    for pod in sorted(view.facts.pods.values(), key=lambda pod: (family_of(pod.ip), ip_address(pod.ip))):
        by_port.setdefault(pod.port, []).append(pod)
    return [_pod(of_port, inside, view) for of_port in by_port.values()]


def _pod(of_port: list[Pod], inside: Networks, view: View) -> Caller:
    addresses: dict[Family, str] = {}
    for pod in of_port:
        addresses.setdefault(family_of(pod.ip), pod.ip)
    strange = f"is outside of the podCIDRs of {view.node.spec.name}: what it sends is switched as if we were not there"
    why = {family: f"{ip} {strange}; add its network" for family, ip in addresses.items() if ip not in inside}
    return Caller("pod", of_port[0].ip, addresses, why)


def named(view: View, wanted: str, ports: Mapping[str, Port], nodes: Iterable[Node]) -> Caller:
    """The client that somebody named: `node`, an address, or the name of a port. Raises ReconcileError for neither."""
    spec = view.node.spec
    if wanted in ("node", spec.name, *spec.addresses, *view.facts.gateway_ips.values()):
        return node(view)
    behind = [ip for ip, port in ports.items() if port.name == wanted]
    for pod in pods(view):
        if set(behind) & set(pod.addresses.values()):
            return pod
    try:
        ip = str(ip_address(wanted))
    except ValueError:
        known = ", ".join(sorted({port.name for port in ports.values()}))
        raise ReconcileError(
            f"--from {wanted}: no address, and no port of bridge {spec.bridge} with a pod behind it: give `node`, "
            f"an address, or one of {known or 'no port'}"
        ) from None
    return _of_address(view, ip, nodes)


def _of_address(view: View, ip: str, nodes: Iterable[Node]) -> Caller:
    family = family_of(ip)
    for pod in pods(view):
        if ip in pod.addresses.values():
            return Caller("pod", ip, {family: ip}, {f: why for f, why in pod.unserved.items() if f == family})
    return Caller("pod", ip, {family: ip}, {family: _nobody(view, ip, nodes)})


def _nobody(view: View, ip: str, nodes: Iterable[Node]) -> str:
    """Why an address without a port here is not served."""
    spec = view.node.spec
    if ip in spec.virtual_ips:
        return f"{ip} is the virtual IP of {spec.name}: it stands for other clients, and connects to nothing itself"
    if ip in Networks(spec.pod_cidrs):
        return (
            f"{ip} lies in the podCIDRs of {spec.name}, but no Interface of bridge {spec.bridge} has it: set "
            "external_ids attached-mac and ip-address on the pod's Interface"
        )
    for other in nodes:
        if ip in other.addresses or ip in Networks(other.pod_cidrs):
            return f"{ip} is of node {other.name}: its packets to a VIP are balanced there, so run it on {other.name}"
    return (
        f"{ip} is nobody's here: it is no address of {spec.name}, in none of its podCIDRs, and no Interface of bridge "
        f"{spec.bridge} has it; what it sends is switched as if we were not there"
    )
