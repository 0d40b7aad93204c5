"""What a bridge says over OpenFlow; a target is what `ovs-ofctl` takes, such as `unix:/run/openvswitch/br-int.mgmt`."""

from collections.abc import Iterator

from reconciler.ofctl_text import parse_flows, parse_tables
from reconciler.resources import Flow
from reconciler.system.commands import run, run_together

OPENFLOW = "OpenFlow15"
"""The version whose bundles and groups are ours, as `ovs-ofctl` and OVSDB call it."""
OFCTL = ("ovs-ofctl", "-O", OPENFLOW, "--no-names")
SOFTWARE = "Software: "


def read_version(target: str) -> str:
    """The version of `ovs-vswitchd` itself: what OVSDB holds is written by others, and not everywhere."""
    for line in run((*OFCTL, "dump-desc", target)).splitlines():
        if line.startswith(SOFTWARE):
            return line.removeprefix(SOFTWARE)
    return ""


def read_tables(target: str) -> dict[str, int]:
    """The numbers of the tables that have a name."""
    return parse_tables(run((*OFCTL, "dump-table-features", target)))


def read_tables_flows(target: str, *tables: int) -> Iterator[Flow]:
    """Everybody's flows in some tables."""
    dumps = run_together(*((*OFCTL, "--no-stats", "dump-flows", target, f"table={table}") for table in tables))
    return (flow for dump in dumps for _, flow in parse_flows(dump))
