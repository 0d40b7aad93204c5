"""Reads what Open vSwitch knows of a node, wherever it answers: the gateway's port, the pods, the pipeline."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from reconciler.antrea import EVIDENCE, Antrea, looked_for, of_version, recognise
from reconciler.errors import NodeError
from reconciler.facts import Networks, Pod
from reconciler.pipeline import LOCAL_PORT
from reconciler.resources import FAMILIES, Family, family_of
from reconciler.site import Site
from reconciler.switch_faults import aborts_on_direct_nat
from reconciler.system.ovsdb import Bridge, Interface, read_bridges
from reconciler.system.reach import Reach, knock
from reconciler.system.switch import OPENFLOW, read_tables, read_tables_flows, read_version

MAC = re.compile("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class BridgeFacts:
    """As `Facts` has them."""

    gateway_port: str
    pods: Mapping[str, Pod]
    strange_ports: tuple[str, ...]
    direct_nat: bool
    antrea: Antrea | None


def read_bridge(site: Site, reach: Reach) -> BridgeFacts:
    """The facts of a node's bridge. Raises NodeError for whatever the intents name and it does not have."""
    knock(reach.ovsdb, reach.start_ovsdb)
    bridge = _bridge(read_bridges(reach.ovsdb), site)
    require_bridge(reach)
    port = _gateway_port(bridge.interfaces, site)
    gateway_port = "LOCAL" if port == LOCAL_PORT else str(port)
    pods, strange = _pods(bridge.interfaces)
    return BridgeFacts(
        gateway_port=gateway_port,
        pods=pods,
        strange_ports=strange,
        direct_nat=not aborts_on_direct_nat(read_version(reach.openflow), bridge.datapath_type),
        antrea=read_antrea(site, reach.openflow, gateway_port) if site.pipeline == "antrea" else None,
    )


def require_bridge(reach: Reach) -> None:
    """Raise NodeError unless the node's bridge can be talked to."""
    knock(reach.openflow, reach.start_openflow)


def gateway_ips(addresses: Iterable[str], pod_cidrs: Sequence[str]) -> Iterator[tuple[Family, str]]:
    """The address of the gateway that stands for the node in each family: one of the pods' networks, if there is."""
    # Any address of the gateway will do: the chain names the one that is chosen here.
    networks = Networks(pod_cidrs)
    ordered = sorted(addresses, key=lambda ip: ip not in networks)
    for family in FAMILIES:
        found = next((ip for ip in ordered if family_of(ip) == family), None)
        if found:
            yield family, found


def read_antrea(site: Site, target: str, gateway_port: str) -> Antrea:
    """The generation of Antrea's pipeline. Raises NodeError when it is not recognised, with what was looked for."""
    names = read_tables(target)
    if site.antrea_version:
        return of_version(site.antrea_version, names)
    found = recognise(names, read_tables_flows(target, *EVIDENCE), gateway_port)
    if found:
        return found
    raise NodeError(
        f"bridge {site.bridge} has no pipeline of Antrea that is known here: looked for {looked_for(gateway_port)}: "
        f"see that antrea-agent runs and AntreaProxy is on, or give Node {site.node} the version "
        f'(`antrea: {{version: "1.3"}}`)'
    )


def _bridge(bridges: Mapping[str, Bridge], site: Site) -> Bridge:
    if site.bridge not in bridges:
        there = ", ".join(sorted(bridges)) or "none"
        raise NodeError(
            f"no bridge {site.bridge} in Open vSwitch (there is: {there}): create it, or "
            f"mend `bridge` of Node {site.node}"
        )
    bridge = bridges[site.bridge]
    if bridge.protocols and OPENFLOW not in bridge.protocols:
        raise NodeError(
            f"bridge {site.bridge} speaks {', '.join(bridge.protocols)} and not {OPENFLOW}: let it with "
            f"`ovs-vsctl add bridge {site.bridge} protocols {OPENFLOW}`"
        )
    return bridge


def _gateway_port(interfaces: Sequence[Interface], site: Site) -> int:
    gateway = site.gateway
    for interface in interfaces:
        if interface.name == gateway:
            if interface.ofport is None or interface.ofport < 0:
                raise NodeError(f"the gateway port {gateway} has no OpenFlow port yet: see `ovs-vsctl show`")
            return interface.ofport
    raise NodeError(
        f"no gateway port {gateway} on bridge {site.bridge}: create it with `ovs-vsctl add-port {site.bridge} "
        f"{gateway} -- set interface {gateway} type=internal`, or mend `gateway` of Node {site.node}"
    )


def _pods(interfaces: Iterable[Interface]) -> tuple[dict[str, Pod], tuple[str, ...]]:
    """The pods that OVSDB tells of, and what it tells and cannot be: others write it, so nothing is taken as it is."""
    pods: dict[str, Pod] = {}
    strange: list[str] = []
    for interface in interfaces:
        mac, addresses = interface.external_ids.get("attached-mac"), interface.external_ids.get("ip-address")
        if mac and addresses and interface.ofport is not None and interface.ofport > 0:
            for text in addresses.split(","):
                ip = _address(text.strip())
                if ip is None or not MAC.fullmatch(mac) or ip in pods:
                    strange.append(f"Interface {interface.name}: attached-mac {mac!r}, ip-address {text.strip()!r}")
                else:
                    pods[ip] = Pod(ip, str(interface.ofport), mac.lower())
    return pods, tuple(strange)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text)) if "%" not in text else None
    except ValueError:
        return None
