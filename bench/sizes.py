"""One size of cluster: ours, the raw C tools and OVN, one after the other on the same machine."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench import changes, measures, ours, ovn, raw
from bench.figures import Party, Size, Spans
from bench.looping import FOR_EVENTS_ALONE, Loop, looping
from bench.node import Node
from bench.timing import say, spread

WHOLE = 5
"""How often everything is made from nothing, by us and by the raw tools in turn: a machine is not always as quick."""
IDLE = 10.0
"""Seconds that a loop is looked at that has nothing to do."""

Seconds = Mapping[str, list[float]]
"""By what was done, each time."""


def measure(node: Node, files: Path, services: int, endpoints: int, runs: int) -> Size:
    """One size, from an empty node to an empty node; `files` are those of OVN."""
    intents = node.place / f"{services}x{endpoints}"
    changes.write(intents, services, endpoints)
    say(f"{services} services x {endpoints} endpoints: whole processes ...")
    whole, by_hand, tools = wholly(node, intents, services)
    say("  the loop ...")
    with looping(node, intents, *FOR_EVENTS_ALONE) as loop:
        loop.until_in_sync()
        small = in_loop(loop, intents, services, endpoints, runs)
        idle, memory = loop.idle(IDLE), loop.memory()
    audits = measures.audits(node, intents, runs)
    say("  raw tools ...")
    raw_small = with_raw(tools, services, runs)
    ours.release(node, intents)
    say("  OVN ...")
    of_ovn, theirs = with_ovn(node, files, services, endpoints, runs)
    shutil.rmtree(intents)
    found: dict[Party, Seconds] = {
        "ours": {**whole, **small, "audit": audits.passes},
        "raw": {**by_hand, **raw_small},
        "OVN": of_ovn,
    }
    used = {"ours": max(memory, audits.memory), **theirs}
    return Size(services, endpoints, by_what(found), used, audits.processor, idle)


def wholly(node: Node, intents: Path, services: int) -> tuple[Seconds, Seconds, raw.Raw]:
    """Whole processes of ours, the same by hand, and the commands for that; everything is applied in the end."""
    whole: dict[str, list[float]] = {}
    by_hand: dict[str, list[float]] = {"warm": [], "check warm": []}
    ours.must(node, intents)
    tools = raw.capture(node, services - 1)
    for _ in range(WHOLE):
        for what, seconds in ours.once(node, intents).items():
            whole.setdefault(what, []).append(seconds)
        ours.release(node, intents)
        by_hand["warm"].append(tools.apply())
        measures.in_sync(node, intents)
        by_hand["check warm"].append(tools.read())
    applied, read = by_hand["warm"], by_hand["check warm"]
    return whole, {**by_hand, "cold": applied, "check cold": read, "audit": read}, tools


def in_loop(loop: Loop, intents: Path, services: int, endpoints: int, runs: int) -> dict[str, list[float]]:
    """Small changes and deletions by hand."""
    small = changes.changes(loop, intents, services, endpoints, runs)
    return {**small, "flow deleted": measures.repaired_flows(loop, services, runs)}


def with_raw(tools: raw.Raw, services: int, runs: int) -> dict[str, list[float]]:
    """Small changes by hand."""
    seconds: dict[str, list[float]] = {"change": [], "add": [], "remove": []}
    for run in range(runs):
        seconds["change"].append(tools.change(fewer=run % 2 == 0))
        seconds["add"].append(tools.add(services))
        seconds["remove"].append(tools.remove(services))
    return seconds


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


def by_what(found: Mapping[Party, Seconds]) -> Spans:
    """What was done, and by whom."""
    spans: Spans = {}
    for party, seconds in found.items():
        for what, all_of_them in seconds.items():
            spans.setdefault(what, {})[party] = spread(all_of_them)
    return spans
