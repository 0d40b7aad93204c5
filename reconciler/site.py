"""Where a node is found: what has to be known of its Node to read it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from reconciler.intents import Node


@dataclass(frozen=True, slots=True)
class Site:
    """A node's bridge and gateway, and what tells its own addresses and flows from others."""

    node: str
    """Its name."""
    bridge: str
    gateway: str
    """The interface."""
    pipeline: str
    antrea_version: str | None
    pod_cidrs: tuple[str, ...]
    virtual_ips: tuple[str, ...]

    @classmethod
    def of(cls, node: "Node") -> Self:
        """Of a node."""
        return cls(
            node=node.name,
            bridge=node.bridge,
            gateway=node.gateway.interface,
            pipeline=node.pipeline,
            antrea_version=node.antrea.version if node.antrea else None,
            pod_cidrs=node.pod_cidrs,
            virtual_ips=node.virtual_ips,
        )
