"""Network namespaces of this machine: which there are, who is in them, and being in one."""

import ctypes
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from reconciler.errors import NodeError
from reconciler.sandbox import names
from reconciler.system.commands import run

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def existing(name: str) -> list[str]:
    """The namespaces of a sandbox, whole or not."""
    found = os.listdir(names.NETNS) if names.NETNS.is_dir() else []
    return sorted(netns for netns in found if netns.startswith(names.prefix(name)))


@contextmanager
def entered(netns: str) -> Iterator[None]:
    """The calling thread is in a namespace: its new sockets stay there, and /proc/sys/net is the namespace's."""
    with open("/proc/thread-self/ns/net", "rb") as home, _open(netns) as there:
        _switch(there.fileno())
        try:
            yield
        finally:
            _switch(home.fileno())


def batch(netns: str, lines: Iterator[str]) -> None:
    """Run `ip` lines in a namespace by one process."""
    run(["ip", "-n", netns, "-batch", "-"], stdin="".join(f"{line}\n" for line in lines))


def set_kernel(netns: str, settings: Mapping[str, str]) -> None:
    """Write settings, named as their path below /proc/sys/net, in a namespace."""
    with entered(netns):
        for setting, value in settings.items():
            try:
                Path("/proc/sys/net", setting).write_text(value)
            except OSError as error:
                where = f"/proc/sys/net/{setting} cannot be set in a new namespace"
                raise NodeError(f"{where}: {error.strerror}; a container must be privileged, with IPv6") from None


def inside(netns: str, argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` in a namespace."""
    return ["ip", "netns", "exec", netns, *argv]


def processes(netnses: Sequence[str]) -> set[int]:
    """The processes in any of some namespaces, but not this one: one pass over /proc, however many there are."""
    wanted = {identity for netns in netnses if (identity := _identity(names.NETNS / netns))}
    pids = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return {pid for pid in pids if pid != os.getpid() and _identity(Path(f"/proc/{pid}/ns/net")) in wanted}


def _identity(path: Path) -> tuple[int, int] | None:
    """What two paths to the same namespace have in common; None once it or its process is gone."""
    with suppress(OSError):
        stat = path.stat()
        return stat.st_dev, stat.st_ino
    return None


def _open(netns: str) -> BinaryIO:
    try:
        return open(names.NETNS / netns, "rb")
    except FileNotFoundError:
        raise NodeError(f"the namespace {netns} is gone: run `reconcile sandbox down` and `up`") from None


def _switch(descriptor: int) -> None:
    if _LIBC.setns(descriptor, CLONE_NEWNET):
        raise NodeError(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}; run as root")
