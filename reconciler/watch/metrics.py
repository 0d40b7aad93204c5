"""What a scraper is told: names as kube-proxy and Antrea have them, values from the reports and the status. Pure."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import get_args

from reconciler import __version__
from reconciler.diff import Action
from reconciler.errors import ApplyError, ConflictError, NodeError, RefusedError, ToolError, VerifyError
from reconciler.order import STAGES
from reconciler.system.process import Figures
from reconciler.watch.exposition import Family, Sample, as_text
from reconciler.watch.report import Report, Result
from reconciler.watch.status import Status

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: a pass over ten services takes some hundredths, one over ten thousand some seconds."""
RESULTS: tuple[Result, ...] = get_args(Result)
FAILURES = tuple(error.kind() for error in (NodeError, ToolError, ConflictError, RefusedError, ApplyError, VerifyError))
KINDS = tuple(kind for stage in STAGES for kind in stage.kinds)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often something took how long."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    """Of each bucket alone; the last one has no bound."""
    total: float = 0.0

    def plus(self, seconds: float) -> "Histogram":
        """With one more."""
        place = bisect_left(BUCKETS, seconds)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return Histogram(counts, self.total + seconds)

    def samples(self) -> Iterator[Sample]:
        """Its lines: buckets hold those below them too."""
        for bound, count in zip((*BUCKETS, math.inf), accumulate(self.counts), strict=True):
            yield Sample(count, {"le": "+Inf" if math.isinf(bound) else repr(bound)}, "_bucket")
        yield Sample(self.total, suffix="_sum")
        yield Sample(sum(self.counts), suffix="_count")


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted since the start and no status has; every label that can come is there from the start."""

    results: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    failures: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(FAILURES, 0))
    duration: Histogram = Histogram()
    programming: Histogram = Histogram()
    """From an event of the folder to the end of the pass that applied it."""
    last_good: float = 0.0
    """Seconds since the epoch."""
    intent_errors: int = 0


def after(tally: Tally, report: Report) -> Tally:
    """The tally after one more pass."""
    reaction = report.reaction
    return replace(
        tally,
        results=_one_more(tally.results, report.result),
        failures=_one_more(tally.failures, report.failure) if report.failure else tally.failures,
        duration=tally.duration.plus(report.seconds),
        programming=tally.programming if reaction is None else tally.programming.plus(reaction),
        last_good=tally.last_good if report.errors else report.at,
    )


def _one_more(counts: Mapping[str, int], name: str) -> dict[str, int]:
    return {**counts, name: counts.get(name, 0) + 1}


def render(status: Status, tally: Tally, process: Figures) -> str:
    """Everything as text."""
    return as_text([*_of_passes(status, tally), *_of_intents(status, tally), *_of_process(status, process)])


def _of_passes(status: Status, tally: Tally) -> Iterator[Family]:
    yield Family("reconcile_sync_duration_seconds", "histogram", "Seconds that a pass took.", tally.duration.samples())
    yield _gauge("reconcile_sync_last_timestamp_seconds", "When the last pass without an error ended.", tally.last_good)
    yield Family("reconcile_syncs_total", "counter", "Passes by result.", _by("result", tally.results))
    yield Family(
        "reconcile_errors_total", "counter", "Passes that failed, by the kind of error.", _by("error", tally.failures)
    )
    yield Family("reconcile_changes_total", "counter", "Changes made, by kind and action.", _changes(status.changes))
    repaired = {**dict.fromkeys(KINDS, 0), **status.repaired}
    yield Family(
        "reconcile_drift_repaired_total",
        "counter",
        "Objects put right that somebody else had changed.",
        _by("kind", repaired),
    )
    yield _gauge("reconcile_contested_objects", "Objects that somebody else keeps changing.", len(status.contested))


def _of_intents(status: Status, tally: Tally) -> Iterator[Family]:
    yield Family(
        "reconcile_network_programming_duration_seconds",
        "histogram",
        "Seconds from the first event of the intents' folder to the end of the pass that applied the change.",
        tally.programming.samples(),
    )
    yield _gauge(
        "reconcile_intent_errors", "Faults in the newest intents, which are not applied then.", tally.intent_errors
    )
    labels = {"revision": status.revision}
    yield Family("reconcile_intents_info", "gauge", "The commit of the intents.", [Sample(1, labels)])
    yield _gauge("reconcile_services", "Services of the last good intents.", status.services)
    yield _gauge("reconcile_services_unserved", "Those that the last pass could not apply.", len(status.unserved))
    yield _gauge("reconcile_endpoints", "Endpoints of the last good intents.", status.endpoints)


def _of_process(status: Status, process: Figures) -> Iterator[Family]:
    labels = {"version": __version__, "node": status.node}
    yield Family("reconcile_build_info", "gauge", "The program, and the node that it keeps.", [Sample(1, labels)])
    yield _gauge("process_start_time_seconds", "When the loop began.", status.started)
    yield Family("process_cpu_seconds_total", "counter", "Processor time.", [Sample(process.cpu_seconds)])
    if process.resident_bytes is not None:
        yield _gauge("process_resident_memory_bytes", "Memory that is resident.", process.resident_bytes)
    if process.open_files is not None:
        yield _gauge("process_open_fds", "Open file descriptors.", process.open_files)


def _gauge(name: str, meaning: str, value: float) -> Family:
    return Family(name, "gauge", meaning, [Sample(value)])


def _by(label: str, counts: Mapping[str, int]) -> Iterator[Sample]:
    return (Sample(count, {label: name.replace(" ", "_")}) for name, count in counts.items())


def _changes(made: Mapping[str, Mapping[str, int]]) -> Iterator[Sample]:
    for kind in dict.fromkeys((*KINDS, *made)):
        for action in get_args(Action):
            yield Sample(made.get(kind, {}).get(action, 0), {"kind": kind, "action": action})
