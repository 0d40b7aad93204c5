"""Running a command in a node or a pod of a sandbox, as if one were logged in there."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import NoReturn

from reconciler.sandbox import namespaces, state
from reconciler.sandbox.lifecycle import require_root
from reconciler.sandbox.state import State
from reconciler.sandbox.switches import environment
from reconciler.sandbox.topology import Machine, Pod


def execute(name: str, target: str, argv: Sequence[str]) -> NoReturn:
    """Become the command `argv` in a node (`NODE`) or pod (`NODE/ip`, `NODE/client`, a pod's address).

    In a node, OVS_RUNDIR, RECONCILE_NODE and RECONCILE_INTENTS are set for it. The exit code is the command's.
    """
    found, variables = _enter(name, target)
    # S606 warns of a process without a shell, and here there must be none.
    os.execvpe("ip", namespaces.inside(found.netns, argv), {**os.environ, **variables})  # noqa: S606


def run_in(name: str, target: str, argv: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as `execute` does, and return with what it printed, whatever its exit code."""
    found, variables = _enter(name, target)
    environ = {**os.environ, **variables}
    command = namespaces.inside(found.netns, argv)
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=environ)


def _enter(name: str, target: str) -> tuple[Machine | Pod, Mapping[str, str]]:
    require_root()
    running = state.load(name)
    found = running.find(target)
    return found, _variables(running, found)


def _variables(running: State, found: Machine | Pod) -> Mapping[str, str]:
    match found:
        case Machine(name=node, rundir=rundir):
            return {**environment(rundir), "RECONCILE_NODE": node, "RECONCILE_INTENTS": running.intents}
        case Pod():
            return {}
