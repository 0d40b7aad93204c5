"""The virtual IPs' neighbour entries on the gateway."""

from collections.abc import Sequence
from errno import ENOENT
from typing import Any

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.pipeline import VIRTUAL_MAC
from reconciler.resources import FAMILIES, Neighbour, family_of
from reconciler.system import netlink

PERMANENT = 0x80
"""NUD_PERMANENT."""


class Neighbours:
    """What the gateway knows of the virtual IPs."""

    stages = ("neighbours",)

    def __init__(self, gateway: str, virtual_ips: Sequence[str], *, shared: bool = False) -> None:
        self._gateway = gateway
        self._virtual_ips = frozenset(virtual_ips)
        self._shared = shared
        """Whether other people's entries have the virtual MAC too: Antrea gives it to the gateways of its peers."""

    def read(self) -> Dump:
        """Entries with a MAC; the kernel's own unanswered questions are not entries."""
        index = netlink.index_of(self._gateway)
        messages = (message for family in FAMILIES for message in netlink.neighbours(family, index))
        return Dump.of(Live([parse(m, self._gateway) for m in messages if self._ours(m)]))

    def _ours(self, message: Any) -> bool:
        mac = message.get_attr("NDA_LLADDR")
        if mac == VIRTUAL_MAC and not self._shared:
            return True  # the virtual IPs of yesterday too
        return mac and message.get_attr("NDA_DST") in self._virtual_ips

    def apply(self, changes: Sequence[Change]) -> None:
        """One request an entry; there are two."""
        for change in changes:
            _apply(change)


def parse(message: Any, gateway: str) -> Neighbour:
    """A kernel neighbour message as a neighbour."""
    state = "PERMANENT" if message["state"] & PERMANENT else "dynamic"
    return Neighbour(message.get_attr("NDA_DST"), gateway, message.get_attr("NDA_LLADDR"), state)


def _apply(change: Change) -> None:
    entry = change.subject
    if not isinstance(entry, Neighbour):
        raise TypeError(f"bug: no neighbour: {change}")
    target = {"family": netlink.AF[family_of(entry.ip)], "dst": entry.ip, "ifindex": netlink.index_of(entry.device)}
    if change.action == "delete":
        netlink.request(f"ip neigh del {entry.key}", lambda n: n.neigh("del", **target), absent=(ENOENT,))
    else:
        netlink.request(
            f"ip neigh replace {entry.text}",
            lambda n: n.neigh("replace", **target, lladdr=entry.mac, state="permanent"),
        )
