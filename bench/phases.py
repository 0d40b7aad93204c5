"""Run on the node: one pass in one process, phase by phase; prints seconds and the peak of memory as JSON."""

import gc
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from reconciler import loop
from reconciler.apply import apply
from reconciler.desired import Desired, compile_node
from reconciler.intents import load
from reconciler.plan import make_plan
from reconciler.platforms import platform

Result = TypeVar("Result")
SECONDS: dict[str, float] = {}


def timed(phase: str, call: Callable[[], Result]) -> Result:
    """The result of a call, whose seconds are kept under the phase."""
    begun = perf_counter()
    result = call()
    SECONDS[phase] = perf_counter() - begun
    return result


def silent(_: str) -> None:
    """Progress that nobody reads."""


def main(folder: str, rundir: str) -> None:
    """Load, compile, apply from nothing, then check in sync."""
    intents = timed("load", lambda: load(Path(folder)))
    node = intents.nodes["worker-1"].spec
    machine = platform(node, rundir)
    facts = timed("facts", machine.facts)
    desired: Desired = timed("compile", lambda: compile_node(intents, "worker-1", facts))
    drivers = machine.drivers()
    plan = make_plan("worker-1", desired, loop.observe(drivers).owned)
    timed("apply", lambda: apply(plan, drivers, silent))
    gc.collect()
    actual = timed("read", lambda: loop.observe(drivers))
    timed("diff", lambda: make_plan("worker-1", desired, actual.owned))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": SECONDS, "objects": len(desired), "MiB": peak}))


main(*sys.argv[1:])
