"""What our parsers make of the captures, as text: one owned object a line, then the foreign ones after `foreign `.

Captured with Open vSwitch 3.1.0, ipset 7.17 and iptables 1.8.9 (nf_tables), after an apply among other people's
objects and some drift made by hand. `python -m tests.captures.parsing` writes the expected files again.

`windows/` was not captured: the answers of `windows.ps1` were written by hand, after the properties and enumerations
that the documentation of Get-NetRoute, Get-NetNeighbor, Get-NetNat, Get-NetIPAddress and Get-NetIPInterface names
(MicrosoftDocs/windows-powershell-docs, Windows Server 2025; MSFT_NetRoute for the numbers), in what Windows PowerShell
5.1 makes of lists and enumerations at its worst, and in what PowerShell 7 does.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler import ofctl_text
from reconciler.drivers import Live, ipsets, neighbours, netfilter, routes, rules
from reconciler.drivers import windows as windows_driver
from reconciler.ownership import COOKIE, SET_PREFIX
from reconciler.resources import FAMILIES, Resource
from reconciler.system import windows_state
from tests.declared import node

HERE = Path(__file__).parent


class Message(dict[str, Any]):
    """A netlink message as pyroute2 gives it: a dict with `get_attr`."""

    def get_attr(self, name: str) -> object:
        return self["attrs"].get(name)


def lines(live: Live) -> Iterator[str]:
    yield from (f"{resource.kind} {resource.text}" for resource in live.owned)
    yield from (f"foreign {kind} {key} | {text}" for (kind, key), text in live.foreign.items())


def owned(resources: Iterable[Resource]) -> Iterator[str]:
    return (f"{resource.kind} {resource.text}" for resource in resources)


def flows(dump: str) -> Iterator[str]:
    for cookie, flow in ofctl_text.parse_flows(dump):
        yield f"{'ours' if cookie == COOKIE else f'{cookie:#x}'} {flow.key} | {flow.actions}"


def sets(dump: str) -> Iterator[str]:
    """Only what `read` asks for: sets with a name of ours."""
    ours = (line for line in dump.splitlines() if line.split()[1].startswith(SET_PREFIX))
    return lines(ipsets.parse("\n".join(ours)))


def messages(dump: str) -> Iterator[str]:
    """All messages of every kind, so that the expected text also shows what our filters must tell apart."""
    captured: Mapping[str, Any] = json.loads(dump)
    names = {int(index): name for index, name in captured["links"].items()}
    for family in FAMILIES:
        for message in captured[f"routes{family}_main"] + captured[f"routes{family}_ours"]:
            route = routes.parse(Message(message), family, names)
            yield f"route {route.text} | key {route.key} | proto {message['proto']}"
        all_rules = [Message(message) for message in captured[f"rules{family}"]]
        yield from (f"rule {rule.get_attr('FRA_PRIORITY')} {rules.selector(rule)}" for rule in all_rules)
        yield from owned(rules.in_place(all_rules, family))
        yield from owned(neighbours.parse(Message(message), "gw0") for message in captured[f"neigh{family}"])


def windows(dump: str) -> Iterator[str]:
    state = windows_state.parse(json.loads(dump))
    yield f"mac {state.mac} | addresses {', '.join(state.addresses)} | not forwarding {state.not_forwarding}"
    yield from lines(windows_driver.live(state, node(platform="windows")))


PARSERS: Mapping[str, Callable[[str], Iterable[str]]] = {
    "ovs-ofctl/dump-flows.txt": flows,
    "ovs-ofctl/dump-groups.txt": lambda dump: owned(ofctl_text.parse_groups(dump)),
    "ovs-ofctl/dump-flows-flags.txt": flows,
    "ipset/save.txt": sets,
    "iptables/iptables-save.txt": lambda dump: lines(netfilter.parse(4, dump)),
    "iptables/ip6tables-save.txt": lambda dump: lines(netfilter.parse(6, dump)),
    "netlink/messages.json": messages,
    "windows/powershell-5.1.json": windows,
    "windows/powershell-7.json": windows,
}


def parsed(capture: str) -> str:
    dump = (HERE / capture).read_text(encoding="utf-8")
    return "".join(f"{line}\n" for line in PARSERS[capture](dump))


def expected(capture: str) -> Path:
    return (HERE / capture).with_suffix(".parsed")


if __name__ == "__main__":
    for each in PARSERS:
        expected(each).write_text(parsed(each), encoding="utf-8")
