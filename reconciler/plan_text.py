"""How a plan reads in a terminal and in a CI log: like `kubectl diff`, with the intent that asked for each change."""

import itertools
from collections.abc import Iterator, Mapping

from reconciler.diff import Action, Change
from reconciler.plan import SIGNS, Plan

COLOURS: Mapping[str, str] = {"+": "\033[32m", "~": "\033[33m", "-": "\033[31m"}
RESET = "\033[0m"
DONE: Mapping[Action, str] = {"create": "created", "update": "updated", "delete": "deleted"}


def as_text(plan: Plan, *, colour: bool) -> Iterator[str]:
    """The plan, a change a line (an update with its two texts below it)."""
    lines = itertools.chain.from_iterable(map(_lines, plan.changes))
    return map(coloured, lines) if colour else lines


def summary(plan: Plan) -> str:
    """`2 to create, 1 to update, 0 to delete`, or that nothing is to be done."""
    if plan.in_sync:
        return f"{plan.node}: in sync, {plan.owned} objects"
    counts = ", ".join(f"{plan.count(action)} to {action}" for action in SIGNS)
    return f"{plan.node}: {counts}"


def done(plan: Plan) -> str:
    """What was done, in the past tense."""
    if plan.in_sync:
        return summary(plan)
    return f"{plan.node}: " + ", ".join(f"{plan.count(action)} {DONE[action]}" for action in SIGNS)


def _lines(change: Change) -> tuple[str, ...]:
    sign, subject = SIGNS[change.action], change.subject
    asked = f"  # {subject.intent!s}" if subject.intent else "  # no intent asks for it"
    if change.desired and change.actual:
        head = f"{sign} {subject.kind} {subject.key}{asked}"
        return head, f"  - {change.actual.text}", f"  + {change.desired.text}"
    return (f"{sign} {subject.kind} {subject.text}{asked}",)


def coloured(line: str) -> str:
    """A line with the colour of the sign that it begins with, if it does."""
    colour = COLOURS.get(line.lstrip()[0])
    return f"{colour}{line}{RESET}" if colour else line
