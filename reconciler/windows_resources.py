"""What we own on a Windows node besides flows and groups: the objects of its own cmdlets, one frozen value each.

The text is the command that makes the object, so that a person can repeat by hand what a plan shows.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from reconciler.origin import Origin
from reconciler.ownership import NAT_NAME, ROUTE_METRIC

STORE = "-PolicyStore ActiveStore"
"""Until the next start: the flows that a route leads to do not outlive one either."""


@dataclass(frozen=True, slots=True)
class NetRoute:
    """A route on the gateway: one place a destination, whatever its next hop."""

    kind: ClassVar[str] = "netroute"
    destination: str
    """`ADDRESS/LENGTH`."""
    interface: str
    next_hop: str
    """The destination itself, the virtual IP, or `0.0.0.0` and `::` on the link; of several in the place, all."""
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Interface and destination."""
        return f"-InterfaceAlias {self.interface} -DestinationPrefix {self.destination}"

    @property
    def text(self) -> str:
        """The command that makes the route."""
        return f"New-NetRoute {self.key} -NextHop {self.next_hop} -RouteMetric {ROUTE_METRIC} {STORE}"


@dataclass(frozen=True, slots=True)
class NetNeighbor:
    """A permanent neighbour on the gateway."""

    kind: ClassVar[str] = "netneighbor"
    ip: str
    interface: str
    mac: str
    """As Windows writes it: AA-BB-CC-DD-EE-FF."""
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Interface and address."""
        return f"-InterfaceAlias {self.interface} -IPAddress {self.ip}"

    @property
    def text(self) -> str:
        """The command that makes the entry."""
        return f"New-NetNeighbor {self.key} -LinkLayerAddress {self.mac} -State Permanent {STORE}"


@dataclass(frozen=True, slots=True)
class NetNat:
    """The masquerade of what leaves the node with an address of this network as its source."""

    kind: ClassVar[str] = "netnat"
    prefix: str
    """`ADDRESS/LENGTH`."""
    name: str = NAT_NAME
    intent: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The name."""
        return f"-Name {self.name}"

    @property
    def text(self) -> str:
        """The command that makes the NAT."""
        return f"New-NetNat {self.key} -InternalIPInterfaceAddressPrefix {self.prefix}"
