"""Reads bridges, ports and interfaces from OVSDB, through the `ovs` IDL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from ovs.db.idl import Idl, SchemaHelper
from ovs.poller import Poller

from reconciler.errors import NodeError

TEXT = {"type": "string"}
TEXTS = {"type": {"key": "string", "value": "string", "min": 0, "max": "unlimited"}}
NUMBER = {"type": {"key": "integer", "min": 0, "max": 1}}
SCHEMA = {
    "name": "Open_vSwitch",
    "version": "8.0.0",
    "tables": {
        "Bridge": {
            "columns": {
                "name": TEXT,
                "datapath_type": TEXT,
                "ports": {"type": {"key": {"type": "uuid", "refTable": "Port"}, "min": 0, "max": "unlimited"}},
            }
        },
        "Port": {
            "columns": {
                "name": TEXT,
                "interfaces": {
                    "type": {"key": {"type": "uuid", "refTable": "Interface"}, "min": 1, "max": "unlimited"}
                },
            }
        },
        "Interface": {"columns": {"name": TEXT, "ofport": NUMBER, "external_ids": TEXTS}},
    },
}
"""Only what we read: the IDL asks the server for no more, so that every version of the real schema will do."""

PATIENCE = 5.0
"""Seconds to wait for the first copy of the database; it takes some 20 ms."""


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
    interfaces: Sequence[Interface]


def read_bridges(target: str) -> dict[str, Bridge]:
    """Every bridge by its name, of `unix:PATH` or `tcp:ADDRESS:PORT`. Raises NodeError when it does not answer."""
    idl = Idl(target, _helper())
    try:
        _first_copy(idl, target.partition(":")[2])
        return {bridge.name: _bridge(bridge) for bridge in idl.tables["Bridge"].rows.values()}
    finally:
        idl.close()


def _helper() -> Any:
    helper = SchemaHelper(schema_json=SCHEMA)
    helper.register_all()
    return helper


def _first_copy(idl: Any, path: str) -> None:
    deadline = monotonic() + PATIENCE
    while not idl.has_ever_connected():
        idl.run()
        if idl.has_ever_connected():
            return
        if monotonic() > deadline:
            raise NodeError(f"ovsdb-server behind {path} does not answer within {PATIENCE:.0f} s: is it stopped?")
        poller = Poller()
        idl.wait(poller)
        poller.timer_wait(100)
        poller.block()


def _bridge(row: Any) -> Bridge:
    interfaces = (interface for port in row.ports for interface in port.interfaces)
    return Bridge(
        row.datapath_type,
        [Interface(i.name, i.ofport[0] if i.ofport else None, dict(i.external_ids)) for i in interfaces],
    )
