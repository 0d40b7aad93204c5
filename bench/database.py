"""OVN's northbound database as the carrier of intents: what a follower gets at first, and for one change."""

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import folder, ovn, usage
from bench.node import STEP
from bench.timing import timed

PATIENCE = 30.0
A_TRANSACTION = 1000
TABLE = "Load_Balancer"
COLUMNS = ("name", "protocol", "vips")


@dataclass(frozen=True, slots=True)
class Following:
    """Of one follower."""

    server: float
    """MiB resident of the server."""
    first: int
    """Bytes of everything."""
    seconds: float
    """To get that."""
    change: int
    """Bytes of one changed endpoint."""
    delay: float
    """Seconds from the change until the follower has it."""


@dataclass(slots=True)
class Connection:
    """JSON-RPC over a socket; what comes is counted, and read only as far as needed."""

    socket: socket.socket

    def send(self, method: str, *params: object) -> None:
        """A request; its answer is the next message but for what was monitored."""
        self.socket.sendall(json.dumps({"method": method, "params": params, "id": method}).encode())

    def receive(self) -> bytes:
        """The next message, whole: no text of ours has a brace in it."""
        message = bytearray()
        depth = 0
        while not message or depth:
            chunk = self.socket.recv(1 << 20)
            depth += chunk.count(b"{") - chunk.count(b"}")
            message += chunk
        return bytes(message)


def follow(files: Path, services: int, endpoints: int) -> Following:
    """A database of so many load balancers, and one that follows it."""
    with tempfile.TemporaryDirectory() as place, server(files, Path(place)) as (pid, path):
        writer, reader = connect(path), connect(path)
        for first in range(0, services, A_TRANSACTION):
            numbers = range(first, min(first + A_TRANSACTION, services))
            transact(writer, [insert(number, endpoints) for number in numbers])
        first_seen: list[bytes] = []
        reader.send("monitor_cond", ovn.NORTHBOUND, None, {TABLE: [{"columns": COLUMNS}]})
        seconds = timed(lambda: first_seen.append(reader.receive()))
        begun = time.monotonic()
        transact(writer, [update(services // 2, endpoints - 1)])
        change = reader.receive()
        return Following(usage.memory(pid), len(first_seen[0]), seconds, len(change), time.monotonic() - begun)


@contextmanager
def server(files: Path, place: Path) -> Iterator[tuple[int, Path]]:
    """A server of an empty database: its process and its socket."""
    database, path = place / "nb.db", place / "nb.sock"
    schema = files / ovn.SCHEMAS / "ovn-nb.ovsschema"
    subprocess.run(("ovsdb-tool", "create", str(database), str(schema)), check=True)
    quiet = ("-vconsole:off", "-vsyslog:off", f"--unixctl={place}/ctl")
    with subprocess.Popen(("ovsdb-server", str(database), f"--remote=punix:{path}", *quiet)) as process:
        try:
            yield process.pid, path
        finally:
            process.terminate()


def connect(path: Path) -> Connection:
    """A connection of its own, as soon as the server listens."""
    connection = socket.socket(socket.AF_UNIX)
    deadline = time.monotonic() + PATIENCE
    while connection.connect_ex(str(path)):
        if time.monotonic() > deadline:
            raise SystemExit(f"nobody listens on {path}")
        time.sleep(STEP)
    return Connection(connection)


def transact(writer: Connection, operations: Sequence[object]) -> None:
    """Change it, all or nothing."""
    writer.send("transact", ovn.NORTHBOUND, *operations)
    answer = json.loads(writer.receive())
    if answer["error"] or any(result.get("error") for result in answer["result"]):
        raise SystemExit(f"the database refuses: {answer}"[:500])


def insert(number: int, endpoints: int) -> object:
    """One service more."""
    return {
        "op": "insert",
        "table": TABLE,
        "row": {"name": f"lb{number}", "protocol": "tcp", "vips": vips(number, endpoints)},
    }


def update(number: int, endpoints: int) -> object:
    """Other endpoints of a service."""
    where = [["name", "==", f"lb{number}"]]
    return {"op": "update", "table": TABLE, "where": where, "row": {"vips": vips(number, endpoints)}}


def vips(number: int, endpoints: int) -> object:
    """The map of a VIP to its endpoints, as OVSDB spells one."""
    backends = ",".join(f"{folder.endpoint(number, index)}:8080" for index in range(endpoints))
    return ["map", [[f"{folder.address(number)}:80", backends]]]
