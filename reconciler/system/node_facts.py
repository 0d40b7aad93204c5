"""Reads a Linux node's facts: of the bridge from Open vSwitch, of the gateway and the settings from the kernel."""

from pathlib import Path

from reconciler.errors import NodeError
from reconciler.facts import Facts
from reconciler.ownership import ROUTE_PROTOCOL
from reconciler.pipeline import MAIN_TABLE
from reconciler.resources import FAMILIES, Family
from reconciler.site import Site
from reconciler.system import netlink
from reconciler.system.bridge_facts import gateway_ips, read_bridge
from reconciler.system.reach import local

UNICAST = 1
"""The type of a route that leads somewhere; `unreachable` and its like have others."""


def read_facts(site: Site, rundir: str) -> Facts:
    """The facts of this machine as a node. Raises NodeError for whatever the intents name and it does not have."""
    bridge, gateway = read_bridge(site, local(site, rundir)), site.gateway
    link = netlink.read_link(gateway)
    if link is None:
        raise NodeError(f"no interface {gateway} in this network namespace: is this node {site.node}?")
    return Facts(
        gateway_port=bridge.gateway_port,
        gateway_mac=link.mac,
        gateway_ips=dict(gateway_ips(link.addresses, site.pod_cidrs)),
        pods=bridge.pods,
        strange_ports=bridge.strange_ports,
        direct_nat=bridge.direct_nat,
        antrea=bridge.antrea,
        node_served=serves_node(site),
        sysctls=read_sysctls(gateway),
        default_routes=frozenset(family for family in FAMILIES if _default_route(family)),
    )


def serves_node(site: Site) -> bool:
    """Whether somebody else holds the route to a virtual IP: Antrea, with proxyAll."""
    if site.pipeline != "antrea":
        return False
    routes = (message for family in FAMILIES for message in netlink.routes(family, MAIN_TABLE))
    return any(m.get_attr("RTA_DST") in site.virtual_ips and m["proto"] != ROUTE_PROTOCOL for m in routes)


def _default_route(family: Family) -> bool:
    routes = netlink.routes(family, MAIN_TABLE)
    return any(message["dst_len"] == 0 and message["type"] == UNICAST for message in routes)


def read_sysctls(gateway: str) -> dict[str, str]:
    """The kernel settings that a path depends on, by the name that `sysctl` takes."""
    name = gateway.replace(".", "/")
    paths = {
        "net.ipv4.conf.all.rp_filter": "ipv4/conf/all/rp_filter",
        f"net.ipv4.conf.{name}.rp_filter": f"ipv4/conf/{gateway}/rp_filter",
        "net.ipv4.ip_forward": "ipv4/ip_forward",
        f"net.ipv4.conf.{name}.forwarding": f"ipv4/conf/{gateway}/forwarding",
        "net.ipv6.conf.all.forwarding": "ipv6/conf/all/forwarding",
    }
    root = Path("/proc/sys/net")
    return {name: (root / path).read_text().strip() for name, path in paths.items() if (root / path).exists()}
