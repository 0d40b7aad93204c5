"""All flows and groups of a bridge as the switch tells them, which takes a fifth of what it takes to print them.

`ovs-ofctl` prints ten million bytes for 10,000 services. Most often they are the ones that it printed before, and to
see that, the switch's own bytes are enough.
"""

import re
import socket
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256

from reconciler.errors import ToolError
from reconciler.system.commands import run
from reconciler.system.openflow import (
    ALL_GROUPS,
    ALL_TABLES,
    ANY,
    ERROR,
    EVERYTHING,
    FLOW_DESC,
    GROUP_DESC,
    MULTIPART,
    MULTIPART_REPLY,
    hello,
    message,
    messages,
    request,
)

PATIENCE = 60.0
"""Seconds without a byte."""
ADVICE = "see that ovs-vswitchd runs, and that the bridge's `protocols` are empty or have OpenFlow15"
MORE = 1
"""A flag: the answer goes on in another message."""
FLOW_HEAD, LENGTH = 24, struct.Struct("!2xH")
"""Bytes of a flow before its match; and where a match and statistics have their length."""
OF_PART = struct.Struct("!H")
STATISTICS = re.compile(r" (?:duration|n_packets|n_bytes|idle_age|hard_age)=[^ ]*,")
"""In words."""
GROUPS = "\nOFPST_GROUP_DESC"
"""Where the groups begin, in words."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a switch told."""

    digest: str
    """Of all but counters, ages and order: another one for every other state."""
    messages: tuple[bytes, ...] = field(repr=False)


def tell(path: str) -> Told:
    """The flows and groups behind a management socket. Raises ToolError."""
    flows = struct.pack("!B3xII4xQQ", ALL_TABLES, ANY, ANY, 0, 0) + EVERYTHING
    questions = hello() + request(FLOW_DESC, flows) + request(GROUP_DESC, struct.pack("!I4x", ALL_GROUPS))
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(path)
            connection.sendall(questions)
            answers = list(_answers(connection))
    except OSError as error:
        raise ToolError(f"{path} does not tell the bridge's flows and groups: {error}: {ADVICE}") from None
    # In an order of our own: the switch's depends on what was there before, too.
    parts = sorted(part for of, body in answers for part in (flows_in(body) if of == FLOW_DESC else parts_of(body)))
    told = sha256(b"".join(parts)).hexdigest()
    return Told(told, tuple(message(MULTIPART_REPLY, body) for _, body in answers))


def in_words(told: Told) -> tuple[str, str]:
    """The flows, without statistics, and the groups, as `ovs-ofctl` prints them. Raises NodeError, ToolError."""
    half = len(told.messages) // 2
    with ThreadPoolExecutor(2) as pool:
        words = "".join(pool.map(_in_words, (told.messages[:half], told.messages[half:])))
    flows, _, groups = words.partition(GROUPS)
    return STATISTICS.sub("", flows), groups


def _in_words(messages: Sequence[bytes]) -> str:
    return run(("ovs-ofctl", "--no-names", "ofp-parse", "/dev/stdin"), b"".join(messages))


def _answers(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """The bodies of the answers to both questions, in their order."""
    unanswered = 2
    for told in messages(connection):
        if told is None:
            raise TimeoutError(f"silent for {PATIENCE:g} s")
        kind, body = told
        if kind == ERROR:
            raise ConnectionRefusedError(f"it answers with the OpenFlow error {body[:4].hex()}")
        if kind == MULTIPART_REPLY:
            of, flags = MULTIPART.unpack_from(body)
            yield of, body
            unanswered -= not flags & MORE
            if not unanswered:
                return


def flows_in(body: bytes) -> Iterator[bytes]:
    """The flows of an answer, each without its statistics: counters and ages, between the match and the actions."""
    for flow in parts_of(body):
        statistics = FLOW_HEAD + _padded(*LENGTH.unpack_from(flow, FLOW_HEAD))
        yield flow[:statistics] + flow[statistics + _padded(*LENGTH.unpack_from(flow, statistics)) :]


def parts_of(body: bytes) -> Iterator[bytes]:
    """The flows or groups of an answer: each begins with its length."""
    begin = MULTIPART.size
    while begin < len(body):
        (length,) = OF_PART.unpack_from(body, begin)
        yield body[begin : begin + length]
        begin += length


def _padded(length: int) -> int:
    return (length + 7) // 8 * 8
