"""Builds a sandbox, and removes it however far it got."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import reconciler
from reconciler.errors import NodeError
from reconciler.intents import Intents, load
from reconciler.sandbox import antrea, echo, names, namespaces, state, switches, topology, wiring
from reconciler.sandbox.topology import Machine, Topology
from reconciler.system.commands import run

TOOLS = {
    "ip": "iproute2",
    "ethtool": "ethtool",
    "ovsdb-tool": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
}
"""What a sandbox is built with, and the package that has it."""

SWEEPS, PAUSE = 100, 0.05
"""A killed process is gone within one pause; an `ip` whose `up` was killed may go on for some more."""

Say = Callable[[str], None]
"""Told of every step, in a line."""


def up(folder: Path, name: str, say: Say) -> None:
    """Build the sandbox `name` of the intents in `folder`; nothing of it stays if that fails.

    Raises IntentError for faulty intents; NodeError when it exists already, a tool is missing, or this is not root.
    """
    intents = load(folder)
    plan = topology.plan(intents, names.checked(name))
    if not plan.nodes:
        raise NodeError(f"{folder}: no Node, and so nothing to build")
    require_root()
    _require_tools()
    _claim(name)
    try:
        _build(plan, intents, say)
        state.save(state.State(str(folder.resolve()), plan))
        _start_echo(plan, say)
    except BaseException:
        down(name)
        raise


def down(name: str) -> None:
    """Remove a sandbox, whole or in pieces, and see that nothing is left; fine when there is none."""
    names.checked(name)
    require_root()
    for _ in range(SWEEPS):
        if not _left(name):
            return
        _sweep(name)
    raise NodeError(f"sandbox {name}: cannot remove {', '.join(_left(name))}")


def require_root() -> None:
    """Raises NodeError unless this process may make namespaces."""
    if os.geteuid():
        raise NodeError("the sandbox needs network namespaces: run as root")


def _require_tools() -> None:
    missing = {package for tool, package in TOOLS.items() if not shutil.which(tool)}
    if missing:
        lacking = ", ".join(tool for tool in TOOLS if not shutil.which(tool))
        raise NodeError(f"not installed: {lacking}: run `apt-get install {' '.join(sorted(missing))}`")


def _claim(name: str) -> None:
    """Of two that run `up` at once, one gets the folder."""
    again = NodeError(f"sandbox {name} exists: run `reconcile sandbox down --name {name}` first")
    if namespaces.existing(name):
        raise again
    try:
        names.rundir(name).mkdir(parents=True)
    except FileExistsError:
        raise again from None


def _build(plan: Topology, intents: Intents, say: Say) -> None:
    for node_name in plan.played:
        say(f"node {node_name} is windows: a Linux namespace plays it, without PowerShell, so nobody is served there")
    netnses = list(plan.namespaces)
    say(f"network: {len(netnses)} namespaces")
    run(["ip", "-batch", "-"], stdin="\n".join(wiring.namespaces(plan)) + "\n")
    _set_kernel(plan)
    namespaces.batch(plan.world, wiring.links(plan))
    namespaces.batch(plan.world, wiring.world(plan))
    for node in plan.nodes:
        owner = f" as Antrea {node.antrea} programs it" if node.antrea else ""
        say(f"node {node.name}: Open vSwitch, bridge {node.bridge}{owner}, {len(node.pods)} pods")
        _build_node(node)
        if node.antrea:
            _run_antrea(node, node.antrea, plan, intents)


def _set_kernel(plan: Topology) -> None:
    """Before the links: an interface takes its settings from the defaults of the moment it is made."""
    namespaces.set_kernel(plan.world, wiring.ROUTER)
    for node in plan.nodes:
        namespaces.set_kernel(node.netns, wiring.ROUTER)
        for pod in node.pods:
            namespaces.set_kernel(pod.netns, wiring.HOST)


def _run_antrea(node: Machine, version: str, plan: Topology, intents: Intents) -> None:
    run(namespaces.inside(plan.world, ["ethtool", "-K", node.tunnel, "tx", "off"]))
    bridge = antrea.bridge_of(node, plan, intents)
    switches.program(node, antrea.tables(version), antrea.program(version, bridge))


def _build_node(node: Machine) -> None:
    for port in wiring.bridge_ports(node):
        namespaces.set_kernel(node.netns, wiring.port_settings(port))
    switches.start(node)
    switches.connect(node)
    namespaces.batch(node.netns, wiring.node(node))
    for pod in node.pods:
        namespaces.batch(pod.netns, wiring.pod(pod))
        # The userspace datapath takes a packet without its checksum for a whole one, and NAT then corrupts it.
        run(namespaces.inside(pod.netns, ["ethtool", "-K", wiring.POD_LINK, "tx", "off"]))


def _start_echo(plan: Topology, say: Say) -> None:
    say(f"echo: {len(plan.listeners)} sockets")
    if any(listener.protocol == "SCTP" for listener in plan.listeners) and not echo.supports_sctp():
        say("echo: this kernel has no SCTP, so nothing answers on SCTP ports")
    # -P: a file of the current folder must not stand in for a module of the server.
    serve = [sys.executable, "-P", "-m", echo.__name__, plan.name]
    modules = [str(Path(reconciler.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    run(namespaces.inside(plan.world, serve), env={"PYTHONPATH": os.pathsep.join(modules)})


def _left(name: str) -> list[str]:
    rundir = names.rundir(name)
    return [*namespaces.existing(name), *([str(rundir)] if rundir.exists() else [])]


def _sweep(name: str) -> None:
    """One try: end the processes, and once there are none, delete the rest."""
    netnses = namespaces.existing(name)
    if pids := namespaces.processes(netnses) | set(_recorded(name)):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)
        return
    run(["ip", "-batch", "-"], stdin="".join(f"netns delete {netns}\n" for netns in netnses))
    shutil.rmtree(names.rundir(name), ignore_errors=True)
    with suppress(OSError):
        names.RUN.rmdir()


def _recorded(name: str) -> Iterator[int]:
    """Processes of the pid files that still are what they were: they live on if their namespace lost its name."""
    for pidfile in names.rundir(name).glob("**/*.pid"):
        with suppress(OSError, ValueError):
            pid = int(pidfile.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            if any(str(pidfile) in word for word in words) or echo.__name__ in words:
                yield pid
