"""`python -m bench`: what everything costs, beside the raw C tools and OVN, in one run; writes `docs/speed.md`."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import datapath, ovn, report
from bench.figures import Run, Size, load, save
from bench.node import private
from bench.sizes import measure
from bench.timing import say
from bench.usage import machine

DOCS = Path("docs")
FIGURES, CHART = DOCS / "speed.json", DOCS / "speed.svg"
DOCUMENTS = (DOCS / "speed.md", Path("README.md"))


def main() -> None:
    """Measure, and write the documents."""
    options = arguments()
    # Compiled modules are kept, as an installed program has them: imports are most of a small check.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run = Run(machine())
    if options.redraw:
        run = load(FIGURES)
    else:
        run = replace(run, sizes=sizes(options.services, options.endpoints, options.runs))
        save(run, FIGURES)  # whatever becomes of the rest
        run = replace(run, ways=datapath.measure())
        save(run, FIGURES)
    publish(run)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[10, 100, 1000, 10000])
    parser.add_argument("--endpoints", type=int, nargs="+", default=[3, 10])
    parser.add_argument("--runs", type=int, default=20, help="how often each small change is made (default: 20)")
    parser.add_argument("--redraw", action="store_true", help=f"measure nothing: write what {FIGURES} has")
    return parser.parse_args()


def sizes(services: Sequence[int], endpoints: Sequence[int], runs: int) -> tuple[Size, ...]:
    """Every size, on one node."""
    with private("bench") as node, ovn.unpacked(node.place) as files:
        return tuple(measure(node, files, count, each, runs) for each in endpoints for count in services)


def publish(run: Run) -> None:
    """Write the chart, and the tables into their places."""
    most = max(size.endpoints for size in run.sizes)
    CHART.write_text(report.drawing([size for size in run.sizes if size.endpoints == most]))
    for document in DOCUMENTS:
        text = document.read_text()
        for mark, part in report.parts(run):
            text = report.written(text, mark, part)
        document.write_text(text)
    say(f"written: {CHART} and {', '.join(map(str, DOCUMENTS))}")


if __name__ == "__main__":
    main()
