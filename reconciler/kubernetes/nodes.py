"""Nodes: where they answer and which pods are theirs, from Kubernetes; how their bridge is made, from the command."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.intents.findings import Finding
from reconciler.intents.places import Path
from reconciler.kubernetes.converted import Converted, Sources, converted
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.objects import Node
from reconciler.kubernetes.remarks import Remark

OS = "kubernetes.io/os"
"""The label with the platform."""


@dataclass(frozen=True, slots=True)
class Bridging:
    """What Kubernetes does not know of a node; the same for all of them."""

    bridge: str
    gateway: str
    pipeline: str


@dataclass(slots=True)
class Nodes:
    """The nodes as intents, in the order of their names."""

    intents: list[Converted] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """By the name in Kubernetes: the name of the intent."""
    notes: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def convert_nodes(given: Collection[Given[Node]], bridging: Bridging) -> Nodes:
    """Every node that has an address."""
    nodes, first = Nodes(), dict[str, Given[Node]]()
    for each in sorted(given, key=lambda node: node.key):
        nodes.notes.extend(notes(each))
        if not addresses(each):
            continue
        name = short_name(each)
        if first.setdefault(name, each) is not each:
            nodes.findings.append(same_name(each, first[name]))
            continue
        nodes.names[each.key] = name
        intent = converted(document(each, bridging), sources(each), f"Node {each.key}")
        nodes.faults.extend(intent) if isinstance(intent, list) else nodes.intents.append(intent)
    return nodes


def document(given: Given[Node], bridging: Bridging) -> Mapping[str, object]:
    """A node as an intent says it."""
    return {
        "kind": "Node",
        "name": short_name(given),
        "platform": given.object.metadata.labels.get(OS, "linux"),
        "pipeline": bridging.pipeline,
        "bridge": bridging.bridge,
        "gateway": {"interface": bridging.gateway},
        "addresses": list(addresses(given)),
        "podCIDRs": pod_cidrs(given),
    }


def sources(given: Given[Node]) -> Sources:
    """Where each part of it came from."""
    places: dict[Path, tuple[str | int, ...]] = {
        (): (),
        ("name",): ("metadata", "name"),
        ("platform",): ("metadata", "labels", OS),
        ("podCIDRs",): ("spec", "podCIDRs" if given.object.spec.pod_cidrs else "podCIDR"),
    }
    for index, position in enumerate(addresses(given).values()):
        places["addresses", index] = ("status", "addresses", position, "address")
    return {path: given.place(*place) for path, place in places.items()}


def addresses(given: Given[Node]) -> dict[str, int]:
    """The addresses inside of the cluster, where host-network endpoints listen, and where each is in the status."""
    listed = given.object.status.addresses
    return {each.address: index for index, each in enumerate(listed) if each.type == "InternalIP"}


def pod_cidrs(given: Given[Node]) -> list[str]:
    """The networks of its pods; clusters of one family may have only the older key."""
    spec = given.object.spec
    return list(spec.pod_cidrs) or ([spec.pod_cidr] if spec.pod_cidr else [])


def short_name(given: Given[Node]) -> str:
    """The first label of its name, which is also what `reconcile` takes a host to be."""
    return given.key.partition(".")[0]


def notes(given: Given[Node]) -> Iterator[Remark]:
    """What the intent does not say as Kubernetes does."""
    if not addresses(given):
        yield given.remark("it has no InternalIP: left out", "status", "addresses")
        return
    if "." in given.key:
        yield given.remark(f"a name has no dots here: it is called {short_name(given)}", "metadata", "name")
    if not pod_cidrs(given):
        message = "it has no podCIDRs: what its pods send is not balanced, and as endpoints they count as elsewhere"
        yield given.remark(message, "spec")


def same_name(given: Given[Node], other: Given[Node]) -> Finding:
    """A node whose name begins as another's."""
    return Finding(
        given.place("metadata", "name"),
        f"Node {given.key} would be called {short_name(given)}, as {other.key} is",
        "give one of them another name in the file, here and in every nodeName",
        other.place("metadata", "name"),
    )
