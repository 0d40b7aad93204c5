"""Which events may be about something of ours. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.ownership import COOKIE, ROUTE_TABLE, owns_group
from reconciler.resources import Flow, Resource
from reconciler.system.kernel_events import Changed
from reconciler.system.openflow_events import Connected, FlowChanged, GroupChanged, Happening

ALL_GROUPS = 0xFFFFFFFC


@dataclass(frozen=True, slots=True)
class Interest:
    """What of the live state concerns us: places, not objects, so that whoever takes one of them over is seen too."""

    flows: frozenset[tuple[int, int]] = frozenset()
    """Table and priority of every flow that we want."""
    addresses: frozenset[str] = frozenset()
    """The virtual IPs."""

    def in_switch(self, happening: Happening) -> bool:
        """Whether a pass is due after something happened on the bridge."""
        match happening:
            case Connected():
                return True
            case FlowChanged(table, priority, cookie):
                return table is None or cookie == COOKIE or (table, priority) in self.flows
            case GroupChanged(group):
                return group == ALL_GROUPS or owns_group(group)

    def in_kernel(self, changed: Changed) -> bool:
        """Whether a pass is due after something changed in the kernel."""
        match changed.kind:
            case "route":
                return changed.table == ROUTE_TABLE or changed.address in self.addresses
            case "neighbour":
                return changed.address in self.addresses
            case _:
                return True

    def widened(self, resources: Iterable[Resource]) -> "Interest":
        """What concerns a node that is to have these resources too."""
        flows = (resource for resource in resources if isinstance(resource, Flow))
        places = {(flow.table, flow.priority) for flow in flows if isinstance(flow.table, int)}
        return replace(self, flows=self.flows | places)


def interest(desired: Iterable[Resource], virtual_ips: Iterable[str]) -> Interest:
    """What concerns a node that is to have these resources."""
    return Interest(addresses=frozenset(virtual_ips)).widened(desired)
