"""Tells when routes, rules, neighbours, links or addresses of this network namespace change, over rtnetlink.

A plain socket and the few fields that tell whose object it is: a busy node has thousands of changes that are none of
our business, and decoding each of them whole would cost more than the rest of the loop.
"""

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Literal

from reconciler.system.netlink_attributes import aligned, attributes

GROUPS = {"link": 1, "neighbour": 3, "IPv4 address": 5, "IPv4 route": 7, "IPv4 rule": 8} | {
    "IPv6 address": 9,
    "IPv6 route": 11,
    "IPv6 rule": 19,
}
"""Multicast groups of rtnetlink."""
HEADER = struct.Struct("=IHHII")
OBJECT = 12
"""Bytes of a route's and of a neighbour's own header, in front of the attributes."""
LINKS, ADDRESSES, ROUTES, NEIGHBOURS, RULES = (16, 17), (20, 21), (24, 25), (28, 29), (32, 33)
"""A new one and a deleted one."""
DESTINATION, ROUTE_TABLE = 1, 15
"""Attributes: NDA_DST and RTA_DST have one number."""
FAMILIES: dict[int, socket.AddressFamily] = {socket.AF_INET: socket.AF_INET, socket.AF_INET6: socket.AF_INET6}
PATIENCE = 0.5
RECEIVE_BUFFER = 4 << 20

Kind = Literal["link", "address", "route", "neighbour", "rule", "lost"]


@dataclass(frozen=True, slots=True)
class Changed:
    """Something changed; `lost` when the kernel had more to tell than was heard."""

    kind: Kind
    address: str = ""
    """Of a route its destination, of a neighbour its address."""
    table: int = 0
    """Of a route."""


def watch(tell: Callable[[Changed], None], stop: Event) -> None:
    """Tell of every change until `stop` is set."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        ear.bind((0, sum(1 << (group - 1) for group in GROUPS.values())))
        ear.settimeout(PATIENCE)
        while not stop.is_set():
            for changed in _heard(ear):
                tell(changed)


def _heard(ear: socket.socket) -> Iterator[Changed]:
    try:
        yield from read(ear.recv(1 << 16))
    except TimeoutError:
        return
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        yield Changed("lost")


def read(messages: bytes) -> Iterator[Changed]:
    """What a datagram of the kernel says."""
    while len(messages) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(messages)
        body = messages[HEADER.size : length]
        if kind in LINKS:
            yield Changed("link")
        elif kind in ADDRESSES:
            yield Changed("address")
        elif kind in RULES:
            yield Changed("rule")
        elif kind in NEIGHBOURS:
            yield Changed("neighbour", _destination(body))
        elif kind in ROUTES:
            table = attributes(body[OBJECT:]).get(ROUTE_TABLE)
            yield Changed("route", _destination(body), struct.unpack("=I", table)[0] if table else body[4])
        messages = messages[aligned(length) :]


def _destination(body: bytes) -> str:
    family, data = FAMILIES.get(body[0]), attributes(body[OBJECT:]).get(DESTINATION)
    return socket.inet_ntop(family, data) if family and data else ""
