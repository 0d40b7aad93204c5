"""One size of cluster: ours, the raw C tools and OVN, one after the other on the same machine."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench import changes, measures, ours, ovn, raw
from bench.figures import Party, Size, Spans
from bench.looping import FOR_EVENTS_ALONE, Loop, looping
from bench.node import Node
from bench.timing import say, spread

WHOLE = 3
"""How often everything is made from nothing."""
IDLE = 10.0
"""Seconds that a loop is looked at that has nothing to do."""


def measure(node: Node, files: Path, services: int, endpoints: int, runs: int) -> Size:
    """One size, from an empty node to an empty node; `files` are those of OVN."""
    intents = node.place / f"{services}x{endpoints}"
    changes.write(intents, services, endpoints)
    say(f"{services} services x {endpoints} endpoints: whole processes ...")
    found: dict[Party, Mapping[str, list[float]]] = {}
    whole = ours.processes(node, intents, WHOLE)
    say("  the loop ...")
    with looping(node, intents, *FOR_EVENTS_ALONE) as loop:
        loop.until_in_sync()
        small = in_loop(loop, intents, services, endpoints, runs)
        idle, memory = loop.idle(IDLE), loop.memory()
    audits = measures.audits(node, intents, runs)
    found["ours"] = {**whole, **small, "audit": audits.passes}
    say("  raw tools ...")
    found["raw"] = with_raw(node, intents, services, runs)
    say("  OVN ...")
    found["OVN"], theirs = with_ovn(node, files, services, endpoints, runs)
    shutil.rmtree(intents)
    used = {"ours": max(memory, audits.memory), **theirs}
    return Size(services, endpoints, by_what(found), used, audits.processor, idle)


def in_loop(loop: Loop, intents: Path, services: int, endpoints: int, runs: int) -> dict[str, list[float]]:
    """Small changes and deletions by hand."""
    small = changes.changes(loop, intents, services, endpoints, runs)
    return {**small, "flow deleted": measures.repaired_flows(loop, services, runs)}


def with_raw(node: Node, intents: Path, services: int, runs: int) -> dict[str, list[float]]:
    """The same by hand, in whole and in small; a check agrees that it is the same, and the node is empty then."""
    tools = raw.capture(node, services - 1)
    seconds: dict[str, list[float]] = {"warm": [], "check warm": [], "change": [], "add": [], "remove": []}
    for _ in range(WHOLE):
        ours.release(node, intents)
        seconds["warm"].append(tools.apply())
        measures.in_sync(node, intents)
        seconds["check warm"].append(tools.read())
    for run in range(runs):
        seconds["change"].append(tools.change(fewer=run % 2 == 0))
        seconds["add"].append(tools.add(services))
        seconds["remove"].append(tools.remove(services))
    ours.release(node, intents)
    whole = seconds["warm"], seconds["check warm"]
    return {**seconds, "cold": whole[0], "check cold": whole[1], "audit": whole[1]}


def with_ovn(
    node: Node, files: Path, services: int, endpoints: int, runs: int
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """The same by OVN, and its memory."""
    seconds: dict[str, list[float]] = {"change": [], "add": [], "remove": []}
    with ovn.running(files, node.place, node.sandbox) as other:
        written, synced = other.write(services, endpoints)
        for run in range(runs):
            seconds["change"].append(other.change(services - 1, endpoints - 1 + run % 2))
            seconds["add"].append(other.add(services, endpoints))
            seconds["remove"].append(other.remove(services))
        memory = other.memory()
    return {**seconds, "last flow": [synced], "warm": [written + synced]}, memory


def by_what(found: Mapping[Party, Mapping[str, list[float]]]) -> Spans:
    """What was done, and by whom."""
    spans: Spans = {}
    for party, seconds in found.items():
        for what, all_of_them in seconds.items():
            spans.setdefault(what, {})[party] = spread(all_of_them)
    return spans
