"""A running `reconcile --watch`, and what it uses of the machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import usage
from bench.node import NAME, STEP, Node
from reconciler.sandbox import namespaces
from reconciler.sandbox.switches import environment

RECONCILE = (sys.executable, "-m", "reconciler.cli")
PATIENCE = 600.0
"""Seconds after which something will not come any more."""
QUIET = 0.1
"""Seconds in which events gather, and some more."""
FOR_EVENTS_ALONE = ("--audit", "3600")
"""No audit comes to the help of an event."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The process, and where it keeps its state."""

    node: Node
    process: "subprocess.Popen[bytes]"
    state: Path
    begun: float
    """Seconds since the epoch."""

    def status(self) -> dict[str, Any]:
        """What it says of itself; nothing before its first pass."""
        path = self.state / "status.json"
        said = dict(json.loads(path.read_text())) if path.exists() else {}
        return said if said.get("started", 0) >= self.begun else {}

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for something that must come."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"not {what}: {self.status()}\n{self.log()}")
            time.sleep(STEP)

    def until_in_sync(self) -> None:
        """Wait until it says that all is well."""
        self.until(lambda: self.status().get("state") == "in sync", "in sync")

    def until_quiet(self) -> None:
        """Wait until all is well and no pass follows: the loop hears of its own changes as well."""
        before = self._rested()
        while (now := self._rested())["passes"] != before["passes"]:
            before = now

    def _rested(self) -> dict[str, Any]:
        """The status once all is well and the time of another pass has gone by."""
        self.until_in_sync()
        time.sleep(QUIET + 1.5 * self.status()["lastPassSeconds"])
        return self.status()

    def log(self) -> str:
        """The last lines of its log."""
        return "\n".join((self.state / "log").read_text().splitlines()[-10:])

    def stop(self, by: int = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        self.process.send_signal(by)
        self.process.wait(PATIENCE)

    def memory(self) -> float:
        """Resident, in MiB."""
        return usage.memory(self.process.pid)

    def descriptors(self) -> int:
        """Open files."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def processor(self) -> float:
        """Seconds of processor time, with those of the commands that it ran."""
        return usage.processor(self.process.pid)

    def idle(self, seconds: float) -> float:
        """Share of one processor that it takes while nothing happens for so long."""
        self.until_quiet()
        used = self.processor()
        time.sleep(seconds)
        return (self.processor() - used) / seconds


@contextmanager
def looping(node: Node, intents: Path, *arguments: str) -> Iterator[Loop]:
    """A loop on the node, ended with the block; one after the other they share a state."""
    kept = node.place / "state"
    kept.mkdir(exist_ok=True)
    words = ("--watch", "--intents", str(intents), "--state", str(kept), *arguments)
    argv = namespaces.inside(node.machine.netns, (*RECONCILE, *words))
    environ = {**os.environ, **environment(node.machine.rundir), "RECONCILE_NODE": NAME}
    begun = time.time()
    with (kept / "log").open("ab") as log, subprocess.Popen(argv, stderr=log, env=environ) as process:
        try:
            yield Loop(node, process, kept, begun)
        finally:
            process.kill()


def reconcile(node: Node, intents: Path, *arguments: str) -> int:
    """The exit code of a `reconcile` that is no loop."""
    argv = namespaces.inside(node.machine.netns, (*RECONCILE, *arguments, "--intents", str(intents)))
    environ = {**os.environ, **environment(node.machine.rundir), "RECONCILE_NODE": NAME}
    return subprocess.run(argv, check=False, env=environ, stdout=subprocess.DEVNULL).returncode
