"""Whether something can be reached from this machine now: a command succeeds, or a TCP port answers."""

import errno
import selectors
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from threading import Event
from time import monotonic

PATIENCE = 5.0
"""Seconds that connections may take."""
LOOK = 0.05
"""Seconds between two looks at a command that runs."""
ARRIVED = (0, errno.ECONNREFUSED)
"""A refusal comes from the endpoint, and only a packet that went the whole way gets one."""
AT_ONCE = 200

Target = tuple[str, int]
"""Address and TCP port."""


def succeeds(command: Sequence[str], until: float, over: Event) -> bool:
    """Whether a command, run without a shell, ends with 0 by then (the monotonic clock), and before nobody waits."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError:
        return False
    with process:
        while process.poll() is None and monotonic() < until and not over.wait(LOOK):
            pass
        process.kill()
    return process.returncode == 0


def unreached(targets: Sequence[Target]) -> list[Target]:
    """Some of the targets that neither accept nor refuse a connection; none when all do."""
    for at in range(0, len(targets), AT_ONCE):
        if lost := _lost(targets[at : at + AT_ONCE]):
            return lost
    return []


def _lost(targets: Sequence[Target]) -> list[Target]:
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        waiting = set(targets)
        for target in targets:
            if caller := _calling(target):
                selector.register(stack.enter_context(caller), selectors.EVENT_WRITE, target)
        deadline = monotonic() + PATIENCE
        while selector.get_map() and (left := deadline - monotonic()) > 0:
            for key, _ in selector.select(left):
                if _arrived(selector.unregister(key.fileobj).fileobj):
                    waiting.discard(key.data)
        return sorted(waiting)


def _calling(target: Target) -> socket.socket | None:
    """A connection on its way; None when there is no way at all, of which the socket would not tell any more."""
    try:
        caller = socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET)
    except OSError:
        return None  # a kernel without this family
    caller.settimeout(0)
    if caller.connect_ex(target) in (*ARRIVED, errno.EINPROGRESS):
        return caller
    caller.close()
    return None


def _arrived(caller: object) -> bool:
    return isinstance(caller, socket.socket) and caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in ARRIVED
