"""Clients that connect all the while, from the node and from a pod."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench import folder
from bench.node import Node
from reconciler.sandbox import namespaces


@dataclass(frozen=True, slots=True)
class Failure:
    """A connection that was not answered."""

    client: str
    begun: float
    ended: float
    error: str

    def within(self, spans: list[tuple[float, float]]) -> bool:
        """Whether it was under way in one of some spans of time."""
        return any(self.begun <= end and self.ended >= begin for begin, end in spans)


@dataclass(slots=True)
class Connections:
    """What came of them, once the clients have ended."""

    count: int = 0
    failures: list[Failure] = field(default_factory=list)


@contextmanager
def connecting(node: Node) -> Iterator[Connections]:
    """Connect until the block ends."""
    connections = Connections()
    with ExitStack() as stack:
        running = {}
        for client, netns in (("node", node.machine.netns), ("pod", node.machine.pods[-1].netns)):
            argv = [sys.executable, "-m", "bench.client", folder.WEB_IP, "80"]
            process = subprocess.Popen(namespaces.inside(netns, argv), stdout=subprocess.PIPE, text=True)
            running[client] = stack.enter_context(process)
            stack.callback(process.kill)
        yield connections
        for process in running.values():
            process.terminate()
        for client, process in running.items():
            *failed, count = process.communicate(timeout=10)[0].splitlines()
            connections.count += int(count)
            connections.failures += [Failure(client, *json.loads(line)) for line in failed]
