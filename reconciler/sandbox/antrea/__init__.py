"""A bridge as Antrea programs it, built as other people's flows: two generations of its pipeline, without its policies.

Written after the tables in Antrea's own documentation (docs/design/ovs-pipeline.md, and pipeline.go of v1.2): what a
packet of a service meets, in the same tables with the same priorities, registers, marks and zones.
"""

from collections.abc import Mapping

from reconciler.sandbox.antrea import fixed, named
from reconciler.sandbox.antrea.bridge import Bridge, bridge_of

__all__ = ["Bridge", "bridge_of", "program", "tables"]

LATEST = "latest"
"""In place of a version: the pipeline with names."""


def tables(version: str) -> Mapping[str, int]:
    """The tables that have a name in this version."""
    return {} if _is_fixed(version) else named.TABLES


def program(version: str, bridge: Bridge) -> str:
    """Everything on the bridge, as lines of an `ovs-ofctl bundle`."""
    pipeline = fixed if _is_fixed(version) else named
    groups = (f"group add {line}" for line in pipeline.groups(bridge))
    flows = (f"flow add {line}" for line in pipeline.flows(bridge))
    return "".join(f"{line}\n" for line in (*groups, *flows))


def _is_fixed(version: str) -> bool:
    return version != LATEST and tuple(map(int, version.split(".")[:2])) < (1, 5)
