"""A loop that keeps `worker-1` of a sandbox, as the tests of it use one."""

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

from reconciler.sandbox import namespaces, state
from reconciler.sandbox.switches import environment
from reconciler.sandbox.topology import Machine
from tests.integration.cluster import RECONCILE, Cluster

NODE = "worker-1"
BY_EVENTS_ALONE = ("--audit", "3600")
PORT, OTHER_PORT = "port: 80, targetPort: 8085", "port: 81, targetPort: 8085"
PATIENCE = 20.0
"""Seconds until a test gives up; nothing is expected to take as many."""


@dataclass(frozen=True, slots=True)
class Watching:
    """A running `reconcile --watch`."""

    cluster: Cluster
    process: "subprocess.Popen[str]"
    state: Path
    log: Path

    def status(self) -> dict[str, Any]:
        path = self.state / "status.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for something; fails with the log when it does not come."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert self.process.poll() is None, f"the loop has ended: {self.log.read_text()}"
            assert time.monotonic() < deadline, f"not {what}: {self.status()}\n{self.log.read_text()}"
            time.sleep(0.02)

    def until_state(self, wanted: str, passes: int = 1) -> None:
        """Wait for a state after so many passes of this loop."""
        self.until(lambda: self.status().get("state") == wanted and self.status()["passes"] >= passes, wanted)

    def until_in_sync(self) -> None:
        """Wait until a check finds nothing."""
        self.until(lambda: self.cluster.reconcile("--check").returncode == 0, "in sync")

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self, by: int = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def watching(cluster: Cluster, folder: Path, *arguments: str, intents: Path | None = None) -> Iterator[Watching]:
    """A loop on `worker-1`, after its first pass; `folder` gets its state and its log."""
    machine = machine_of(cluster)
    words = ("--watch", "--intents", str(intents or cluster.intents), "--state", str(folder / "state"), *arguments)
    argv = namespaces.inside(machine.netns, (*RECONCILE, *words))
    environ = {**os.environ, **environment(machine.rundir), "RECONCILE_NODE": NODE}
    log = folder / "log"
    with log.open("w") as stream, subprocess.Popen(argv, stderr=stream, text=True, env=environ) as process:
        loop = Watching(cluster, process, folder / "state", log)
        try:
            loop.until(loop.status, "started")
            yield loop
        finally:
            process.kill()
        process.wait()


def machine_of(cluster: Cluster) -> Machine:
    return next(each for each in state.load(cluster.name).topology.nodes if each.name == NODE)


def daemon(cluster: Cluster, name: str) -> tuple[int, list[str]]:
    """Process and command line of an Open vSwitch daemon."""
    pid = int((Path(machine_of(cluster).rundir) / f"{name}.pid").read_text())
    return pid, Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


def restart(cluster: Cluster, name: str, by: int) -> None:
    """End a daemon and start it again as it was."""
    machine = machine_of(cluster)
    pid, argv = daemon(cluster, name)
    os.kill(pid, by)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)
    environ = {**os.environ, **environment(machine.rundir)}
    subprocess.run(namespaces.inside(machine.netns, argv), check=True, env=environ, stdout=sys.stderr)


def address_gateway(cluster: Cluster) -> None:
    """What the node's network scripts do when the gateway port is new."""
    machine = machine_of(cluster)
    lines = [f"link set {machine.gateway} up"]
    lines += [f"address replace {ip} dev {machine.gateway} nodad" for ip in machine.gateway_addresses]
    namespaces.batch(machine.netns, iter(line if ":" in line else line.replace(" nodad", "") for line in lines))


def edit(path: Path, old: str = PORT, new: str = OTHER_PORT) -> str:
    text = path.read_text()
    assert old in text
    return text.replace(old, new)


def answers(cluster: Cluster, port: int) -> bool:
    return cluster.ask("worker-1/client", "10.96.0.15", port, 1) == {"worker-1/10.10.1.2:8085": 1}


def served(loop: Watching, port: int = 81) -> None:
    """The edit has arrived, and the node is right."""
    loop.until(lambda: installed(loop.cluster, port), f"served on port {port}")
    loop.until_state("in sync")
    assert answers(loop.cluster, port)


def installed(cluster: Cluster, port: int) -> bool:
    match = f"table=20,tcp,nw_dst=10.96.0.15,tp_dst={port}"
    return "group:" in cluster.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int", match)


def git(folder: Path, *words: str) -> str:
    names = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    argv = ["git", "-C", str(folder), *names, *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
