"""Applies a plan, stage by stage; a stage that fails stops only those that depend on it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from reconciler.diff import Change
from reconciler.drivers import Driver
from reconciler.errors import ApplyError, ReconcileError
from reconciler.order import STAGE_OF, STAGES, Stage
from reconciler.plan import Plan

Progress = Callable[[str], None]


def apply(
    plan: Plan, drivers: Sequence[Driver], progress: Progress, done: Callable[[Driver], None] = lambda _: None
) -> None:
    """Make all changes in order; each driver is `done` once it has nothing left to change.

    Raises ApplyError with a line for every stage that failed or was left out.
    """
    by_stage = {stage: driver for driver in drivers for stage in driver.stages}
    failed: dict[str, str] = {}
    steps = list(_steps(plan))
    left = [by_stage[stage.name] for stage, _, _ in steps]
    for stage, needs, changes in steps:
        driver = left.pop(0)
        blocked = sorted(needs & failed.keys())
        if blocked:
            failed.setdefault(stage.name, f"{stage.name}: left out, because {', '.join(blocked)} failed")
            continue
        progress(f"applying {len(changes)} changes of {stage.name}")
        try:
            driver.apply(changes)
        except ReconcileError as error:
            failed[stage.name] = f"{stage.name}: {error}"
        if driver not in left:
            done(driver)
    if failed:
        raise ApplyError(list(failed.values()))


def _steps(plan: Plan) -> Iterator[tuple[Stage, set[str], list[Change]]]:
    """Each stage that has changes, with the stages that it waits for.

    A creation waits for what it refers to, a deletion for what refers to it.
    """
    for (stage, deletes), changes in groupby(plan.changes, _stage):
        needs = {other.name for other in STAGES if stage.name in other.needs} | {stage.name}
        yield stage, needs if deletes else set(stage.needs), list(changes)


def _stage(change: Change) -> tuple[Stage, bool]:
    """The stage of a change, and whether it is among the deletions; a plan has those of one together."""
    return STAGE_OF[change.subject.kind], change.desired is None
