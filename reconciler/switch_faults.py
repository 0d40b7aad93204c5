"""Faults of Open vSwitch releases that a pipeline works around."""

import re

FIRST_SOUND = {(2, 17): 8, (3, 0): 5, (3, 1): 3, (3, 2): 3}
"""The first release of each series in which conntrack of the userspace datapath survives a connection whose NAT changed
nothing, once it has expired and its ports come back: before, `ovs-vswitchd` aborts (`conn_update_state`). An idle UDP
connection that goes on after half a minute is enough. From 3.3.0 on every release is sound."""

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def aborts_on_direct_nat(version: str, datapath_type: str) -> bool:
    """Whether a bridge must not commit direct connections with NAT; an unreadable version is taken for faulty."""
    if datapath_type != "netdev":
        return False
    found = VERSION.match(version)
    if not found:
        return True
    major, minor, patch = map(int, found.groups())
    return (major, minor) < (3, 3) and patch < FIRST_SOUND.get((major, minor), patch + 1)
