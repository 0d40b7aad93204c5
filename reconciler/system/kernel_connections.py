"""UDP connections in the kernel's conntrack: read by a dump, deleted by their tuples, over netlink.

A plain socket, because pyroute2 takes a third of a millisecond for each connection, and a busy node has 100,000. Those
in a zone are a kernel datapath's, or somebody else's: only what the host's own stack tracks is looked at.
"""

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

from reconciler.conntrack import Connection, Place
from reconciler.errors import ToolError
from reconciler.system.netlink_attributes import NESTED, aligned, attribute, attributes

NETFILTER = 12
NEW, GET, DELETE = 0x100, 0x101, 0x102
"""Messages of conntrack."""
ERROR, DONE = 2, 3
REQUEST, ACKNOWLEDGE, DUMP = 1, 4, 0x300
HEADER, GENERAL = struct.Struct("=IHHII"), struct.Struct("=BBH")
ORIGINAL, REPLY, IDENTITY, ZONE, FILTER = 1, 2, 12, 18, 25
ADDRESSES, PROTOCOL = 1, 2
"""Of a tuple."""
NUMBER, SOURCE_PORT, DESTINATION_PORT = 1, 2, 3
"""Of its protocol."""
BY_PROTOCOL = 1 << 3
"""What the filter looks at; kernels before 5.8 have no filter, and tell of every protocol."""
PATIENCE = 60.0
CHUNK = 1 << 18
AT_ONCE = 64
"""Deletions whose acknowledgements are sure to fit the receive buffer."""

Stale = Callable[[Connection], bool]


def sweep(stale: Stale) -> None:
    """Delete all stale connections. Raises ToolError when the kernel does not let us."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as kernel:
            kernel.settimeout(PATIENCE)
            kernel.bind((0, 0))
            for family in (socket.AF_INET, socket.AF_INET6):
                doomed = [request for connection, request in _dump(kernel, family) if stale(connection)]
                for start in range(0, len(doomed), AT_ONCE):
                    _delete(kernel, doomed[start : start + AT_ONCE])
    except OSError as error:
        raise ToolError(f"the kernel's conntrack: {error.strerror or error}") from None


def _dump(kernel: socket.socket, family: int) -> Iterator[tuple[Connection, bytes]]:
    """The UDP connections of a family, each with the request to delete it."""
    protocol = attribute(NESTED | PROTOCOL, attribute(NUMBER, bytes([socket.IPPROTO_UDP])))
    flags = attribute(NESTED | FILTER, attribute(1, struct.pack("=I", BY_PROTOCOL)))
    kernel.sendall(_message(GET, DUMP, family, attribute(NESTED | ORIGINAL, protocol) + flags))
    for kind, body in _answers(kernel):
        if kind == DONE:
            return
        if kind == ERROR:
            _refuse(body)
        elif kind == NEW and (connection := read(body)):
            yield connection, _deletion(family, body)


def _deletion(family: int, body: bytes) -> bytes:
    # With its number, so that a new connection of the same tuple stays.
    told = attributes(body[GENERAL.size :])
    named = (attribute(kind, told[kind & ~NESTED]) for kind in (NESTED | ORIGINAL, IDENTITY))
    return _message(DELETE, ACKNOWLEDGE, family, b"".join(named))


def _delete(kernel: socket.socket, requests: Sequence[bytes]) -> None:
    kernel.sendall(b"".join(requests))
    acknowledged = (body for kind, body in _answers(kernel) if kind == ERROR)
    for _, body in zip(requests, acknowledged, strict=False):
        _refuse(body, errno.ENOENT)


def _refuse(body: bytes, *but: int) -> None:
    """Raise the error that the kernel answered with; 0 acknowledges."""
    code = -struct.unpack_from("=i", body)[0]
    if code and code not in but:
        raise OSError(code, os.strerror(code))


def _answers(kernel: socket.socket) -> Iterator[tuple[int, bytes]]:
    while True:
        heard = kernel.recv(CHUNK)
        place = 0
        while place < len(heard):
            length, kind, *_ = HEADER.unpack_from(heard, place)
            yield kind, heard[place + HEADER.size : place + length]
            place += aligned(length)


def read(body: bytes) -> Connection | None:
    """The connection that a message tells of; None unless it is UDP and outside of every zone."""
    told = attributes(body[GENERAL.size :])
    if ZONE in told:
        return None
    sides = [_side(told[side]) for side in (ORIGINAL, REPLY)]
    if sides[0] is None or sides[1] is None:
        return None
    (client, asked), (answers, (returned, _)) = sides[0], sides[1]
    return Connection(client, asked, answers, returned)


def _side(told: bytes) -> tuple[Place, Place] | None:
    """Source and destination of a tuple; None unless it is of UDP."""
    parts = attributes(told)
    addresses, protocol = list(attributes(parts[ADDRESSES]).values()), attributes(parts[PROTOCOL])
    if protocol[NUMBER][0] != socket.IPPROTO_UDP:
        return None
    ports = (int.from_bytes(protocol[port], "big") for port in (SOURCE_PORT, DESTINATION_PORT))
    source, destination = zip(map(_text, addresses), ports, strict=True)
    return source, destination


def _text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


def _message(kind: int, flags: int, family: int, attached: bytes) -> bytes:
    body = GENERAL.pack(family, 0, 0) + attached
    return HEADER.pack(HEADER.size + len(body), kind, REQUEST | flags, 0, 0) + body
