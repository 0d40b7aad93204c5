"""What the operator should know and this tool leaves alone: settings of the host, and pods that are not where expected.

Kernel settings belong to the host: they carry no mark of ours, and `release` could not know what they were before. So
they are reported, with the command that mends them, and never written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from reconciler.facts import Networks, View
from reconciler.intents import Declared, Service
from reconciler.resources import Family, family_of

MOST_PODS = 10
"""Absent pods that are named one by one."""


Absent = tuple[str, Declared[Service]]
"""An endpoint that is not where its address says, and its service."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A kernel setting that breaks a path."""

    name: str
    value: str
    harm: str
    command: str
    """What mends it."""


def notes(view: View) -> Iterator[str]:
    """One line for each thing, what it breaks and what mends it."""
    yield from node_notes(view)
    absent = absent_pods(view)
    yield from pod_notes(view, (each for declared in view.services.values() for each in absent(declared)))


def node_notes(view: View) -> Iterator[str]:
    """Those that no single service is the reason of."""
    yield from _antrea(view)
    yield from _gateway(view)
    yield from _windows(view)
    yield from _settings(view)
    if _delivers(view):
        yield from _bridge(view)


def _delivers(view: View) -> bool:
    return view.node.spec.pipeline == "standalone"  # elsewhere others deliver to the pods, and know their own


def _bridge(view: View) -> Iterator[str]:
    for strange in view.facts.strange_ports:
        yield f"{strange}: not an address with a MAC, or given twice; that pod is not on the bridge for us"
    yield from _outside(view)


def _antrea(view: View) -> Iterator[str]:
    antrea = view.facts.antrea
    if not antrea:
        return
    if antrea.leads_back and not antrea.marks_conflict:
        yield f"Antrea {antrea.versions}: its own flows keep the service mark and lead back, without ours"
    if view.facts.node_served:
        yield "Antrea (proxyAll) leads this node's own packets to services: nothing of ours is needed for that"


def _gateway(view: View) -> Iterator[str]:
    gateway, routes = view.node.spec.gateway.interface, view.facts.default_routes
    for family in sorted({family_of(cidr) for cidr in view.node.spec.pod_cidrs}):
        if family not in view.facts.gateway_ips:
            yield (
                f"{gateway} has no IPv{family} address: the node's own clients are not served over IPv{family}; "
                f"add one with `{_new_address(view)}`"
            )
        elif not view.virtual_ip(family):
            yield f"no IPv{family} address in virtualIPs: the node's own clients are not served over IPv{family}"
        elif routes is not None and family not in routes:
            yield (
                f"no IPv{family} default route: the node's own clients find no way to a VIP before it is marked; "
                f"add one with `ip {'-6 ' if family == 6 else ''}route add default via NEXT-HOP`"
            )


def _new_address(view: View) -> str:
    gateway = view.node.spec.gateway.interface
    if view.node.spec.platform == "windows":
        return f"New-NetIPAddress -InterfaceAlias {gateway} -IPAddress ADDRESS -PrefixLength LENGTH"
    return f"ip address add ADDRESS/LENGTH dev {gateway}"


def _windows(view: View) -> Iterator[str]:
    if view.node.spec.platform != "windows":
        return
    gateway = view.node.spec.gateway.interface
    for family in view.facts.not_forwarding:
        if family in view.steered:
            yield (
                f"{gateway} does not forward IPv{family}: endpoints outside of the bridge are not reached: "
                f"`Set-NetIPInterface -InterfaceAlias {gateway} -AddressFamily IPv{family} -Forwarding Enabled`"
            )
    if 6 in view.steered and any(map(_is_elsewhere(view), _endpoints(view, 6))):
        yield (
            "Windows has no NAT for IPv6: this node's own clients reach IPv6 endpoints on this node only, "
            "since others would answer the virtual IP"
        )
    yield from _outside_service_cidrs(view)


def _endpoints(view: View, family: Family) -> Iterator[str]:
    endpoints = (endpoint.ip for service in view.services.values() for endpoint in service.spec.endpoints)
    return (ip for ip in endpoints if family_of(ip) == family)


def _is_elsewhere(view: View) -> Callable[[str], bool]:
    inside = Networks(view.node.spec.pod_cidrs)
    return lambda ip: ip not in inside and ip not in view.node.spec.addresses


def _outside_service_cidrs(view: View) -> Iterator[str]:
    windows = view.node.spec.windows
    if not windows or windows.mode == "self-nexthop" or not view.steered:
        return
    inside = Networks(windows.service_cidrs)
    for key, service in view.services.items():
        for vip in service.spec.cluster_ips:
            if vip not in inside and family_of(vip) in view.steered:
                yield f"VIP {vip} ({key}, {service.origin}) is in none of serviceCIDRs: the node has no way to it"


def _settings(view: View) -> Iterator[str]:
    return (f"{unfit.harm}: `{unfit.command}`" for unfit in unfit_settings(view))


def unfit_settings(view: View) -> Iterator[Unfit]:
    """The kernel settings that break a path."""
    sysctls, gateway = view.facts.sysctls, view.node.spec.gateway.interface
    filters = {name: value for name, value in sysctls.items() if name.endswith("rp_filter")}
    # The kernel takes the larger of `all` and the interface's own; 1 drops what a VIP answers.
    if 4 in view.facts.gateway_ips and filters and max(map(int, filters.values())) == 1:
        name = next(name for name in filters if ".all." not in name)
        harm = f"rp_filter=1 drops what a VIP answers the node on {gateway}"
        yield Unfit(next(n for n, value in filters.items() if value == "1"), "1", harm, f"sysctl -w {name}=2")
    for name, value in sysctls.items():
        if value == "0" and name.endswith(("forwarding", "ip_forward")):
            harm = f"{name}=0: endpoints outside this node are not reached"
            yield Unfit(name, value, harm, f"sysctl -w {name}=1")


def pod_notes(view: View, absent: Iterable[Absent]) -> Iterator[str]:
    """Endpoints of this node's pod networks that are not on its bridge."""
    bridge, gateway = view.node.spec.bridge, view.node.spec.gateway.interface
    rest = iter(absent)
    for ip, declared in islice(rest, MOST_PODS):
        yield (
            f"{ip} ({declared.spec.key}, {declared.origin}) is not on bridge {bridge}: it is delivered through "
            f"{gateway}; if it is a pod of this bridge, set external_ids attached-mac and ip-address on its Interface"
        )
    if more := sum(1 for _ in rest):
        yield f"{more} more endpoints in podCIDRs are not on bridge {bridge}: likewise"


def _outside(view: View) -> Iterator[str]:
    inside = Networks(view.node.spec.pod_cidrs)
    outside = [ip for ip in view.facts.pods if ip not in inside]
    if outside:
        yield (
            f"{len(outside)} pod addresses of bridge {view.node.spec.bridge} are outside podCIDRs ({outside[0]}, ...): "
            "as clients they are not served; add their network to podCIDRs"
        )


def absent_pods(view: View) -> Callable[[Declared[Service]], tuple[Absent, ...]]:
    """What tells the endpoints of a service that are in podCIDRs of this node and not on its bridge."""
    inside = Networks(view.node.spec.pod_cidrs if _delivers(view) else ())
    here = {*view.facts.pods, *view.facts.gateway_ips.values()}

    def absent(declared: Declared[Service]) -> tuple[Absent, ...]:
        ips = (endpoint.ip for endpoint in declared.spec.endpoints)
        return tuple((ip, declared) for ip in ips if ip not in here and ip in inside)

    return absent
