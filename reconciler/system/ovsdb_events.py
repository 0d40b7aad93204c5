"""Tells when a bridge, a port or an interface changes in OVSDB."""

import os
import socket
from collections.abc import Callable
from threading import Event
from typing import Any

from ovs.db.idl import Idl, SchemaHelper
from ovs.poller import Poller

from reconciler.system.ovsdb import DATABASE

TEXT = {"type": "string"}
TEXTS = {"type": {"key": "string", "value": "string", "min": 0, "max": "unlimited"}}
NUMBER = {"type": {"key": "integer", "min": 0, "max": 1}}
PORTS = {"type": {"key": {"type": "uuid", "refTable": "Port"}, "min": 0, "max": "unlimited"}}
INTERFACES = {"type": {"key": {"type": "uuid", "refTable": "Interface"}, "min": 1, "max": "unlimited"}}
# Antrea writes the round of its agent into the bridge's external_ids: a restart, after which groups are gone.
BRIDGE = {"name": TEXT, "datapath_type": TEXT, "ports": PORTS, "external_ids": TEXTS}
SCHEMA = {
    "name": DATABASE,
    "version": "8.0.0",
    "tables": {
        "Bridge": {"columns": BRIDGE},
        "Port": {"columns": {"name": TEXT, "interfaces": INTERFACES}},
        "Interface": {"columns": {"name": TEXT, "ofport": NUMBER, "external_ids": TEXTS}},
    },
}
"""Only what we follow: the IDL asks the server for no more, so that every version of the real schema will do."""

STEP = 200
"""Milliseconds between two looks at the stop signal."""
RETRY = 0.1
"""Seconds between two tries to connect: the IDL's own patience grows to eight seconds."""


def watch(rundir: str, tell: Callable[[], None], stop: Event) -> None:
    """Tell of every change in the columns that facts are made of, and of a database that came back."""
    path = os.path.join(rundir, "db.sock")
    while not stop.is_set():
        if _answers(path):
            _follow(f"unix:{path}", tell, stop)
        stop.wait(RETRY)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(path) == 0


def _follow(target: str, tell: Callable[[], None], stop: Event) -> None:
    """Follow one connection until it is lost."""
    helper = SchemaHelper(schema_json=SCHEMA)
    helper.register_all()
    idl = Idl(target, helper)
    seen = idl.change_seqno
    try:
        while not stop.is_set():
            idl.run()
            if idl.has_ever_connected() and not idl._session.is_connected():  # it has no other way
                return
            if idl.change_seqno != seen:
                seen = idl.change_seqno
                tell()
            _pause(idl)
    finally:
        idl.close()


def _pause(idl: Any) -> None:
    poller = Poller()
    idl.wait(poller)
    poller.timer_wait(STEP)
    poller.block()
