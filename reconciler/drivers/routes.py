"""Routes: all of table 1312, and in the main table those to the virtual IPs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from errno import ENOENT, ESRCH
from typing import Any

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.ownership import ROUTE_PROTOCOL, ROUTE_TABLE
from reconciler.pipeline import DEFAULT_ROUTE, HOST_LENGTH, MAIN_TABLE
from reconciler.resources import FAMILIES, Family, Key, Route, family_of
from reconciler.system import netlink

MOST_ROUTES = 100
"""In one place; there is one, unless somebody put more there."""
SCOPE_LINK = 253
SCOPE_NOWHERE = 255
"""In a deletion: whatever the route's scope."""
DEFAULT_METRIC = {4: 0, 6: 1024}


class Routes:
    """The routes of this network namespace."""

    stages = ("routes",)

    def __init__(self, virtual_ips: Sequence[str]) -> None:
        self._hosts = {f"{ip}/{HOST_LENGTH[family_of(ip)]}" for ip in virtual_ips}

    def read(self) -> Dump:
        """Table 1312 whole; of the main table what is ours, and what stands where ours should."""
        names = netlink.link_names()
        owned: list[Route] = []
        foreign: dict[Key, str] = {}
        for family in FAMILIES:
            owned += [parse(m, family, names) for m in netlink.routes(family, ROUTE_TABLE)]
            for message in netlink.routes(family, MAIN_TABLE):
                self._sort_main(parse(message, family, names), message["proto"], owned, foreign)
        return Dump.of(Live(list(in_place(owned)), foreign))

    def _sort_main(self, route: Route, protocol: int, owned: list[Route], foreign: dict[Key, str]) -> None:
        if protocol == ROUTE_PROTOCOL and not route.via and route.destination.endswith(f"/{HOST_LENGTH[route.family]}"):
            owned.append(route)
        elif route.destination in self._hosts:
            foreign["route", route.key] = f"{route.text} proto {protocol}"

    def apply(self, changes: Sequence[Change]) -> None:
        """One request a route; there are a handful."""
        for change in changes:
            _apply(change)


def in_place(routes: Iterable[Route]) -> Iterator[Route]:
    """One route a place; where several stand in one, the first, with the others as its extra."""
    places: dict[tuple[Family, str], list[Route]] = defaultdict(list)
    for route in routes:
        places[route.family, route.key].append(route)
    for first, *others in places.values():
        yield replace(first, extra="".join([first.extra, *(f" and {other.text}" for other in others)]))


def parse(message: Any, family: Family, names: Mapping[int, str]) -> Route:
    """A kernel route message as a route."""
    address, length = message.get_attr("RTA_DST"), message["dst_len"]
    metric = message.get_attr("RTA_PRIORITY") or 0
    return Route(
        family=family,
        table=message.get_attr("RTA_TABLE") or message["table"],
        destination=f"{address}/{length}" if address else DEFAULT_ROUTE[family],
        device=names.get(message.get_attr("RTA_OIF"), ""),
        via=message.get_attr("RTA_GATEWAY") or "",
        type=netlink.route_type(message["type"]),
        metric=0 if metric == DEFAULT_METRIC[family] else metric,
        tos=message["tos"],
        extra="".join(f" {name} {value}" for name, value in _extras(message)),
    )


def _extras(message: Any) -> Iterator[tuple[str, object]]:
    """What we never ask for, and what would make the route another one."""
    for name, attribute in (("src", "RTA_PREFSRC"), ("metrics", "RTA_METRICS"), ("nexthops", "RTA_MULTIPATH")):
        value = message.get_attr(attribute)
        if value:
            yield name, value if isinstance(value, str) else "given"


def _apply(change: Change) -> None:
    route = change.subject
    if not isinstance(route, Route):
        raise TypeError(f"bug: no route: {change}")
    if change.actual:
        _empty(route)
    if change.desired:
        arguments = _place(route) | {"oif": netlink.index_of(route.device), "proto": ROUTE_PROTOCOL}
        arguments |= {"gateway": route.via, "flags": "onlink"} if route.via else {"scope": SCOPE_LINK}
        netlink.request(f"ip route replace {route.text}", lambda n: n.route("replace", **arguments))


def _empty(route: Route) -> None:
    # A deletion that names a next hop would also hit a route with more than that, so the place is emptied whole.
    arguments = _place(route) | {"scope": SCOPE_NOWHERE, "type": 0}
    if route.table == MAIN_TABLE:
        arguments |= {"proto": ROUTE_PROTOCOL}
    for _ in range(MOST_ROUTES):
        if netlink.gone(f"ip route del {route.key}", lambda n: n.route("del", **arguments), ESRCH, ENOENT):
            return


def _place(route: Route) -> dict[str, object]:
    place = {"family": netlink.AF[route.family], "dst": route.destination, "table": route.table}
    return place | {name: value for name, value in (("priority", route.metric), ("tos", route.tos)) if value}
