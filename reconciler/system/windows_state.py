"""What Windows says of the gateway, as values: what `windows.ps1` answers, whichever PowerShell wrote it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from reconciler.errors import NodeError, ToolError
from reconciler.ownership import NAT_NAME, ROUTE_METRIC
from reconciler.resources import FAMILIES, Family
from reconciler.system.powershell import Transport, ask

PERMANENT, PREFERRED, IPV4, ENABLED = (("Permanent", "6"), ("Preferred", "4"), ("IPv4", "2"), ("Enabled", "1"))
"""Enumerations, by name and by the number that an untouched ConvertTo-Json writes in their place."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A row of Get-NetRoute."""

    destination: str
    next_hop: str
    metric: int

    @property
    def ours(self) -> bool:
        """Whether it has our mark."""
        return self.metric == ROUTE_METRIC


@dataclass(frozen=True, slots=True)
class WindowsState:
    """The gateway's side of a Windows node."""

    mac: str
    """As on Linux: aa:bb:cc:dd:ee:ff."""
    addresses: tuple[str, ...]
    """Those that may be a source elsewhere than on the link, in Windows' order."""
    not_forwarding: tuple[Family, ...]
    routes: tuple[RouteRow, ...]
    neighbours: tuple[tuple[str, str], ...]
    """The permanent ones: address and MAC as Windows writes it."""
    nats: tuple[tuple[str, str], ...]
    """Name and internal prefix of every NetNat."""

    def holds_route(self, ip: str) -> bool:
        """Whether somebody else has a route to an address on the gateway."""
        return any(not r.ours and r.destination.partition("/")[0] == ip for r in self.routes)

    def masquerades(self, ip: str) -> bool:
        """Whether somebody else's NAT takes in an address."""
        prefixes = (prefix for name, prefix in self.nats if name != NAT_NAME and prefix)
        return any(ip_address(ip) in ip_network(prefix, strict=False) for prefix in prefixes)


def read_state(through: Transport, gateway: str) -> WindowsState:
    """One call of PowerShell. Raises NodeError when there is no such adapter."""
    answer = ask(through, {"verb": "read", "gateway": gateway})
    if answer.get("adapter") is None:
        raise NodeError(f"no network adapter {gateway}: see `Get-NetAdapter`, or mend `gateway` of the Node")
    try:
        return parse(answer)
    except (KeyError, TypeError, ValueError) as error:
        raise ToolError(f"powershell.exe answered otherwise than expected: {error!r}") from None


def parse(answer: Mapping[str, Any]) -> WindowsState:
    """The answer to the verb `read`."""
    return WindowsState(
        mac=":".join(_pairs(answer["adapter"]["MacAddress"])).lower(),
        addresses=tuple(_address(row["IPAddress"]) for row in rows(answer["addresses"]) if _usable(row)),
        not_forwarding=tuple(_not_forwarding(rows(answer["interfaces"]))),
        routes=tuple(
            RouteRow(str(ip_network(row["DestinationPrefix"])), _address(row["NextHop"]), int(row["RouteMetric"]))
            for row in rows(answer["routes"])
        ),
        neighbours=tuple(
            (_address(row["IPAddress"]), "-".join(_pairs(row["LinkLayerAddress"])))
            for row in rows(answer["neighbors"])
            if str(row["State"]) in PERMANENT
        ),
        nats=tuple((row["Name"], row["InternalIPInterfaceAddressPrefix"] or "") for row in rows(answer["nats"])),
    )


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a list: Windows PowerShell may write one row bare, none as null, and several as `{value, Count}`."""
    if isinstance(value, Mapping) and value.keys() == {"value", "Count"}:
        value = value["value"]
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _pairs(mac: str) -> list[str]:
    # AA-BB-CC-DD-EE-FF; AABBCCDDEEFF before Windows 10.
    return re.findall("..", re.sub("[^0-9A-F]", "", mac.upper()))


def _address(text: str) -> str:
    # In our one spelling; a link-local IPv6 address has its zone behind a `%`.
    return str(ip_address(text.partition("%")[0]))


def _usable(row: Mapping[str, Any]) -> bool:
    local = ip_address(_address(row["IPAddress"])).is_link_local
    return not local and not row["SkipAsSource"] and str(row["AddressState"]) in PREFERRED


def _not_forwarding(interfaces: Iterable[Mapping[str, Any]]) -> Iterable[Family]:
    off = {4 if str(row["AddressFamily"]) in IPV4 else 6 for row in interfaces if str(row["Forwarding"]) not in ENABLED}
    return (family for family in FAMILIES if family in off)
