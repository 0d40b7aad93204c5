"""`python -m bench`: builds a node of its own, measures, prints a table, and removes the node again."""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from bench import folder
from bench.node import sweep
from reconciler import sandbox

NODE = "worker-1"
RECONCILE = (sys.executable, "-m", "reconciler.cli")


@dataclass(frozen=True, slots=True)
class Row:
    """One size: medians, in seconds; memory in MiB."""

    services: int
    endpoints: int
    objects: int
    load: float
    compile: float
    apply: float
    read: float
    diff: float
    memory: float
    check: float
    """The whole process `reconcile --check`, in sync."""
    change: float
    """The whole process `reconcile` after one service got one endpoint more."""
    raw_apply: float
    raw_read: float


def main() -> None:
    """Measure every size, and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--endpoints", type=int, nargs="+", default=[3, 10])
    parser.add_argument("--runs", type=int, default=3, help="each figure is the median of so many (default: 3)")
    parser.add_argument("--output", choices=("text", "json"), default="text")
    options = parser.parse_args()
    # Compiled modules are kept, as an installed program has them: imports are most of a small check.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sweep("bench")
    name = f"bench{os.getpid()}"
    with tempfile.TemporaryDirectory() as place:
        folder.write(Path(place, "node"), 0, 0)
        sandbox.up(Path(place, "node"), name, lambda _: None)
        try:
            sizes = [(s, e) for s in options.services for e in options.endpoints]
            rows = [measure(name, Path(place), services, endpoints, options.runs) for services, endpoints in sizes]
        finally:
            sandbox.down(name)
    print(json.dumps([asdict(row) for row in rows], indent=2) if options.output == "json" else table(rows))


def measure(name: str, place: Path, services: int, endpoints: int, runs: int) -> Row:
    """One size."""
    sys.stderr.write(f"{services} services x {endpoints} endpoints ...\n")
    intents = place / f"{services}x{endpoints}"
    folder.write(intents, services, endpoints)
    raw = [on_node(name, "bench.raw", intents) for _ in range(runs)]
    ours = [on_node(name, "bench.phases", intents, keep=run == runs - 1) for run in range(runs)]
    check = [timed(name, intents, "--check") for _ in range(runs)]
    change = list(changes(name, intents, max(runs, 3)))
    release(name, intents)
    phases = {phase: statistics.median(run["seconds"][phase] for run in ours) for phase in ours[0]["seconds"]}
    phases.pop("facts")
    return Row(
        services,
        endpoints,
        ours[0]["objects"],
        **phases,
        memory=max(run["MiB"] for run in ours),
        check=statistics.median(check),
        change=statistics.median(change),
        raw_apply=statistics.median(run["apply"] for run in raw),
        raw_read=statistics.median(run["read"] for run in raw),
    )


def on_node(name: str, module: str, intents: Path, *, keep: bool = False) -> dict:  # type: ignore[type-arg]
    """What a module of this folder printed, run on the node; nothing of ours is left, unless told to keep it."""
    rundir = f"/run/reconcile-sandbox/{name}/{NODE}"
    done = sandbox.run_in(name, NODE, (sys.executable, "-m", module, str(intents), rundir))
    if done.returncode:
        raise SystemExit(done.stderr)
    if not keep:
        release(name, intents)
    return dict(json.loads(done.stdout))


def release(name: str, intents: Path) -> None:
    """Take everything of ours off the node."""
    timed(name, intents, "release")


def timed(name: str, intents: Path, *arguments: str) -> float:
    """Seconds of a whole `reconcile` process."""
    begun = perf_counter()
    done = sandbox.run_in(name, NODE, (*RECONCILE, *arguments, "--intents", str(intents), "--output", "json"))
    if done.returncode:
        raise SystemExit(done.stderr)
    return perf_counter() - begun


def changes(name: str, intents: Path, count: int) -> Iterator[float]:
    """Seconds of an apply after one service of many got one endpoint more."""
    file = next(iter(sorted(intents.glob("services-*.yaml"))))
    text = file.read_text()
    for number in range(count):
        file.write_text(text.replace("endpoints:\n", f"endpoints:\n  - {{ip: 10.99.0.{number + 1}}}\n", 1))
        yield timed(name, intents)


HEADINGS = "services endpoints objects load compile apply raw ratio read raw ratio diff --check change MiB"


def table(rows: list[Row]) -> str:
    """Seconds, and the ratios to the raw tools."""
    lines = [tuple(HEADINGS.split()), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.rjust, line, widths)) for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table."""
    figures = [str(row.services), str(row.endpoints), str(row.objects), f"{row.load:.3f}", f"{row.compile:.3f}"]
    figures += [f"{row.apply:.3f}", f"{row.raw_apply:.3f}", f"{row.apply / row.raw_apply:.1f}"]
    figures += [f"{row.read:.3f}", f"{row.raw_read:.3f}", f"{row.read / row.raw_read:.1f}", f"{row.diff:.3f}"]
    return (*figures, f"{row.check:.3f}", f"{row.change:.3f}", f"{row.memory:.0f}")


if __name__ == "__main__":
    main()
