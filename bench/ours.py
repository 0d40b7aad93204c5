"""What whole `reconcile` processes take: everything from the files, and a check."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bench.ears import hearing, is_flow
from bench.looping import reconcile
from bench.node import CACHE, STEP, Node
from bench.timing import timed

PATIENCE = 60.0


def once(node: Node, intents: Path) -> dict[str, float]:
    """Seconds of whole processes by what they do; everything is applied in the end."""
    seconds = {}
    release(node, intents)
    forget()
    seconds["cold"] = must(node, intents)
    release(node, intents)
    seconds["warm"] = must(node, intents)
    release(node, intents)
    seconds["last flow"] = until_last_flow(node, lambda: must(node, intents))
    forget()
    seconds["check cold"] = must(node, intents, "--check")
    seconds["check warm"] = must(node, intents, "--check")
    return seconds


def must(node: Node, intents: Path, *arguments: str) -> float:
    """Seconds of a `reconcile` that has to succeed; of a check, that finds nothing."""

    def run() -> None:
        if reconcile(node, intents, *arguments):
            raise SystemExit(f"reconcile {' '.join(arguments)} failed, see above")

    return timed(run)


def release(node: Node, intents: Path) -> None:
    """Take everything of ours off the node."""
    must(node, intents, "release")


def forget() -> None:
    """Nothing is known of files that were parsed before."""
    shutil.rmtree(os.environ[CACHE], ignore_errors=True)


def until_last_flow(node: Node, apply: Callable[[], object]) -> float:
    """Seconds from the start of an apply until the bridge has told of its last flow."""
    with hearing(node) as ear:
        since, begun = len(ear.heard), time.monotonic()
        apply()
        wanted = node.flows()
        while len(told := [when for when, what in ear.heard[since:] if is_flow(what)]) < wanted:
            if time.monotonic() > begun + PATIENCE:
                raise SystemExit(f"heard of {len(told)} flows of {wanted}")
            time.sleep(STEP)
    return told[-1] - begun
