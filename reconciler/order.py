"""The order of an apply, as one list: nothing refers to what is not there, and traffic is steered last.

Creations and updates go down the list, deletions go up it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """Kinds that one driver applies together, and the stages that must have gone well before."""

    name: str
    kinds: tuple[str, ...]
    needs: tuple[str, ...] = ()


STAGES = (
    Stage("openflow", ("group", "flow")),
    Stage("neighbours", ("neighbour",)),
    Stage("routes", ("route",), needs=("neighbours",)),
    Stage("rules", ("rule",), needs=("routes",)),
    Stage("ipsets", ("ipset",)),
    Stage("netfilter", ("chain", "jump"), needs=("ipsets",)),
    Stage("windows", ("netneighbor", "netnat", "netroute"), needs=("openflow",)),
    Stage("entries", ("entry",), needs=("openflow", "rules", "netfilter")),
)
"""The members of the sets, and on Windows the routes, are what steers traffic, so they come last and go first."""

RANK = {kind: rank for rank, kind in enumerate(kind for stage in STAGES for kind in stage.kinds)}
"""The place of each kind in the order of creation."""

STAGE_OF = {kind: stage for stage in STAGES for kind in stage.kinds}
