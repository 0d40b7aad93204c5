"""Reads bridges, ports and interfaces from OVSDB: one question to `ovsdb-client`, whose answer is JSON (RFC 7047)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import ToolError
from reconciler.system.commands import complaint, finish

DATABASE = "Open_vSwitch"
COLUMNS = {
    "Bridge": ("name", "datapath_type", "protocols", "ports"),
    "Port": ("_uuid", "interfaces"),
    "Interface": ("_uuid", "name", "ofport", "external_ids"),
}
PATIENCE = 5
"""Seconds to wait for the answer; it takes some 5 ms."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interface:
    """A port of a bridge."""

    name: str
    ofport: int | None
    """None, or -1, while it has none."""
    external_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge with the interfaces of all its ports."""

    datapath_type: str
    """`netdev` for the userspace datapath; empty or `system` for the kernel's."""
    protocols: Sequence[str]
    """The versions of OpenFlow that it is told to speak; empty where that is left to it."""
    interfaces: Sequence[Interface]


def read_bridges(target: str) -> dict[str, Bridge]:
    """Every bridge by its name, of `unix:PATH` or `tcp:ADDRESS:PORT`. Raises NodeError, ToolError."""
    done = finish(("ovsdb-client", "query", target, json.dumps(_question())), patience=PATIENCE)
    if done.returncode:
        raise ToolError(f"ovsdb-client query {target}: {complaint(done)}")
    return parse(done.stdout)


def parse(answer: str) -> dict[str, Bridge]:
    """The bridges of an answer. Raises ToolError when it is none."""
    results = json.loads(answer)
    faults = [result["error"] for result in results if result and "error" in result]
    if faults:
        raise ToolError(f"ovsdb-client query: {'; '.join(faults)}")
    bridges, ports, interfaces = (result["rows"] for result in results)
    by_uuid = {row["_uuid"][1]: _interface(row) for row in interfaces}
    of_port = {row["_uuid"][1]: [by_uuid[uuid] for uuid in _uuids(row["interfaces"])] for row in ports}
    return {row["name"]: _bridge(row, of_port) for row in bridges}


def _question() -> list[object]:
    selects = ({"op": "select", "table": table, "where": [], "columns": names} for table, names in COLUMNS.items())
    return [DATABASE, *selects]


def _bridge(row: Row, of_port: Mapping[str, Sequence[Interface]]) -> Bridge:
    interfaces = [each for uuid in _uuids(row["ports"]) for each in of_port[uuid]]
    return Bridge(row["datapath_type"], list(_set(row["protocols"])), interfaces)


def _interface(row: Row) -> Interface:
    ofport = row["ofport"]
    return Interface(row["name"], ofport if isinstance(ofport, int) else None, dict(row["external_ids"][1]))


def _uuids(value: Any) -> Iterator[str]:
    return (uuid for _, uuid in _set(value))


def _set(value: Any) -> Sequence[Any]:
    """The members of a set; one alone stands without the set, and a row is named by a pair."""
    return value[1] if isinstance(value, list) and value[0] == "set" else [value]
