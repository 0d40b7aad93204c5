"""Where the Open vSwitch of a node answers."""

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import NodeError
from reconciler.site import Site

if TYPE_CHECKING:
    from reconciler.intents import Remote

PATIENCE = 5.0
"""Seconds to wait for a TCP connection."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Two targets, as every tool of Open vSwitch writes them: `unix:PATH` or `tcp:ADDRESS:PORT`."""

    ovsdb: str
    openflow: str
    start_ovsdb: str
    """What to do when the first does not answer."""
    start_openflow: str
    """What to do when the second does not answer."""


def local(site: Site, rundir: str) -> Reach:
    """Of this machine, whose daemons keep their sockets in `rundir`; on Windows these are named pipes."""
    return Reach(
        f"unix:{rundir}/db.sock",
        f"unix:{rundir}/{site.bridge}.mgmt",
        "Open vSwitch is not running: start it, for example with `systemctl start openvswitch-switch`, "
        "or name its run directory with --ovs-rundir",
        "ovs-vswitchd is not running, or has not made the bridge: see its log",
    )


def distant(site: Site, remote: "Remote") -> Reach:
    """Of another machine. Raises NodeError when its name is unknown: `ovs-ofctl` takes addresses only."""
    address = _address(remote.host)
    return Reach(
        f"tcp:{address}:{remote.ovsdb_port}",
        f"tcp:{address}:{remote.openflow_port}",
        f"on {remote.host}, run `ovs-vsctl set-manager ptcp:{remote.ovsdb_port}`, and let this machine through",
        f"on {remote.host}, run `ovs-vsctl set-controller {site.bridge} ptcp:{remote.openflow_port}`, "
        "and let this machine through",
    )


def _address(host: str) -> str:
    try:
        address = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise NodeError(f"{host} is not found: {error.strerror}") from None
    return f"[{address}]" if ":" in address else address


def knock(target: str, advice: str) -> None:
    """See that a daemon listens on a target, before a tool that would wait for it, or say less.

    Raises NodeError: no permission, or the target and the advice.
    """
    scheme, _, where = target.partition(":")
    try:
        if scheme == "tcp":
            host, _, port = where.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
        elif os.name == "posix":
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(where)
    except PermissionError:
        raise NodeError(f"no permission to open {where}: run as root") from None
    except OSError:
        raise NodeError(f"{where} does not answer: {advice}") from None
