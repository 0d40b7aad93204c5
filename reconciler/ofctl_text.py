"""Reads what `ovs-ofctl` prints of flows, groups and tables."""

import re
from collections.abc import Iterator
from sys import intern

from reconciler.ownership import owns_group
from reconciler.resources import Flow, Group

DEFAULT_PRIORITY = 32768
FLAGS = frozenset(("send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts", "no_byte_counts"))
NAMED_TABLE = re.compile(r'table (\d+) \("([^"]*)"\)')


def parse_flows(dump: str) -> Iterator[tuple[int, Flow]]:
    """Cookie and flow of every line of `ovs-ofctl --no-stats dump-flows`."""
    for line in dump.splitlines():
        head, found, actions = line.partition(" actions=")
        if found:
            yield _flow(head.strip(), actions)


def _flow(head: str, actions: str) -> tuple[int, Flow]:
    # "cookie=0x520, table=10, idle_timeout=5, send_flow_rem priority=200,ip,nw_dst=…": table 0, the default priority
    # and an empty match are left out. What we never ask for (timeouts, flags) goes in front of the actions:
    # a difference.
    words = head.split()
    match = words.pop() if words and not _attribute(words[-1]) else ""
    cookie, table, extra = 0, 0, ""
    for name, _, value in (word.rstrip(",").partition("=") for word in words):
        if name == "cookie":
            cookie = int(value, 16)
        elif name == "table":
            table = int(value)
        else:
            extra += f"{name}={value}, " if value else f"{name}, "
    return cookie, Flow(table, *_priority(match), extra + _readable(actions))


def _attribute(word: str) -> bool:
    return word.endswith(",") or word in FLAGS


def _readable(actions: str) -> str:
    # A dump has group ids in decimal; ours, in hexadecimal, show whose they are, as in the group's own text.
    name, _, number = actions.partition(":")
    return f"group:{int(number):#x}" if name == "group" and number.isdecimal() else actions


def _priority(match: str) -> tuple[int, str]:
    first, _, rest = match.partition(",")
    name, _, value = first.partition("=")
    return (int(value), rest) if name == "priority" else (DEFAULT_PRIORITY, match)


def parse_groups(dump: str) -> Iterator[Group]:
    """Our groups among the lines of `ovs-ofctl dump-groups`."""
    for line in dump.splitlines():
        head, _, body = line.strip().partition(",")
        name, _, number = head.partition("=")
        if name == "group_id" and owns_group(int(number)):
            yield Group(int(number), intern(body))


def parse_tables(dump: str) -> dict[str, int]:
    """The numbers of the tables that have a name, from `ovs-ofctl dump-table-features`."""
    return {name: int(number) for number, name in NAMED_TABLE.findall(dump)}
