"""What the steps are told from: the node's view, what it should hold and what was seen, and the questions still open.

An answer that is not there yet is put down as wanted, and what depends on it is told without. Whoever reads the node
asks what is wanted, and has the paths compiled again.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.advice import unfit_settings
from reconciler.desired import Desired
from reconciler.explain.declared import Declared
from reconciler.explain.judging import judge
from reconciler.explain.packets import Packet
from reconciler.explain.seen import Found, Held, Lookup, Seen, Trace
from reconciler.explain.values import Client, Evidence, Place, Verdict
from reconciler.facts import Networks, View
from reconciler.features.service_ports import ServicePortView
from reconciler.resources import Family, Flow, Resource

Passed = tuple[Flow, tuple[Evidence, ...]]
"""A flow that a packet should meet, and the evidence for it."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A client's packet to a VIP, as it comes to the bridge."""

    client: Client
    service_port: ServicePortView
    vip: str
    in_port: str
    mac: str
    """Of who sends it into the bridge."""
    next_hop: str
    """The MAC that it is sent to."""
    source: str
    """As the bridge sees it: the gateway's address for the node."""

    @property
    def family(self) -> Family:
        """4 or 6."""
        return self.service_port.family

    @property
    def protocol(self) -> str:
        """TCP, UDP or SCTP."""
        return self.service_port.port.protocol

    @property
    def of_node(self) -> bool:
        """Whether the node itself is the client."""
        return self.client.kind == "node"


@dataclass(frozen=True, slots=True)
class Leg:
    """A journey on to one endpoint."""

    journey: Journey
    ip: str
    port: int
    place: Place

    @property
    def returns(self) -> bool:
        """Whether the request leaves by the port that it came in on, with the virtual IP as its source."""
        return self.place == "itself" or (self.journey.of_node and self.place != "pod")


class Scene:
    """One node; `thorough` has every endpoint asked for, else those that are told by the same flows are asked once."""

    def __init__(self, view: View, desired: Desired, seen: Seen, *, thorough: bool = True) -> None:
        self.view = view
        self.desired = desired
        self.seen = seen
        self.thorough = thorough
        self.declared = Declared(desired)
        self.lookups: set[Lookup] = set()
        self.packets: set[Packet] = set()
        """What is wanted."""
        self.passed: dict[Packet, list[Passed]] = {}
        """What is known of packets already."""
        self.unfit = tuple(unfit_settings(view))
        self._pod_networks = Networks(view.node.spec.pod_cidrs)
        self._judged: dict[tuple[str, str], Evidence] = {}
        self._stand_ins: dict[tuple[str, Place, str], str] = {}
        self.connections: defaultdict[tuple[str, str], list[Held]] = defaultdict(list)
        """By protocol and what is asked."""
        for each in seen.connections:
            self.connections[each.protocol, each.asked].append(each)

    def take_wanted(self) -> tuple[list[Lookup], list[Packet]]:
        """What is wanted and not yet seen; it counts as asked from now on."""
        lookups, packets = list(self.lookups), list(self.packets)
        self.lookups.clear()
        self.packets.clear()
        return lookups, packets

    @property
    def bridge(self) -> str:
        """The bridge's name."""
        return self.view.node.spec.bridge

    @property
    def gateway(self) -> str:
        """The gateway's name."""
        return self.view.node.spec.gateway.interface

    def find(self, kind: str, key: str) -> Resource | None:
        """A desired resource."""
        return self.desired.get((kind, key))

    def judge(self, *resources: Resource | None) -> tuple[Evidence, ...]:
        """Evidence about desired resources, each looked at once; what is None is not desired."""
        return tuple(self._judge(resource) for resource in resources if resource is not None)

    def _judge(self, resource: Resource) -> Evidence:
        key = resource.kind, resource.key
        if key not in self._judged:
            self._judged[key] = judge(resource, self.seen, self.bridge)
        return self._judged[key]

    def stray(self, kind: str, key: str) -> tuple[Evidence, ...]:
        """Evidence about an object of ours that should not be; nothing when it is not."""
        held = self.seen.owned.get((kind, key))
        if held is None or (kind, key) in self.desired:
            return ()
        return (Evidence(kind, key, "foreign", "", held.text, None, "reconcile"),)

    def lookup(self, question: Lookup) -> Found | None:
        """The kernel's answer; None until it was asked."""
        found = self.seen.lookups.get(question)
        if found is None:
            self.lookups.add(question)
        return found

    def trace(self, packet: Packet) -> Trace | None:
        """Open vSwitch's answer; None until it was asked, or where it cannot be."""
        if self.seen.traces is None:
            return None
        found = self.seen.traces.get(packet)
        if found is None:
            self.packets.add(packet)
        return found

    def is_wanted(self, packet: Packet) -> bool:
        """Whether a packet's trace is still to be asked."""
        return self.seen.traces is not None and packet not in self.seen.traces

    def settings(self, family: Family, *endings: str) -> Iterator[Evidence]:
        """Evidence about the kernel settings of a family whose names end so."""
        for name, value in self.view.facts.sysctls.items():
            if f".ipv{family}." in name and name.endswith(endings):
                bad = next((each for each in self.unfit if each.name == name), None)
                wanted = f"{name} = {'0 or 2' if name.endswith('rp_filter') else 1}"
                verdict: Verdict = "foreign" if bad else "ok"
                mend = bad.command if bad else ""
                yield Evidence("sysctl", name, verdict, wanted, f"{name} = {value}", None, mend)

    def stands_for_others(self, leg: Leg) -> bool:
        """Whether a way tells all that is told of others to the same place: unless thorough, and not of this bridge."""
        antrea = self.view.node.spec.pipeline == "antrea"
        on_bridge = leg.place in ("pod", "itself") or leg.ip in self._pod_networks
        return not (self.thorough or antrea or on_bridge)

    def stand_in(self, leg: Leg) -> str:
        """The endpoint that is asked for in the place of this one: one that stands for it, or itself."""
        if not self.stands_for_others(leg):
            return leg.ip
        alike = (leg.journey.client.name, leg.place, leg.journey.protocol)
        return self._stand_ins.setdefault((f"{alike[0]} {leg.journey.family}", *alike[1:]), leg.ip)

    def port(self, ip: str) -> tuple[Evidence, ...]:
        """Evidence about the port of a pod of this bridge."""
        port, pod = self.seen.ports.get(ip), self.view.facts.pods.get(ip)
        if port is None or pod is None:
            wanted = f"external_ids:attached-mac=MAC external_ids:ip-address={ip}"
            mend = f"ovs-vsctl set Interface NAME {wanted}"
            return (Evidence("port", f"Interface with ip-address {ip}", "missing", wanted, "", None, mend),)
        key = f"Interface {port.name}"
        if port.learned and pod.mac not in port.learned:
            mend = f"ovs-vsctl set Interface {port.name} external_ids:attached-mac={port.learned[0]}"
            return (Evidence("port", key, "foreign", f"attached-mac={port.learned[0]}", port.text, None, mend),)
        if port.down:
            mend = f"ip link set {port.name} up"
            return (Evidence("link", port.name, "missing", f"{port.name} UP", f"{port.name} DOWN", None, mend),)
        return (Evidence("port", key, "ok", port.text, port.text),)

    def lost_port(self, ip: str) -> tuple[Evidence, ...]:
        """Evidence about a pod of this node that OVSDB does not tell of, and that the host looks for on the bridge."""
        facts = self.view.facts
        if ip in facts.pods or ip in facts.gateway_ips.values() or ip not in self._pod_networks:
            return ()
        if self.view.node.spec.platform == "linux":
            found = self.lookup(Lookup(ip))
            if found is None or found.device != self.gateway:
                return ()
        return self.port(ip)

    def port_name(self, number: str) -> str:
        """The name of a port of the bridge."""
        if number == self.view.facts.gateway_port:
            return self.gateway
        return next((port.name for port in self.seen.ports.values() if port.number == number), f"port {number}")


def with_proof(evidence: Evidence, proof: str) -> Evidence:
    """Evidence that is good, with what was answered in place of what is held."""
    return replace(evidence, actual=proof) if evidence.verdict == "ok" else evidence
