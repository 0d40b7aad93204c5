"""One writer a node: a lock that the kernel drops with the process, and that leaves no file behind."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.errors import LockedError

NAME = "\0reconcile-0x520"
"""An abstract socket: it belongs to the network namespace, as the routes, sets and chains do that it guards. A node
that is reached from here has one with its own name behind this."""


@contextmanager
def only_writer(elsewhere: str = "") -> Iterator[None]:
    """Hold the lock of this network namespace, or of a node elsewhere. Raises LockedError, naming who has it."""
    name = f"{NAME}-{elsewhere}" if elsewhere else NAME
    with socket.socket(socket.AF_UNIX) as lock:
        try:
            lock.bind(name)
        except OSError:
            raise LockedError(
                f"another reconcile is changing this node{_named(holder(name))}: wait for it, or end it, and run again"
            ) from None
        lock.listen()
        yield


def holder(name: str = NAME) -> int | None:
    """The process that holds a lock, if any does."""
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(name)
        except OSError:
            return None
        credentials = knock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[0])


def _named(process: int | None) -> str:
    return f" (process {process})" if process else ""
