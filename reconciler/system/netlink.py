"""The kernel's links, addresses, routes, rules and neighbours, through pyroute2: small numbers of each.

It is imported when it is asked for first, which is while other programs read what takes them as long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from socket import AF_INET, AF_INET6
from typing import TYPE_CHECKING, Any

from reconciler.errors import NodeError, ToolError
from reconciler.resources import Family

if TYPE_CHECKING:
    from pyroute2 import IPRoute

AF: dict[Family, int] = {4: AF_INET, 6: AF_INET6}
Message = Any
"""A pyroute2 message: a dict with `get_attr(name)`."""
SCOPE_GLOBAL = 0
UP = 1
"""A flag of a link."""


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface of this namespace."""

    index: int
    mac: str
    addresses: tuple[str, ...]
    """Global addresses, in the kernel's order: the first of a family is the one that MASQUERADE picks."""


@contextmanager
def _netlink(what: str) -> Iterator["IPRoute"]:
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        # strict_check lets the kernel filter a dump by table, which pyroute2 by itself does after the fact.
        with IPRoute(strict_check=True) as netlink:
            yield netlink
    except NetlinkError as error:
        if error.code in (1, 13):
            raise NodeError(f"no permission: {what}: run as root, or with CAP_NET_ADMIN") from None
        raise ToolError(f"{what}: {error.args[-1]}") from None
    except OSError as error:
        raise ToolError(f"{what}: {error.strerror}") from None


def read_link(name: str) -> Link | None:
    """The interface of a name, or None."""
    with _netlink(f"reading {name}") as netlink:
        indexes = netlink.link_lookup(ifname=name)
        if not indexes:
            return None
        link = netlink.get_links(indexes[0])[0]
        return Link(indexes[0], link.get_attr("IFLA_ADDRESS"), tuple(_addresses(netlink, indexes[0])))


def _addresses(netlink: "IPRoute", index: int) -> Iterator[str]:
    for message in netlink.get_addr():
        if message["index"] == index and message["scope"] == SCOPE_GLOBAL:
            yield message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")


def link_names() -> dict[int, str]:
    """Every interface's name by its index."""
    with _netlink("reading the interfaces") as netlink:
        return {link["index"]: link.get_attr("IFLA_IFNAME") for link in netlink.get_links()}


def routes(family: Family, table: int) -> list[Message]:
    """The routes of one table, filtered by the kernel."""
    with _netlink(f"reading table {table}") as netlink:
        # Without a dump_filter pyroute2 decodes and filters every table of the node by itself.
        return list(netlink.route("dump", family=AF[family], table=table, dump_filter=lambda _: True))


def route_type(number: int) -> str:
    """The name of a type of route: `unicast`, `blackhole` and their like; of one that is not known, its number."""
    from pyroute2.netlink.rtnl import rt_type

    names = {known: name for name, known in rt_type.items()}
    return str(names.get(number, number))


def rules(family: Family) -> list[Message]:
    """The policy rules of a family."""
    with _netlink("reading the rules") as netlink:
        return list(netlink.get_rules(family=AF[family]))


def neighbours(family: Family, index: int) -> list[Message]:
    """The neighbours on an interface."""
    with _netlink("reading the neighbours") as netlink:
        return list(netlink.get_neighbours(family=AF[family], ifindex=index))


def links_down() -> frozenset[str]:
    """The interfaces that are switched off."""
    with _netlink("reading the interfaces") as netlink:
        return frozenset(link.get_attr("IFLA_IFNAME") for link in netlink.get_links() if not link["flags"] & UP)


def look_up(questions: Iterable[Mapping[str, object]]) -> Iterator[Message | str]:
    """The route that the kernel would take for each question, or its complaint."""
    from pyroute2.netlink.exceptions import NetlinkError

    with _netlink("asking for routes") as netlink:
        for question in questions:
            try:
                yield netlink.route("get", **question)[0]
            except NetlinkError as error:
                yield str(error.args[-1])


def index_of(name: str) -> int:
    """The index of an interface; raises ToolError when it has gone."""
    link = read_link(name)
    if link is None:
        raise ToolError(f"no interface {name}")
    return link.index


def request(what: str, call: Callable[["IPRoute"], object], *, absent: tuple[int, ...] = ()) -> None:
    """Make one change; the error codes in `absent` mean that it is so already."""
    gone(what, call, *absent)


def gone(what: str, call: Callable[["IPRoute"], object], *absent: int) -> bool:
    """Make one change, and tell whether there was nothing to change: the kernel answered with one of these codes."""
    from pyroute2.netlink.exceptions import NetlinkError

    with _netlink(what) as netlink:
        try:
            call(netlink)
        except NetlinkError as error:
            if error.code not in absent:
                raise
            return True
    return False
