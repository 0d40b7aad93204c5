"""A Linux node, from within its own network namespace."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

from reconciler.conntrack import Connection, Expected, Place
from reconciler.drivers import Driver
from reconciler.drivers.ipsets import IpSets
from reconciler.drivers.neighbours import Neighbours
from reconciler.drivers.netfilter import Netfilter
from reconciler.drivers.openflow import OpenFlow
from reconciler.drivers.routes import Routes
from reconciler.drivers.rules import Rules
from reconciler.errors import ToolError
from reconciler.facts import Facts
from reconciler.platforms import Inquiry
from reconciler.site import Site
from reconciler.system import kernel_answers, kernel_connections, switch_connections
from reconciler.system.bridge_facts import require_bridge
from reconciler.system.lock import only_writer
from reconciler.system.node_facts import read_facts, serves_node
from reconciler.system.reach import local


@dataclass(frozen=True, slots=True)
class Machine:
    """A node that is this machine."""

    side_by_side: ClassVar[bool] = True
    site: Site
    rundir: str

    def facts(self) -> Facts:
        """What OVSDB, the bridge and the kernel say of it."""
        return read_facts(self.site, self.rundir)

    def only_writer(self) -> AbstractContextManager[None]:
        """The lock of its network namespace."""
        return only_writer()

    def drivers(self) -> tuple[Driver, ...]:
        """Those of the bridge and of the kernel."""
        reach = local(self.site, self.rundir)
        require_bridge(reach)
        virtual_ips = () if serves_node(self.site) else self.site.virtual_ips
        neighbours = Neighbours(self.site.gateway, virtual_ips, shared=self.site.pipeline == "antrea")
        return OpenFlow(reach.openflow), neighbours, Routes(virtual_ips), Rules(), IpSets(), Netfilter()

    def inquiry(self) -> Inquiry:
        """The daemons and the kernel of this machine."""
        return Inquiry(local(self.site, self.rundir).ovsdb, self.rundir, kernel_answers)

    def sweep(self, expected: Expected, gone: frozenset[Place]) -> tuple[str, ...]:
        """In Open vSwitch's conntrack, where the bridge's zones are ours, and in the kernel's."""
        return tuple(self._sweep(expected, gone))

    def _sweep(self, expected: Expected, gone: frozenset[Place]) -> Iterator[str]:
        def stale(connection: Connection) -> bool:
            return connection.asked in gone or expected.evades(connection)

        if self.site.pipeline == "standalone":
            yield from _told(lambda: switch_connections.sweep(self.rundir, expected.misleads))
        if gone or (expected.served and expected.gateway_ips):
            yield from _told(lambda: kernel_connections.sweep(stale))


def _told(sweep: Callable[[], None]) -> Iterator[str]:
    try:
        sweep()
    except ToolError as error:
        yield f"stale UDP connections stay until their clients are silent: {error}"
