"""What is measured of a loop, one function each; every span begins when the hand that did something has done it."""

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.clients import connecting
from bench.ears import Ear, Made, hearing, is_flow, is_group
from bench.folder import address
from bench.looping import FOR_EVENTS_ALONE, Loop, looping, reconcile
from bench.node import OURS, STEP, Node, end_switch, start_switch
from reconciler.watch.damping import MOST, WITHIN

ROUND = WITHIN / (MOST - 1) + 0.5
"""Seconds between two deletions of one object: more of them would be taken for a fight."""
VIRTUAL_IP = "169.254.0.253"

Spans = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Restarts:
    """What came of ending the loop and starting it again."""

    seconds: list[float]
    """From the start until it says that all is well."""
    events: int
    """Flows and groups of ours that were touched."""
    connections: int
    failed: int


@dataclass(frozen=True, slots=True)
class Audits:
    """A loop that looks at everything once a second, and finds nothing to do."""

    passes: list[float]
    """Seconds, as the status tells them."""
    processor: float
    """Seconds of processor time for each, with the commands that it runs and what the loop does in between."""
    memory: float


def repairs(loop: Loop, services: int, runs: int) -> Spans:
    """Seconds from the end of a deletion until the object is there again, by kind."""
    spans: Spans = {"flow": [], "group": [], "route": [], "rule": [], "neighbour": []}
    with hearing(loop.node) as ear:
        for run in range(runs):
            begun = time.monotonic()
            for kind, span in spans.items():
                span.append(_repair(loop, ear, kind, run % services))
            time.sleep(max(0.0, begun + ROUND - time.monotonic()))
    return spans


def _repair(loop: Loop, ear: Ear, kind: str, number: int) -> float:
    loop.until_quiet()
    node, since = loop.node, len(ear.heard)
    deletions: dict[str, Callable[[], object]] = {
        "flow": lambda: node.ofctl("del-flows", f"{OURS},{_match(number)}"),
        "group": lambda: node.ofctl("del-groups", f"group_id={group_of(node, number)}"),
        "route": lambda: node.ip("route del default table 1312"),
        "rule": lambda: node.ip("rule del priority 1312"),
        "neighbour": lambda: node.ip(f"neigh del {VIRTUAL_IP} dev {node.machine.gateway}"),
    }
    deletions[kind]()
    gone = time.monotonic()
    return max(0.0, _back(ear, kind, since) - gone)


def _back(ear: Ear, kind: str, since: int) -> float:
    """When an object was made again; of a flow and a group two things are heard, gone and there."""
    if kind == "flow":
        return ear.nth(2, is_flow, since)
    if kind == "group":
        return max(ear.nth(2, is_group, since), ear.nth(2, is_flow, since))
    return ear.nth(1, lambda what: what == Made(kind), since)


def _match(number: int) -> str:
    return f"table=20,tcp,nw_dst={address(number)}"


def group_of(node: Node, number: int) -> int:
    """The group of a generated service."""
    shown = node.ofctl("dump-flows", _match(number))
    return int(shown.partition("group:")[2].split()[0])


def repaired_flows(loop: Loop, services: int, runs: int) -> list[float]:
    """Seconds from the end of a deletion of a flow until it is there again, of one service after another."""
    with hearing(loop.node) as ear:
        return [_repair(loop, ear, "flow", run % services) for run in range(runs)]


def audits(node: Node, intents: Path, runs: int) -> Audits:
    """So many passes with nothing to do."""
    with looping(node, intents, "--audit", "1") as loop:
        # An audit may follow another at once, so that it is never quiet.
        loop.until_in_sync()
        used, done = loop.processor(), loop.status()["passes"]
        passes = [_audit(loop) for _ in range(runs)]
        each = (loop.processor() - used) / (loop.status()["passes"] - done)
        return Audits(passes, each, loop.memory())


def _audit(loop: Loop) -> float:
    done = loop.status()["passes"]
    loop.until(lambda: loop.status()["passes"] > done, "audited")
    return float(loop.status()["lastPassSeconds"])


def recoveries(loop: Loop, runs: int) -> list[float]:
    """Seconds from an Open vSwitch that answers again, with its gateway, until all flows and groups are back."""
    wanted = (loop.node.flows(), loop.node.groups())
    return [_recovery(loop, wanted) for _ in range(runs)]


def _recovery(loop: Loop, wanted: tuple[int, int]) -> float:
    loop.until_quiet()
    answering = start_switch(loop.node, end_switch(loop.node))
    # One bundle makes all of them, so the groups, which cost more to count, are there with the flows.
    loop.until(lambda: loop.node.flows() == wanted[0], "all flows back")
    back = time.monotonic()
    loop.until(lambda: loop.node.groups() == wanted[1], "all groups back")
    return back - answering


def restarts(node: Node, intents: Path, runs: int) -> Restarts:
    """End the loop by SIGTERM and by SIGKILL, so often each, and start it again, while clients connect."""
    with hearing(node) as ear, connecting(node) as connections:
        since = len(ear.heard)
        seconds = list(_restart(node, intents, runs))
        time.sleep(STEP)
    touched = sum(is_flow(what) or is_group(what) for _, what in ear.heard[since:])
    return Restarts(seconds, touched, connections.count, len(connections.failures))


def _restart(node: Node, intents: Path, runs: int) -> Iterator[float]:
    for by in itertools.islice(itertools.cycle((signal.SIGTERM, signal.SIGKILL)), 2 * runs):
        begun = time.monotonic()
        with looping(node, intents, *FOR_EVENTS_ALONE) as loop:
            loop.until_in_sync()
            yield time.monotonic() - begun
            loop.stop(by)


def in_sync(node: Node, intents: Path) -> None:
    """The node is right, as a process sees it that was not there before."""
    if reconcile(node, intents, "--check"):
        raise SystemExit("the check finds changes")
