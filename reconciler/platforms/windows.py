"""A Windows node: from itself, or from anywhere by `windows.remote`."""

import os
from contextlib import AbstractContextManager
from importlib import import_module
from typing import cast

from reconciler.conntrack import Expected, Place
from reconciler.drivers import Driver
from reconciler.drivers.openflow import OpenFlow
from reconciler.drivers.windows import WindowsHost
from reconciler.facts import Facts
from reconciler.intents import Node
from reconciler.platforms import Inquiry
from reconciler.site import Site
from reconciler.system.bridge_facts import gateway_ips, read_bridge, require_bridge
from reconciler.system.powershell import transport
from reconciler.system.reach import Reach, distant, local
from reconciler.system.windows_state import WindowsState, read_state


class Machine:
    """A node with Windows and its Open vSwitch."""

    side_by_side = False

    def __init__(self, node: Node, rundir: str) -> None:
        self._node, self._site = node, Site.of(node)
        self._rundir = rundir
        self._through = transport(node)
        self._known: WindowsState | None = None

    def facts(self) -> Facts:
        """What OVSDB, the bridge and Windows say of it."""
        node = self._node
        bridge = read_bridge(self._site, self._reach())
        self._known = state = read_state(self._through, node.gateway.interface)
        return Facts(
            gateway_port=bridge.gateway_port,
            gateway_mac=state.mac,
            gateway_ips=dict(gateway_ips(state.addresses, node.pod_cidrs)),
            pods=bridge.pods,
            strange_ports=bridge.strange_ports,
            direct_nat=False,  # Windows' datapath has no all-zero SNAT: it would put on 0.0.0.0
            antrea=bridge.antrea,
            node_served=node.pipeline == "antrea" and any(map(state.holds_route, node.virtual_ips)),
            masqueraded=any(map(state.masquerades, node.virtual_ips)),
            not_forwarding=state.not_forwarding,
        )

    def drivers(self) -> tuple[Driver, ...]:
        """Those of the bridge and of Windows; the second does not read again what was just read for the facts."""
        reach = self._reach()
        require_bridge(reach)
        known, self._known = self._known, None
        return OpenFlow(reach.openflow), WindowsHost(self._node, self._through, known)

    def only_writer(self) -> AbstractContextManager[None]:
        """The lock of this node on the machine that this is."""
        module = "lock" if os.name == "posix" else "file_lock"
        only_writer = import_module(f"reconciler.system.{module}").only_writer
        return cast("AbstractContextManager[None]", only_writer(self._node.name))

    def inquiry(self) -> Inquiry:
        """OVSDB; the control socket of a daemon of this machine, unless that is a named pipe."""
        here = self._node.windows is None or self._node.windows.remote is None
        return Inquiry(self._reach().ovsdb, self._rundir if here and os.name == "posix" else None, None)

    def sweep(self, _expected: Expected, _gone: frozenset[Place]) -> tuple[str, ...]:
        """Nothing: Windows' conntrack is not flushed from here."""
        return ()

    def _reach(self) -> Reach:
        remote = self._node.windows.remote if self._node.windows else None
        return distant(self._site, remote) if remote else local(self._site, self._rundir)
