"""The echo server: one process that answers on every endpoint of a sandbox, whatever namespace it is in.

TCP: says who it is in one line at once, then repeats what it hears. UDP: answers with that line and what it heard.
Runs as `python -m reconciler.sandbox.echo SANDBOX`; returns when every socket is open, and serves on in the
background.
"""

import os
import resource
import selectors
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from reconciler.errors import NodeError, ReconcileError
from reconciler.sandbox import names, namespaces, state
from reconciler.sandbox.topology import Listener

KINDS = {
    "TCP": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "UDP": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "SCTP": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}
PIDFILE = "echo.pid"
BACKLOG = 4096
CHUNK = 65536
UNREAD = 1 << 20
"""Bytes that a peer may owe us before we stop listening to it."""


@dataclass(slots=True)
class Door:
    """A listening socket, or a UDP one."""

    socket: socket.socket
    greeting: bytes


@dataclass(slots=True)
class Guest:
    """A stream connection."""

    socket: socket.socket
    unsent: bytearray = field(default_factory=bytearray)
    finished: bool = False
    """Has said all it wants to say."""

    @property
    def wants(self) -> int:
        """The events to wait for; 0 when nothing is left to do."""
        hear = 0 if self.finished or len(self.unsent) > UNREAD else selectors.EVENT_READ
        return hear | (selectors.EVENT_WRITE if self.unsent else 0)


def supports_sctp() -> bool:
    """Whether this kernel has SCTP."""
    try:
        socket.socket(socket.AF_INET, *KINDS["SCTP"]).close()
    except OSError:
        return False
    return True


def open_doors(listeners: tuple[Listener, ...]) -> list[Door]:
    """Open every socket in its namespace; SCTP only where the kernel has it."""
    usable = [listener for listener in listeners if listener.protocol != "SCTP" or supports_sctp()]
    doors = []
    for netns, here in groupby(
        sorted(usable, key=lambda listener: listener.netns), key=lambda listener: listener.netns
    ):
        with namespaces.entered(netns):
            doors += [_open(listener) for listener in here]
    return doors


def serve(doors: list[Door]) -> None:
    """Answer until killed."""
    selector = selectors.DefaultSelector()
    for door in doors:
        selector.register(door.socket, selectors.EVENT_READ, door)
    while True:
        for key, events in selector.select():
            match key.data:
                case Guest() as guest:
                    _converse(selector, guest, events)
                case Door(socket=listening) as door if listening.type == socket.SOCK_DGRAM:
                    _answer(door)
                case door:
                    _welcome(selector, door)


def _open(listener: Listener) -> Door:
    family = socket.AF_INET6 if ":" in listener.ip else socket.AF_INET
    opened = socket.socket(family, *KINDS[listener.protocol])
    opened.settimeout(0)
    if opened.type == socket.SOCK_STREAM:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((listener.ip, listener.port))
    except OSError as error:
        raise NodeError(f"{listener.identity}: cannot listen on {listener.protocol}: {error.strerror}") from None
    if opened.type == socket.SOCK_STREAM:
        opened.listen(BACKLOG)
    return Door(opened, f"{listener.identity}\n".encode())


def _answer(door: Door) -> None:
    with suppress(OSError):
        while True:
            heard, peer = door.socket.recvfrom(CHUNK)
            door.socket.sendto(door.greeting + heard, peer)


def _welcome(selector: selectors.BaseSelector, door: Door) -> None:
    with suppress(OSError):
        while True:
            connection, _ = door.socket.accept()
            connection.settimeout(0)
            guest = Guest(connection, bytearray(door.greeting))
            selector.register(connection, selectors.EVENT_WRITE, guest)
            _converse(selector, guest, selectors.EVENT_WRITE)


def _converse(selector: selectors.BaseSelector, guest: Guest, events: int) -> None:
    try:
        if events & selectors.EVENT_READ:
            heard = guest.socket.recv(CHUNK)
            guest.unsent += heard
            guest.finished = not heard
        if guest.unsent:
            del guest.unsent[: guest.socket.send(guest.unsent)]
    except BlockingIOError:
        pass
    except OSError:
        guest.finished = True
        guest.unsent.clear()
    if guest.wants:
        selector.modify(guest.socket, guest.wants, guest)
    else:
        selector.unregister(guest.socket)
        guest.socket.close()


def _detach(pidfile: Path) -> bool:
    """Split in two: True in the one that stays."""
    if pid := os.fork():
        pidfile.write_text(f"{pid}\n")
        return False
    os.setsid()
    with open(os.devnull, "r+b") as nowhere:
        for descriptor in range(2):
            os.dup2(nowhere.fileno(), descriptor)
    log = os.open(pidfile.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 2)
    return True


def main(name: str) -> None:
    """Open the sockets of a sandbox, and serve them in the background."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    doors = open_doors(state.load(name).topology.listeners)
    if _detach(names.rundir(name) / PIDFILE):
        serve(doors)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except ReconcileError as error:
        sys.exit(str(error))
