"""A UDP client that goes on from the same port, whatever happens to who answers."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.sandbox import namespaces, state
from tests.integration.cluster import CLIENT, Cluster


class Chat:
    """A client that asks from one and the same UDP socket."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.port = int(self._read())

    def ask(self, line: str = "who") -> str:
        """Who answered, or the error; a line `send` waits for nobody."""
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def chatting(cluster: Cluster, client: str, ip: str, port: int = 53) -> Iterator[Chat]:
    argv = (sys.executable, str(CLIENT), "chat", ip, str(port))
    inside = namespaces.inside(state.load(cluster.name).find(client).netns, argv)
    with subprocess.Popen(inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Chat(process)
