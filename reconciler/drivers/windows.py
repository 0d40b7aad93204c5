"""Routes, neighbours and the NAT of a Windows node: one call of PowerShell to read, one to apply."""

from collections.abc import Iterator, Mapping, Sequence

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.errors import ToolError
from reconciler.intents import Node
from reconciler.ownership import NAT_NAME, ROUTE_METRIC
from reconciler.pipeline import WINDOWS_MAC
from reconciler.resources import Key, Resource, family_of
from reconciler.system.powershell import Transport, ask, failure
from reconciler.system.windows_state import WindowsState, read_state
from reconciler.windows_resources import NetNat, NetNeighbor, NetRoute


class WindowsHost:
    """What is ours of the host's side; `known` is the live state, where it was just read for the facts."""

    stages = ("windows",)

    def __init__(self, node: Node, through: Transport, known: WindowsState | None = None) -> None:
        self._node = node
        self._through = through
        self._known = known

    def read(self) -> Dump:
        """One call, or none for what is known."""
        known, self._known = self._known, None
        return Dump.of(live(known or read_state(self._through, self._node.gateway.interface), self._node))

    def apply(self, changes: Sequence[Change]) -> None:
        """One call; a change that fails does not stop the others. Raises ToolError that names each that did."""
        request = {"verb": "apply", "changes": [_request(change) for change in changes]}
        failed = ask(self._through, request, len(changes))["failed"]
        complaints = [failure(each) for each in failed]
        if complaints:
            said = (
                f"{changes[each['change']].action} `{changes[each['change']].subject.text}`: {complaint}"
                for each, complaint in zip(failed, complaints, strict=True)
            )
            raise ToolError("; ".join(said))


def live(state: WindowsState, node: Node) -> Live:
    """What of a node's state is ours, and what could be in the way."""
    gateway = node.gateway.interface
    owned: list[Resource] = list(_routes(state, gateway))
    owned += [NetNeighbor(ip, gateway, mac) for ip, mac in state.neighbours if _our_neighbour(ip, mac, node, state)]
    owned += [NetNat(prefix) for name, prefix in state.nats if name == NAT_NAME]
    foreign: dict[Key, str] = {}
    for row in state.routes:
        if not row.ours:
            place = NetRoute(row.destination, gateway, row.next_hop).key
            foreign["netroute", place] = f"{place} -NextHop {row.next_hop} -RouteMetric {row.metric}"
    return Live(owned, foreign)


def _routes(state: WindowsState, gateway: str) -> Iterator[NetRoute]:
    places: dict[str, list[str]] = {}
    for row in state.routes:
        if row.ours:
            places.setdefault(row.destination, []).append(row.next_hop)
    for destination, next_hops in places.items():
        yield NetRoute(destination, gateway, " and ".join(next_hops))


def _our_neighbour(ip: str, mac: str, node: Node, state: WindowsState) -> bool:
    # Antrea has permanent neighbours with this MAC for the gateways of its peers, of IPv4 alone, and with proxyAll one
    # for the virtual IP.
    if node.pipeline == "antrea" and state.holds_route(ip):
        return False
    if ip in node.virtual_ips:
        return True
    return mac == WINDOWS_MAC and (node.pipeline != "antrea" or family_of(ip) == 6)


def _request(change: Change) -> Mapping[str, object]:
    return {"action": change.action, "kind": change.subject.kind, **_fields(change.subject)}


def _fields(subject: Resource) -> Mapping[str, object]:
    match subject:
        case NetRoute():
            place = {"interface": subject.interface, "destination": subject.destination}
            return {**place, "nextHop": subject.next_hop, "metric": ROUTE_METRIC}
        case NetNeighbor():
            return {"interface": subject.interface, "ip": subject.ip, "mac": subject.mac}
        case NetNat():
            return {"name": subject.name, "prefix": subject.prefix}
    raise TypeError(f"bug: nothing of Windows: {subject}")
