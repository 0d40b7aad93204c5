"""What a node runs on: how its facts are read, and which drivers read and apply its live state.

Each platform is imported for its own nodes only, since its tools' libraries exist nowhere else.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Protocol, cast

from reconciler.conntrack import Expected, Place
from reconciler.drivers import Driver
from reconciler.facts import Facts
from reconciler.intents import Node

MODULES: Mapping[str, str] = {"linux": "reconciler.platforms.linux", "windows": "reconciler.platforms.windows"}


class Platform(Protocol):
    """One node as this process reaches it."""

    def facts(self) -> Facts:
        """The live facts. Raises NodeError for whatever the intents name and the node does not have."""

    def only_writer(self) -> AbstractContextManager[None]:
        """Holds the lock of the node. Raises LockedError when another process of this machine has it."""

    def drivers(self) -> tuple[Driver, ...]:
        """The drivers of everything that we may own there. Raises NodeError when the bridge does not answer."""

    def sweep(self, expected: Expected, gone: frozenset[Place]) -> tuple[str, ...]:
        """Flush UDP connections that look otherwise than expected, and the node's own to what is no longer steered.

        Returns a line for each thing that could not be done, and raises nothing for it: what is not flushed ends by
        itself, once its client is silent.
        """


def platform(node: Node, rundir: str) -> Platform:
    """The platform of a node; `rundir` is where a local Open vSwitch keeps its sockets."""
    module = import_module(MODULES[node.platform])
    return cast("Platform", module.Machine(node, rundir))
