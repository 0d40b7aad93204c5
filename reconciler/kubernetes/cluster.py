"""Everything that was given of a cluster: nodes, services and slices by name, each once, in whatever order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.intents.findings import Finding, Place
from reconciler.kubernetes.given import Given, T, given
from reconciler.kubernetes.manifests import FROM_KUBECTL, Manifest, objects_of
from reconciler.kubernetes.objects import EndpointSlice, Node, Service
from reconciler.kubernetes.remarks import Remark
from reconciler.positions import FileFault, Position
from reconciler.yaml.documents import read

READ = frozenset(
    {
        "Node of v1",
        "Service of v1",
        "EndpointSlice of discovery.k8s.io/v1",
        "EndpointSlice of discovery.k8s.io/v1beta1",
    }
)
"""By kind and apiVersion: other groups have a Service too, Knative for one."""


@dataclass(slots=True)
class Cluster:
    """What is known of a cluster so far, and what is wrong with it."""

    nodes: dict[str, Given[Node]] = field(default_factory=dict)
    services: dict[str, Given[Service]] = field(default_factory=dict)
    slices: dict[str, Given[EndpointSlice]] = field(default_factory=dict)
    notes: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[FileFault] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    first_of_others: dict[str, Place] = field(default_factory=dict)

    def add_file(self, file: str, text: str) -> None:
        """Every object of a file."""
        reading = read(text)
        self.unreadable.extend(FileFault(file, *fault) for fault in reading.faults)
        if not reading.documents and not reading.faults:
            # Taken for an empty cluster, the output of a kubectl that failed would remove everything.
            empty = f"no object in it: {FROM_KUBECTL}, of nodes, services and endpointslices"
            self.unreadable.append(FileFault(file, Position(1, 1), empty))
        for document in reading.documents:
            if not document.faulty:
                for each in objects_of(document, file):
                    self.add(each)

    def add(self, each: Manifest | Remark) -> None:
        """One object, if it is of a kind that is read."""
        if isinstance(each, Remark):
            self.faults.append(each)
        elif each.type not in READ:
            self.others[each.type] += 1
            self.first_of_others.setdefault(each.type, each.at)
        elif each.value.get("addressType") == "FQDN":
            self.notes.append(host_names(each))
        else:
            self.add_read(each)

    def add_read(self, manifest: Manifest) -> None:
        """One object of a kind that is read."""
        match manifest.kind:
            case "Node":
                self.keep(given(manifest, Node), self.nodes)
            case "Service":
                self.keep(given(manifest, Service), self.services)
            case _:
                self.keep(given(manifest, EndpointSlice), self.slices)

    def keep(self, read: Given[T] | list[Remark], into: dict[str, Given[T]]) -> None:
        """An object that is new, or says the same as before in all that is read; or what is wrong with it."""
        if isinstance(read, list):
            self.faults.extend(read)
            return
        before = into.setdefault(read.key, read)
        if before.object != read.object:
            wrong = f"{type(read.object).__name__} {read.key} is given twice, and not the same"
            right = "keep one of them, or let kubectl print all in one run"
            self.findings.append(Finding(read.place("metadata", "name"), wrong, right, before.at))

    def not_read(self) -> Iterator[Remark]:
        """What was given and is not read, once a kind."""
        for kind, count in self.others.items():
            many = f"{count} objects are" if count > 1 else "1 object is"
            message = f"{kind}: {many} not read, only Node, Service and EndpointSlice are"
            yield Remark(self.first_of_others[kind], message)


def host_names(manifest: Manifest) -> Remark:
    """A slice that has no addresses."""
    metadata: Any = manifest.value.get("metadata")
    name = f" {metadata.get('namespace')}/{metadata.get('name')}" if isinstance(metadata, dict) else ""
    message = "host names (addressType FQDN) are no endpoints: left out, as kube-proxy does"
    at = Place(manifest.at.origin, (*manifest.at.path, "addressType"))
    return Remark(at, f"EndpointSlice{name}: {message}")
