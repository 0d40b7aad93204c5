"""Runs a tool: an argument list and standard input, never a shell."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from subprocess import PIPE, Popen, TimeoutExpired
from tempfile import TemporaryFile
from threading import Timer
from time import monotonic
from typing import BinaryIO, cast

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

PATIENCE, A_SECOND = 60, 1 << 20
"""Seconds, and one more for so many bytes of input; a bundle of so many takes a twentieth of a second."""

UTF_8, ANY = "utf-8", "surrogateescape"
"""How output is read: a foreign comment may hold any byte, and must not stop us."""

Finished = subprocess.CompletedProcess[str]

REFUSED = re.compile("Operation not permitted|Permission denied")


def run(argv: Sequence[str], stdin: str | bytes = "", env: Mapping[str, str] | None = None) -> str:
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
    argv: Sequence[str], stdin: str | bytes = "", env: Mapping[str, str] | None = None, patience: float | None = None
) -> Finished:
    """Run a command to its end, within PATIENCE or other seconds and what its input adds, whatever its exit code.

    Raises NodeError when the tool is not installed or may not be run, ToolError when it does not end.
    """
    data = stdin.encode(UTF_8, ANY) if isinstance(stdin, str) else stdin
    patience = (patience or PATIENCE) + len(data) // A_SECOND
    try:
        return _finish(argv, data, {**os.environ, **(env or {})}, patience)
    except TimeoutExpired:
        raise ToolError(f"{argv[0]} did not answer within {patience:g} s: is what it talks to stopped?") from None
    except FileNotFoundError:
        raise NodeError(f"{argv[0]} is not installed: install the package {PACKAGES.get(argv[0], argv[0])}") from None
    except PermissionError:
        raise NodeError(f"no permission to run {argv[0]}: run as root, or with CAP_NET_ADMIN") from None


def _finish(argv: Sequence[str], stdin: bytes, env: Mapping[str, str], patience: float) -> Finished:
    done = collected(argv, stdin, env, patience)
    printed = done.stdout.decode(UTF_8, ANY)
    if "\r" in printed:  # as Python reads text: Windows ends a line in two characters
        printed = printed.replace("\r\n", "\n").replace("\r", "\n")
    return Finished(argv, done.returncode, printed, done.stderr.decode(UTF_8, ANY))


def collected(
    argv: Sequence[str], stdin: bytes, env: Mapping[str, str], patience: float, most: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, whatever its exit code. One that prints more than `most` bytes is killed.

    Raises TimeoutExpired, FileNotFoundError, PermissionError.
    """
    # One plain read of all output: ten million bytes come in a third of the time that `subprocess.run` takes.
    begun, tool = monotonic(), located(argv[0])
    with scratch() as told, scratch() as said:
        told.write(stdin)
        told.seek(0)
        with Popen(argv, executable=tool, stdin=told, stdout=PIPE, stderr=said, env=env) as process:
            late = Timer(patience, process.kill)
            late.start()
            try:
                printed = process.stdout.read(-1 if most is None else most + 1) if process.stdout else b""
                if most is not None and len(printed) > most:
                    process.kill()
                code = process.wait()
            finally:
                late.cancel()
        if code and monotonic() - begun >= patience:
            raise TimeoutExpired(argv, patience)
        said.seek(0)
        return subprocess.CompletedProcess(argv, code, printed, said.read())


def located(name: str) -> str:
    """Where a tool is; FileNotFoundError where it is not installed.

    Only absolute folders of PATH count. Windows would look into the current folder first, and that may be a folder of
    intents, where whoever may commit could leave a program of that name.
    """
    if os.path.dirname(name):
        return name
    file = f"{name}.exe" if sys.platform == "win32" and not name.endswith(".exe") else name
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    found = [path for folder in folders if os.path.isfile(path := os.path.join(folder, file))]
    if not found:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return next((path for path in found if os.access(path, os.X_OK)), found[0])


def scratch() -> BinaryIO:
    """A file without a name: in memory on Linux, where there may be no folder to write to."""
    if sys.platform == "linux":
        return open(os.memfd_create("reconcile"), "w+b")
    return cast("BinaryIO", TemporaryFile())


def complaint(done: Finished) -> str:
    """What a command that failed said, on one line."""
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "; ".join(said) or f"exit code {done.returncode}"


def run_together(*commands: Sequence[str]) -> list[str]:
    """Run several commands side by side and return the standard output of each; the first error is raised."""
    with ThreadPoolExecutor(len(commands) or 1) as pool:
        return list(pool.map(run, commands))
