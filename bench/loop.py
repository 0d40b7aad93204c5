"""`python -m bench.loop`: what `reconcile --watch` takes to put right what anybody broke, and to start again."""

import argparse
import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import folder, measures
from bench.looping import FOR_EVENTS_ALONE, looping, reconcile
from bench.measures import Restarts, Spans
from bench.node import Node, private
from bench.timing import say, spread

ENDPOINTS = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one size; lists are seconds, one a run."""

    services: int
    repairs: Spans
    recoveries: list[float]
    restarts: Restarts


def main() -> None:
    """Measure every size, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.loop", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[10, 1000, 10000])
    parser.add_argument("--runs", type=int, default=20, help="how often each thing is done (default: 20)")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    # Compiled modules are kept, as an installed program has them: imports are most of a small check.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with private("bench") as node:
        figures = [measure(node, services, options.runs) for services in options.services]
    print(as_json(figures) if options.output == "json" else table(figures))


def measure(node: Node, services: int, runs: int) -> Figures:
    """One size, from an empty node to an empty node."""
    intents = prepare(node, services)
    say(f"{services} services: repairs, recoveries ...")
    with looping(node, intents, *FOR_EVENTS_ALONE) as loop:
        loop.until_in_sync()
        repairs = measures.repairs(loop, services, runs)
        recoveries = measures.recoveries(loop, runs)
        measures.in_sync(node, intents)
    say(f"{services} services: restarts ...")
    restarts = measures.restarts(node, intents, math.ceil(runs / 2))
    measures.in_sync(node, intents)
    reconcile(node, intents, "release")
    return Figures(services, repairs, recoveries, restarts)


def prepare(node: Node, services: int) -> Path:
    """The folder of a size, applied."""
    intents = node.place / f"{services}"
    folder.write(intents, services, ENDPOINTS)
    (intents / "web.yaml").write_text(folder.web(*folder.PODS))
    reconcile(node, intents)
    return intents


def as_json(figures: Iterable[Figures]) -> str:
    """Everything, with the summary of each list in its place."""
    return json.dumps([_summed(asdict(each)) for each in figures], indent=2)


def _summed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _summed(each) for key, each in value.items()}
    return asdict(spread(value)) if isinstance(value, list) else value


def table(figures: Sequence[Figures]) -> str:
    """Markdown: a column for each size."""
    heads = ["", *(f"{each.services} services" for each in figures)]
    columns = [dict(rows(each)) for each in figures]
    lines = [heads, ["---"] * len(heads), *([name, *(column[name] for column in columns)] for name in columns[0])]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rows(of: Figures) -> Iterable[tuple[str, str]]:
    """What a size has in each line."""
    for kind, spans in of.repairs.items():
        yield f"{kind} deleted → there again", cell(spans)
    yield "Open vSwitch answers → everything back", cell(of.recoveries)
    yield "loop started → in sync", cell(of.restarts.seconds)
    restarts = of.restarts
    yield f"{len(restarts.seconds)} restarts: objects touched", f"{restarts.events}"
    yield "the same: connections, failed", f"{restarts.connections}, {restarts.failed}"


def cell(spans: Sequence[float]) -> str:
    """Seconds at a glance: median, 99th percentile, and the longest."""
    short = spread(spans)
    return f"{short.p50:.3f} / {short.p99:.3f} / {short.max:.3f}"


if __name__ == "__main__":
    main()
