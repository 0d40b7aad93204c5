"""One pass: read, plan, apply, flush what it left behind in conntrack, read back, verify."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from reconciler.apply import Progress, apply
from reconciler.compilation import Compilation
from reconciler.conntrack import Expected, Place, no_longer_steered
from reconciler.drivers import Driver
from reconciler.errors import ConflictError, VerifyError
from reconciler.facts import Facts
from reconciler.plan import Plan, make_plan
from reconciler.platforms import Platform
from reconciler.reading import Actual, Look, ReadingBack, Texts, observe
from reconciler.resources import Key

if TYPE_CHECKING:
    from reconciler.desired import Desired


@dataclass(frozen=True, slots=True)
class Target:
    """The state that a node is to have, and the drivers that read and apply it."""

    node: str
    desired: "Desired"
    drivers: tuple[Driver, ...]
    notes: tuple[str, ...] = ()
    allow_deletes: bool = False
    """Whether the Node lets any number of deletions through."""
    sweep: Callable[[frozenset[Place]], tuple[str, ...]] = lambda _: ()
    """Flushes the UDP connections that look otherwise than the state has it, and the node's own to what has gone."""
    actual: Actual | None = None
    """The live state, where it was read already."""
    left: frozenset[str] = frozenset()
    """Objects that are not touched, as `kind key`."""
    known: Texts = ()
    """Those of a live state that is known to be the desired one; empty where none is."""
    agree: Callable[[Actual, Plan], None] = lambda *_: None
    """Told of a live state that is the desired one, with the plan that was empty."""


class Wanted(Protocol):
    """What the intents say of one node."""

    @property
    def name(self) -> str:
        """The node's."""

    def compile(self, facts: Facts) -> Compilation:
        """What follows from them. Raises IntentError."""

    def known(self, facts: Facts, /) -> Texts:
        """How a node like this was read when it was in sync; empty when that is not known."""

    def agree(self, facts: Facts, actual: Actual, plan: Plan, /) -> None:
        """A plan over this node was empty."""


def serving(wanted: Wanted, looked: Look, progress: Progress) -> Target:
    """What the intents ask of a node that is being read."""
    progress("compiling the intents")
    facts = looked.facts
    compiled = wanted.compile(facts)
    progress("reading the live state")
    return Target(
        wanted.name,
        compiled.desired,
        looked.drivers,
        compiled.notes,
        compiled.allow_deletes,
        sweep=partial(looked.machine.sweep, compiled.expected),
        actual=looked.actual,
        known=wanted.known(facts),
        agree=partial(wanted.agree, facts),
    )


def released(node: str, machine: Platform) -> Target:
    """Nothing of ours on this node. Raises NodeError when its bridge does not answer."""
    return Target(node, {}, machine.drivers(), sweep=partial(machine.sweep, Expected()))


def plan(target: Target, progress: Progress) -> Plan:
    """What is to be done. Changes nothing. Raises ToolError, NodeError, ConflictError."""
    actual = target.actual
    if actual is None:
        progress("reading the live state")
        actual = observe(target.drivers)
    progress("comparing")
    return compare(target, actual)


def compare(target: Target, actual: Actual) -> Plan:
    """What is to be done about a live state that was read. Raises ConflictError."""
    refuse_conflicts(target.desired, actual.foreign)
    planned = make_plan(target.node, target.desired, actual.owned, target.notes)
    return planned.without(target.left) if target.left else planned


def carry_out(planned: Plan, target: Target, progress: Progress) -> tuple[str, ...]:
    """Apply a plan, flush stale UDP connections, read back and verify; a line for each thing that was not flushed.

    Raises ApplyError, VerifyError.
    """
    with ReadingBack(target.drivers, target.known) as reading:
        unflushed = make(planned, target, progress, reading.begin)
        if not planned.in_sync:
            progress("reading the live state")
            confirm(target, reading.end(), progress)
    return unflushed


def confirm(target: Target, actual: Actual, progress: Progress) -> None:
    """Raise VerifyError unless a live state that was read back is the desired one."""
    if actual.texts != target.known:
        progress("comparing")
        planned = compare(target, actual)
        verify(planned)
        target.agree(actual, planned)


def make(
    planned: Plan, target: Target, progress: Progress, done: Callable[[Driver], None] = lambda _: None
) -> tuple[str, ...]:
    """Apply a plan and flush stale UDP connections; a line for each thing that was not flushed. Raises ApplyError."""
    if planned.in_sync:
        # The run before may have been killed between its apply and its flush.
        return flush(planned, target, progress)
    try:
        apply(planned, target.drivers, progress, done)
    finally:
        # The groups may be new, whatever else failed.
        unflushed = flush(planned, target, progress)
    return unflushed


def flush(planned: Plan, target: Target, progress: Progress) -> tuple[str, ...]:
    """Flush the UDP connections that a plan leaves stale; a line for each thing that could not be done."""
    progress("flushing stale UDP connections")
    gone = no_longer_steered(change.actual for change in planned.changes if change.action == "delete" and change.actual)
    return target.sweep(gone)


def refuse_conflicts(desired: "Desired", foreign: Mapping[Key, str]) -> None:
    """Raise ConflictError for every foreign object that stands where one of ours should be, naming both."""
    collisions = [
        f"a foreign {key[0]} is in the way: `{foreign[key]}` stands where {desired[key].intent} needs "
        f"`{desired[key].text}`: remove or move the foreign one"
        for key in sorted(desired.keys() & foreign.keys())
    ]
    if collisions:
        raise ConflictError(collisions)


def verify(plan: Plan) -> None:
    """Raise VerifyError when a plan made after an apply is not empty."""
    if not plan.in_sync:
        raise VerifyError(
            [f"not so after the apply: {c.action} {c.subject.kind} {c.subject.text}" for c in plan.changes],
            plan.objects,
        )
