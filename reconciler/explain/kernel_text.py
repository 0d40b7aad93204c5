"""Chains with their counters, and conntrack, as the tools print them."""

import re
from collections.abc import Iterator, Mapping

from reconciler.explain.seen import Held
from reconciler.explain.sockets import socket
from reconciler.ownership import CHAIN_PREFIX
from reconciler.resources import Family, Key, iptables

COUNTED = re.compile(r"^(\[\d+:\d+\]) -A (\S+) (.*)$")
SIDE = r"=\(src=([^,]+),dst=([^,]+),sport=(\d+),dport=(\d+)\)"
ENTRY = re.compile(rf"^(tcp|udp|sctp),orig{SIDE},reply{SIDE}.*?,zone=(\d+).*$", re.MULTILINE)


def counted(family: Family, dump: str) -> Mapping[Key, str]:
    """Our chains, and the rules that lead into them, of `iptables-save -c`."""
    rules: dict[str, list[str]] = {}
    jumps: dict[Key, str] = {}
    table = ""
    for line in dump.splitlines():
        found = COUNTED.match(line)
        tool = f"{iptables(family)} -t {table}"
        if line.startswith("*"):
            table = line[1:]
        elif found and found[2].startswith(CHAIN_PREFIX):
            rules.setdefault(f"{tool} {found[2]}", []).append(f"{found[1]} {found[3]}")
        elif found and f" {CHAIN_PREFIX}" in found[3]:
            jumps["jump", f"{tool} {found[2]} {found[3]}"] = f"{tool} {found[2]} {found[1]} {found[3]}"
    return {("chain", key): f"{key} {{ {' ; '.join(lines)} }}" for key, lines in rules.items()} | jumps


def parse_connections(dump: str) -> Iterator[Held]:
    """The connections of a dump of Open vSwitch's conntrack."""
    for entry in ENTRY.finditer(dump):
        protocol, _, asked, _, port, answering, _, answer_port, _, zone = entry.groups()
        sockets = socket(asked, int(port)), socket(answering, int(answer_port))
        yield Held(int(zone), protocol.upper(), *sockets, entry[0])
