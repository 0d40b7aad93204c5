"""OpenFlow 1.5 on a bridge's management socket: as many of its messages as are read or sent here."""

import socket
import struct
from collections.abc import Iterator

VERSION = 6
HEADER = struct.Struct("!BBHI")
HELLO, ERROR, ECHO_REQUEST, ECHO_REPLY = 0, 1, 2, 3
SET_CONFIG, MULTIPART_REQUEST, MULTIPART_REPLY, SET_ASYNC, REQUESTFORWARD = 9, 18, 19, 28, 32
FLOW_DESC, GROUP_DESC, FLOW_MONITOR = 1, 7, 16
"""Kinds of multipart messages."""
ANY, ALL_GROUPS, ALL_TABLES = 0xFFFFFFFF, 0xFFFFFFFC, 0xFF
EVERYTHING = struct.pack("!HH4x", 1, 4)
"""A match without fields."""
MULTIPART = struct.Struct("!HH4x")
"""Begins the body of a multipart message: its kind, and whether more of it follow."""


def hello() -> bytes:
    """The first message, of a side that speaks this version alone."""
    return message(HELLO, struct.pack("!HHI", 1, 8, 1 << VERSION))


def request(kind: int, body: bytes) -> bytes:
    """A multipart request."""
    return message(MULTIPART_REQUEST, MULTIPART.pack(kind, 0) + body)


def message(kind: int, body: bytes, number: int = 0) -> bytes:
    """A message; `number` ties an answer to its question."""
    return HEADER.pack(VERSION, kind, HEADER.size + len(body), number) + body


def messages(connection: socket.socket) -> Iterator[tuple[int, bytes] | None]:
    """Every message until the peer goes, as kind and body, and None each time that the socket's timeout has passed.

    Echo requests are answered. Raises OSError, also when the peer goes.
    """
    unread = b""
    while True:
        try:
            heard = connection.recv(1 << 18)
        except TimeoutError:
            yield None
            continue
        if not heard:
            raise ConnectionResetError
        unread += heard
        begin = 0
        while len(unread) - begin >= HEADER.size:
            _, kind, length, number = HEADER.unpack_from(unread, begin)
            if len(unread) - begin < length:
                break
            body, begin = unread[begin + HEADER.size : begin + length], begin + length
            if kind == ECHO_REQUEST:
                connection.sendall(message(ECHO_REPLY, body, number))
            else:
                yield kind, body
        unread = unread[begin:]
