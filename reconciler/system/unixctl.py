"""Asks `ovs-vswitchd` what `ovs-appctl` asks, but any number of questions over one connection."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import ToolError

PATIENCE = 60.0
"""Seconds for one answer."""
CHUNK = 1 << 20


class Control:
    """A connection to the control socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def ask(self, command: str, *arguments: str) -> str:
        """The answer to one command. Raises ToolError with what Open vSwitch complained of."""
        request = {"id": 0, "method": command, "params": arguments}
        try:
            self._connection.sendall(json.dumps(request).encode())
            answer = self._answer()
        except OSError as error:
            raise ToolError(f"ovs-vswitchd, asked for {command}: {error}") from None
        if answer["error"]:
            raise ToolError(f"{command}: {' '.join(answer['error'].split())}")
        return answer["result"] or ""

    def _answer(self) -> dict[str, str | None]:
        # Nothing marks the end of an answer but that it is whole.
        heard = bytearray()
        while chunk := self._connection.recv(CHUNK):
            heard += chunk
            if chunk.rstrip().endswith(b"}"):
                try:
                    return dict(json.loads(heard))
                except ValueError:
                    continue
        raise ConnectionResetError("it hung up")


@contextmanager
def control(rundir: str) -> Iterator[Control]:
    """A connection to the daemon that keeps its sockets in a folder. Raises ToolError when there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            process = Path(rundir, "ovs-vswitchd.pid").read_text(encoding="ascii").strip()
            connection.connect(os.path.join(rundir, f"ovs-vswitchd.{process}.ctl"))
        except OSError as error:
            raise ToolError(f"the control socket of ovs-vswitchd in {rundir}: {error.strerror}") from None
        yield Control(connection)
