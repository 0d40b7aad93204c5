"""`python -m bench.soak [SECONDS]`: a loop among endless changes; whether it stays flat, and anything fails."""

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from bench import folder
from bench.clients import Connections, connecting
from bench.looping import Loop, looping, reconcile
from bench.node import private
from bench.turmoil import Turmoil, repository

AN_HOUR, SHORTEST = 3600.0, 20.0
"""Seconds; quarters of less have nothing to compare."""
SAMPLE = 2.0
"""Seconds between two looks at the loop."""
AUDIT = "10"
GROWTH, GROWN = 1.05, 2.0
"""The share, and the MiB or descriptors on top, that a median may grow by from the second quarter to the last."""
SHOWN = 10
"""Failures that are printed."""


@dataclass(slots=True)
class Samples:
    """What the loop used, one look after another."""

    memory: list[float] = field(default_factory=list)
    descriptors: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the verdict."""

    what: str
    text: str
    good: bool


def main() -> int:
    """Soak, print the verdict, and tell it by the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=AN_HOUR, help="default: an hour")
    seconds = max(SHORTEST, parser.parse_args().seconds)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with private("soak", folder.DUAL_NODE) as node:
        intents = repository(node)
        with looping(node, intents, "--audit", AUDIT) as loop:
            loop.until_in_sync()
            turmoil = Turmoil(loop, intents)
            with connecting(node) as connections, sampled(loop) as samples:
                turmoil.go_on(seconds)
            code = checked(loop, turmoil)
        findings = list(verdict(samples, connections, turmoil, code))
    tell(turmoil, findings)
    return 0 if all(finding.good for finding in findings) else 1


@contextmanager
def sampled(loop: Loop) -> Iterator[Samples]:
    """Look at a loop now and then."""
    samples, stop = Samples(), Event()

    def look() -> None:
        while not stop.wait(SAMPLE):
            samples.memory.append(loop.memory())
            samples.descriptors.append(loop.descriptors())

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def checked(loop: Loop, turmoil: Turmoil) -> int:
    """The exit code of a check after one more audit, which finds what no event tells of."""
    audits = loop.status()["passes"]
    loop.until(lambda: loop.status()["passes"] > audits + 1, "audited")
    loop.until_quiet()
    return reconcile(loop.node, turmoil.intents, "--check")


def verdict(samples: Samples, connections: Connections, turmoil: Turmoil, code: int) -> Iterator[Finding]:
    """What is said of a run."""
    yield flat("memory, MiB", samples.memory)
    yield flat("descriptors", samples.descriptors)
    lost = [failure for failure in connections.failures if not failure.within(turmoil.kills)]
    told = f"{connections.count}, {len(connections.failures)} failed, {len(lost)} of them outside of the kills"
    yield Finding("connections", told, not lost and connections.count > 0)
    for failure in lost[:SHOWN]:
        yield Finding(
            "failure", f"{failure.client}: {failure.error} ({failure.begun:.3f}, {failure.ended:.3f})", good=False
        )
    yield Finding("check", "in sync" if code == 0 else f"exit code {code}", code == 0)


def flat(what: str, values: Sequence[float]) -> Finding:
    """Whether a median has not grown from the second quarter to the last."""
    length = max(1, len(values) // 4)
    medians = [statistics.median(values[at : at + length]) for at in range(0, 4 * length, length)]
    told = f"{' → '.join(f'{median:.1f}' for median in medians)}, the medians of the quarters"
    return Finding(what, told, medians[-1] <= medians[1] * GROWTH + GROWN)


def tell(turmoil: Turmoil, findings: Sequence[Finding]) -> None:
    """Print what was done, and the verdict."""
    print(", ".join(f"{count} x {what}" for what, count in sorted(turmoil.done.items())))
    for finding in findings:
        print(f"{'ok ' if finding.good else 'BAD'} {finding.what:<12} {finding.text}")


if __name__ == "__main__":
    sys.exit(main())
