"""Behaviours, one a file: pure functions from a node's view to resources.

`per_node` features look at the node alone; `per_service` features at one service, so that a change costs what changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.facts import View
from reconciler.features import antrea, balance, delivery, hairpin, node_access, refusal, tracking, windows
from reconciler.features.service_ports import ServicePortView
from reconciler.intents import Node
from reconciler.resources import Resource


@dataclass(frozen=True, slots=True)
class Features:
    """What a kind of node is made of."""

    per_node: tuple[Callable[[View], Iterable[Resource]], ...]
    per_service: tuple[Callable[[ServicePortView], Iterable[Resource]], ...]


FEATURES: Mapping[tuple[str, str], Features] = {
    ("linux", "standalone"): Features(
        (tracking.resources, delivery.resources, hairpin.resources, node_access.resources, refusal.resources),
        (balance.of_service_port, node_access.of_service_port, refusal.of_service_port),
    ),
    ("linux", "antrea"): Features(
        (antrea.resources, node_access.resources, refusal.of_node),
        (node_access.of_service_port, refusal.of_node_service_port),
    ),
    ("windows", "standalone"): Features(
        (tracking.resources, delivery.resources, hairpin.resources, windows.resources),
        (balance.of_service_port, windows.of_service_port, windows.drop_of_service_port),
    ),
    ("windows", "antrea"): Features((antrea.resources, windows.resources), (windows.of_service_port,)),
}
"""By platform and pipeline."""


def features(node: Node) -> Features:
    """The features of a node's kind."""
    return FEATURES[node.platform, node.pipeline]
