"""Hears from outside what becomes of a node: an OpenFlow monitor and an rtnetlink socket of its own."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition, Event, Thread

from bench.node import Node
from reconciler.ownership import COOKIE
from reconciler.sandbox import namespaces
from reconciler.system import kernel_events, openflow_events
from reconciler.system.openflow_events import FlowChanged, GroupChanged

PATIENCE = 120.0
PERMANENT = 0x80
"""NUD_PERMANENT, in the state of a neighbour."""
NEIGHBOUR_STATE = kernel_events.HEADER.size + 8


@dataclass(frozen=True, slots=True)
class Made:
    """The kernel has a new object."""

    kind: str


@dataclass(slots=True)
class Ear:
    """Everything that was heard, each with its time."""

    heard: list[tuple[float, object]] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def tell(self, what: object) -> None:
        """Hear something; from any thread."""
        with self.changed:
            self.heard.append((time.monotonic(), what))
            self.changed.notify_all()

    def nth(self, count: int, wanted: Callable[[object], bool], since: int) -> float:
        """When the `count`-th thing came that is wanted, of all that came after the first `since`."""

        def found() -> list[float]:
            return [when for when, what in self.heard[since:] if wanted(what)]

        with self.changed:
            if not self.changed.wait_for(lambda: len(found()) >= count, PATIENCE):
                raise SystemExit(f"not heard: {count} of {self.heard[since:]}")
            return found()[count - 1]


def is_flow(what: object) -> bool:
    """A flow of ours was added, changed or removed."""
    return isinstance(what, FlowChanged) and what.cookie == COOKIE


def is_group(what: object) -> bool:
    """A group was added, changed or removed."""
    return isinstance(what, GroupChanged)


@contextmanager
def hearing(node: Node) -> Iterator[Ear]:
    """An ear at the bridge and at the kernel of a node."""
    ear, stop = Ear(), Event()
    listen = (openflow_events.watch, node.management, ear.tell, stop), (_kernel, node.machine.netns, ear.tell, stop)
    threads = [Thread(target=target, args=arguments, daemon=True) for target, *arguments in listen]
    for thread in threads:
        thread.start()
    ear.nth(1, lambda what: isinstance(what, openflow_events.Connected), 0)
    try:
        yield ear
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _kernel(netns: str, tell: Callable[[object], None], stop: Event) -> None:
    with namespaces.entered(netns):
        ear = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    with ear:
        ear.bind((0, sum(1 << (group - 1) for group in kernel_events.GROUPS.values())))
        ear.settimeout(kernel_events.PATIENCE)
        while not stop.is_set():
            with suppress(TimeoutError):
                for made in _made(ear.recv(1 << 16)):
                    tell(made)


def _made(message: bytes) -> Iterator[Made]:
    """What a datagram says is there; the kernel sends one for each object."""
    _, kind, *_ = kernel_events.HEADER.unpack_from(message)
    deleted = kind % 2
    changed = next(iter(kernel_events.read(message)), None)
    passing = changed and changed.kind == "neighbour" and not message[NEIGHBOUR_STATE] & PERMANENT
    if changed and not deleted and not passing:
        yield Made(changed.kind)
