"""Runs a tool: an argument list and standard input, never a shell."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler.errors import NodeError, ToolError

PACKAGES = {
    "ovs-ofctl": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovsdb-tool": "openvswitch-switch",
    "ip": "iproute2",
    "ipset": "ipset",
    "iptables-save": "iptables",
    "iptables-restore": "iptables",
    "ip6tables-save": "iptables",
    "ip6tables-restore": "iptables",
    "ethtool": "ethtool",
    "ssh": "openssh-client",
}

PATIENCE = 60
"""Seconds; the largest bundle that was measured takes 2."""

Finished = subprocess.CompletedProcess[str]

REFUSED = re.compile("Operation not permitted|Permission denied")


def run(argv: Sequence[str], stdin: str = "", env: Mapping[str, str] | None = None) -> str:
    """Run a command and return its standard output.

    `env` is added to this process's environment. Raises NodeError when the tool is not installed, and
    ToolError with the tool's own words when it exits other than 0.
    """
    done = finish(argv, stdin, env)
    if done.returncode and REFUSED.search(done.stderr):
        raise NodeError(f"no permission: {' '.join(argv)}: run as root, or with CAP_NET_ADMIN")
    if done.returncode:
        raise ToolError(f"{' '.join(argv)}: {complaint(done)}")
    return done.stdout


def finish(
    argv: Sequence[str], stdin: str = "", env: Mapping[str, str] | None = None, patience: float | None = None
) -> Finished:
    """Run a command to its end, within PATIENCE or other seconds, whatever its exit code.

    Raises NodeError when the tool is not installed or may not be run, ToolError when it does not end.
    """
    try:
        return subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",  # a foreign comment may hold any byte, and must not stop us
            check=False,
            env={**os.environ, **(env or {})},
            timeout=patience or PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"{argv[0]} did not answer within {patience or PATIENCE:g} s: is what it talks to stopped?"
        ) from None
    except FileNotFoundError:
        raise NodeError(f"{argv[0]} is not installed: install the package {PACKAGES.get(argv[0], argv[0])}") from None
    except PermissionError:
        raise NodeError(f"no permission to run {argv[0]}: run as root, or with CAP_NET_ADMIN") from None


def complaint(done: Finished) -> str:
    """What a command that failed said, on one line."""
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "; ".join(said) or f"exit code {done.returncode}"


def run_together(*commands: Sequence[str]) -> list[str]:
    """Run several commands side by side and return the standard output of each; the first error is raised."""
    with ThreadPoolExecutor(len(commands) or 1) as pool:
        return list(pool.map(run, commands))
