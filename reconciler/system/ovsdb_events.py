"""Tells when a bridge, a port or an interface changes in OVSDB."""

import os
import socket
from collections.abc import Callable, Mapping
from copy import deepcopy
from threading import Event
from typing import Any

from ovs.db.idl import Idl, SchemaHelper
from ovs.poller import Poller

from reconciler.system.ovsdb import SCHEMA, TEXTS

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
    helper = SchemaHelper(schema_json=_schema())
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


def _schema() -> Mapping[str, Any]:
    schema = deepcopy(SCHEMA)
    # Antrea writes the round of its agent here: a restart, after which groups are gone.
    schema["tables"]["Bridge"]["columns"]["external_ids"] = TEXTS  # type: ignore[index]
    return schema
