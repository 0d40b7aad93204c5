"""Tells when somebody changes flows or groups of a bridge: OpenFlow 1.5's flow monitor, and forwarded group changes.

A connection of our own to the bridge's management socket, which the tools do not keep open. What it says is that
something changed, never what the state is now: that is read anew.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

from reconciler.system.openflow import (
    ALL_TABLES,
    ANY,
    EVERYTHING,
    FLOW_MONITOR,
    HEADER,
    MULTIPART,
    MULTIPART_REPLY,
    REQUESTFORWARD,
    SET_ASYNC,
    SET_CONFIG,
    hello,
    message,
    messages,
    request,
)

ADDED, REMOVED, MODIFIED = 1, 2, 3
LOST = (5, 6)
"""Updates were paused or resumed: there were more changes than the switch would tell."""
WATCHED = 0x02 | 0x04 | 0x08
"""Additions, removals and modifications, without their instructions."""

PATIENCE = 0.5
"""Seconds between two looks at the stop signal."""
RETRY = 0.1
"""Seconds between two tries to connect: a bridge is to be repaired within a second of its return."""


@dataclass(frozen=True, slots=True)
class FlowChanged:
    """A flow was added, removed or modified, or more than the switch would tell (`table` is None then)."""

    table: int | None
    priority: int
    cookie: int


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """Somebody else changed a group, or all of them."""

    group: int


@dataclass(frozen=True, slots=True)
class Connected:
    """The bridge answers, for the first time or again: nothing is known of what happened before."""


Happening = FlowChanged | GroupChanged | Connected


def watch(path: str, tell: Callable[[Happening], None], stop: Event) -> None:
    """Tell of everything that happens behind a management socket until `stop` is set; reconnects for ever."""
    while not stop.is_set():
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(path)
                connection.sendall(b"".join(_greeting()))
                tell(Connected())
                for told in messages(connection):
                    if stop.is_set():
                        return
                    for happening in read(*told) if told else ():
                        tell(happening)
        except OSError:
            stop.wait(RETRY)


def _greeting() -> Iterator[bytes]:
    yield hello()
    # Without a length for packets, a connection to this socket is told nothing at all.
    yield message(SET_CONFIG, struct.pack("!HH", 0, 128))
    yield message(SET_ASYNC, b"".join(struct.pack("!HHI", role, 8, 3) for role in (10, 11)))
    yield request(FLOW_MONITOR, struct.pack("!IIIHBB", 1, ANY, ANY, WATCHED, ALL_TABLES, 0) + EVERYTHING)


def read(kind: int, body: bytes) -> Iterator[Happening]:
    """What one message says."""
    if kind == REQUESTFORWARD:
        # The forwarded message is a group modification: header, command, type, padding, group.
        yield GroupChanged(struct.unpack_from("!I", body, HEADER.size + 4)[0])
    elif kind == MULTIPART_REPLY and MULTIPART.unpack_from(body)[0] == FLOW_MONITOR:
        yield from _updates(body[MULTIPART.size :])


def _updates(updates: bytes) -> Iterator[FlowChanged]:
    while updates:
        length, event = struct.unpack_from("!HH", updates)
        if event in (ADDED, REMOVED, MODIFIED):
            table, priority, cookie = struct.unpack_from("!B5xH4xQ", updates, 4)
            yield FlowChanged(table, priority, cookie)
        elif event in LOST:
            yield FlowChanged(None, 0, 0)
        updates = updates[length:]
