"""A private node with a real Open vSwitch, two pods that answer, and a loop that keeps it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import folder
from reconciler import sandbox
from reconciler.sandbox import names, namespaces, state
from reconciler.sandbox.switches import environment
from reconciler.sandbox.topology import Machine

NAME = "worker-1"
BRIDGE = "br-int"
OURS = "cookie=0x520/-1"
CACHE = "RECONCILE_CACHE"
"""The variable that names the folder of what was parsed before."""
STEP = 0.005
"""Seconds between two looks at what no event tells of."""


@dataclass(frozen=True, slots=True)
class Node:
    """The node, and a folder that goes with it."""

    machine: Machine
    place: Path

    def run(self, *argv: str) -> str:
        """What a command printed that had to succeed, run on the node."""
        environ = {**os.environ, **environment(self.machine.rundir)}
        command = namespaces.inside(self.machine.netns, argv)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)}: {done.stderr}")
        return done.stdout

    def ofctl(self, verb: str, *words: str) -> str:
        """What `ovs-ofctl` printed about the bridge."""
        return self.run("ovs-ofctl", "-O", "OpenFlow15", verb, BRIDGE, *words)

    def ip(self, words: str) -> None:
        """Run one line of `ip`, as a person types it."""
        self.run("ip", *words.split())

    def flows(self) -> int:
        """How many flows of ours there are; 0 while nobody answers."""
        with suppress(SystemExit):
            told = self.ofctl("dump-aggregate", OURS)
            return int(told.rpartition("flow_count=")[2].split()[0])
        return 0

    def groups(self) -> int:
        """How many groups of ours there are; the sandbox has no others."""
        with suppress(SystemExit):
            return self.ofctl("dump-groups").count("group_id=")
        return 0

    @property
    def sandbox(self) -> str:
        """What the sandbox that it is in is called."""
        return Path(self.machine.rundir).parent.name

    @property
    def management(self) -> str:
        """The bridge's OpenFlow socket."""
        return f"{self.machine.rundir}/{BRIDGE}.mgmt"


@contextmanager
def private(kind: str, description: str = folder.NODE) -> Iterator[Node]:
    """A node of its own for this process, removed at the end, and after a SIGTERM too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sweep(kind)
    name = f"{kind}{os.getpid()}"
    with tempfile.TemporaryDirectory() as place:
        folder.write(Path(place, "node"), 0, 0, description)
        Path(place, "node", "web.yaml").write_text(folder.web(*folder.PODS))
        sandbox.up(Path(place, "node"), name, lambda _: None)
    try:
        # In the sandbox's own folder, so that what is left of a killed run goes with it.
        work = names.rundir(name) / "work"
        work.mkdir()
        # Nothing of what the machine's own runs have parsed, and nothing left of these.
        os.environ[CACHE] = str(work / "cache")
        yield Node(state.load(name).topology.nodes[0], work)
    finally:
        os.environ.pop(CACHE, None)
        sandbox.down(name)


def sweep(kind: str) -> None:
    """Remove the nodes of runs that were killed: their process has gone."""
    for left in names.RUN.glob(f"{kind}[0-9]*"):
        if not Path("/proc", left.name.removeprefix(kind)).exists():
            sandbox.down(left.name)


def end_switch(node: Node) -> list[str]:
    """Kill ovs-vswitchd; the command line that starts it again."""
    pid = int(Path(node.machine.rundir, "ovs-vswitchd.pid").read_text())
    argv = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(STEP)
    return argv


def start_switch(node: Node, argv: list[str]) -> float:
    """Start it again, and give the gateway port its addresses as the node's scripts do; when that was done."""
    node.run(*argv)
    machine = node.machine
    # It takes the port down for its MAC, and IPv6 addresses that came before that are gone.
    while machine.gateway_mac not in node.run("ip", "link", "show", machine.gateway):
        time.sleep(STEP)
    lines = [f"link set {machine.gateway} up"]
    lines += [f"address replace {ip} dev {machine.gateway}{' nodad' * (':' in ip)}" for ip in machine.gateway_addresses]
    namespaces.batch(machine.netns, iter(lines))
    return time.monotonic()
