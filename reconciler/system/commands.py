"""Runs a tool: an argument list and standard input, never a shell."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from tempfile import TemporaryFile
from threading import Timer
from time import monotonic

from reconciler.errors import NodeError, ToolError

PACKAGES = {
    "ovs-ofctl": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-client": "openvswitch-common",
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

UTF_8, ANY = "utf-8", "surrogateescape"
"""How output is read: a foreign comment may hold any byte, and must not stop us."""

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
    whole, patience = {**os.environ, **(env or {})}, patience or PATIENCE
    try:
        return _told(argv, stdin, whole, patience) if stdin else _asked(argv, whole, patience)
    except TimeoutExpired:
        raise ToolError(f"{argv[0]} did not answer within {patience:g} s: is what it talks to stopped?") from None
    except FileNotFoundError:
        raise NodeError(f"{argv[0]} is not installed: install the package {PACKAGES.get(argv[0], argv[0])}") from None
    except PermissionError:
        raise NodeError(f"no permission to run {argv[0]}: run as root, or with CAP_NET_ADMIN") from None


def _told(argv: Sequence[str], stdin: str, env: Mapping[str, str], patience: float) -> Finished:
    """A command that reads standard input."""
    return subprocess.run(
        argv, input=stdin, capture_output=True, encoding=UTF_8, errors=ANY, check=False, env=env, timeout=patience
    )


def _asked(argv: Sequence[str], env: Mapping[str, str], patience: float) -> Finished:
    """A command that only prints: ten million bytes of it come in a third of the time that `subprocess.run` takes."""
    begun = monotonic()
    with (
        TemporaryFile("w+", encoding=UTF_8, errors=ANY) as said,
        Popen(argv, stdin=DEVNULL, stdout=PIPE, stderr=said, encoding=UTF_8, errors=ANY, env=env) as asked,
    ):
        late = Timer(patience, asked.kill)
        late.start()
        try:
            printed = asked.stdout.read() if asked.stdout else ""
            code = asked.wait()
        finally:
            late.cancel()
        said.seek(0)
        if code and monotonic() - begun >= patience:
            raise TimeoutExpired(argv, patience)
        return Finished(argv, code, printed, said.read())


def complaint(done: Finished) -> str:
    """What a command that failed said, on one line."""
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "; ".join(said) or f"exit code {done.returncode}"


def run_together(*commands: Sequence[str]) -> list[str]:
    """Run several commands side by side and return the standard output of each; the first error is raised."""
    with ThreadPoolExecutor(len(commands) or 1) as pool:
        return list(pool.map(run, commands))
