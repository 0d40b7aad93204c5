"""From everything that was given to the files that follow from it: pure, and in an order of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.intents.findings import Finding
from reconciler.kubernetes.belonging import slice_notes, slices_by_service, why_left_out
from reconciler.kubernetes.cluster import Cluster
from reconciler.kubernetes.converted import Converted
from reconciler.kubernetes.given import Given
from reconciler.kubernetes.nodes import Bridging, convert_nodes
from reconciler.kubernetes.objects import Service
from reconciler.kubernetes.remarks import Remark
from reconciler.kubernetes.services import convert_services


@dataclass(frozen=True, slots=True)
class Conversion:
    """The intents of a cluster, and what is said of it."""

    files: Mapping[str, tuple[Converted, ...]]
    """By path below the folder."""
    notes: list[Remark]
    faults: list[Remark]
    findings: list[Finding]


def convert(cluster: Cluster, bridging: Bridging) -> Conversion:
    """The intents that say what the cluster does, as far as intents can."""
    nodes = convert_nodes(cluster.nodes.values(), bridging)
    served, notes = served_of(cluster)
    services = convert_services(served, slices_by_service(cluster.slices), nodes.names)
    files: dict[str, tuple[Converted, ...]] = {f"nodes/{each.spec.name}.yaml": (each,) for each in nodes.intents}
    files |= {f"services/{key}.yaml": tuple(intents) for key, intents in services.intents.items()}
    return Conversion(
        files,
        [*cluster.notes, *cluster.not_read(), *nodes.notes, *notes, *services.notes],
        [*nodes.faults, *services.faults],
        nodes.findings,
    )


def served_of(cluster: Cluster) -> tuple[dict[str, Given[Service]], list[Remark]]:
    """The services that kube-proxy would serve, sorted, and what is said of the others and of the slices."""
    served, notes = dict[str, Given[Service]](), list[Remark]()
    for key, given in sorted(cluster.services.items()):
        if reason := why_left_out(given):
            notes.append(reason)
        else:
            served[key] = given
    for each in cluster.slices.values():
        notes.extend(slice_notes(each, cluster.services, served))
    return served, notes
