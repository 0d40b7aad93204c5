"""What the loop answers to scrapers and probes."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Protocol

from reconciler.system.http import Page
from reconciler.system.process import figures
from reconciler.watch.exposition import CONTENT_TYPE
from reconciler.watch.metrics import Tally, render
from reconciler.watch.status import Status

LATE = 120.0
"""Seconds without a turn after which the loop is taken for hung: it turns every 30, and a pass takes a few at most."""


class Observed(Protocol):
    """What is looked at: frozen values that the loop exchanges, so that no look holds it up."""

    status: Status
    tally: Tally
    turned: float
    """When it last woke, by the monotonic clock."""


def pages(loop: Observed) -> Mapping[str, Callable[[], Page]]:
    """The pages by path."""
    return {
        "/metrics": lambda: Page(200, render(loop.status, loop.tally, figures()), CONTENT_TYPE),
        "/healthz": lambda: health(monotonic() - loop.turned),
        "/readyz": lambda: readiness(loop.status),
    }


def health(age: float) -> Page:
    """Whether the loop turns; `age` is that of its last turn."""
    if age <= LATE:
        return Page(200, f"ok: the last turn began {age:.0f} s ago\n")
    return Page(503, f"the last turn began {age:.0f} s ago: the loop hangs: see its log, and restart it\n")


def readiness(status: Status) -> Page:
    """Whether the last pass went well, and if not why."""
    if status.in_sync_since is None:
        return Page(503, "".join(f"{line}\n" for line in status.errors or ("no pass yet", *status.intent_errors)))
    return Page(200, "ready\n" + "".join(f"not applied: {line}\n" for line in status.intent_errors))
