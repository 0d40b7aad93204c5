"""The plan: ordered changes, countable, refusable and printable, between the diff and the apply."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.diff import Action, Change, diff
from reconciler.errors import RefusedError
from reconciler.order import RANK
from reconciler.resources import Key, Resource

MOST_DELETES = 0.3
"""A plan that deletes a larger share of what we own looks like a mistake."""

SIGNS: Mapping[Action, str] = {"create": "+", "update": "~", "delete": "-"}


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be done on one node."""

    node: str
    changes: tuple[Change, ...]
    """Creations and updates in the order of the stages, then deletions in the other order."""
    owned: int
    """How many objects of ours the node holds now."""
    notes: tuple[str, ...] = ()
    """What the operator should know and this tool does not change."""

    def count(self, action: Action) -> int:
        """How many changes are of an action."""
        return sum(change.action == action for change in self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """The number of changes by action."""
        return {action: self.count(action) for action in SIGNS}

    @property
    def objects(self) -> tuple[str, ...]:
        """Everything that is changed, as `kind key`."""
        return tuple(_object(change) for change in self.changes)

    def without(self, objects: Collection[str]) -> "Plan":
        """The plan that leaves some objects alone, which are named as `kind key`."""
        return replace(self, changes=tuple(change for change in self.changes if _object(change) not in objects))

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    def refuse_mass_delete(self) -> None:
        """Raise RefusedError when more than 30 % of what we own would go."""
        deletes = self.count("delete")
        if deletes > MOST_DELETES * self.owned:
            raise RefusedError(
                f"refused: the plan deletes {deletes} of the {self.owned} objects that we own on {self.node} "
                f"(more than {MOST_DELETES:.0%}): look at it with --check, then run again with "
                "--allow-deletes, or with `allowDeletes: true` in the Node"
            )


def _object(change: Change) -> str:
    return f"{change.subject.kind} {change.subject.key}"


def make_plan(
    node: str,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
    notes: Iterable[str] = (),
    owned: int | None = None,
) -> Plan:
    """The changes that turn the actual state into the desired one, in the order in which they are made.

    `owned` is how many objects the node holds, where `actual` is but a part of them.
    """
    changes = sorted(diff(desired, actual), key=_turn)
    return Plan(node, tuple(changes), len(actual) if owned is None else owned, tuple(notes))


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Resources in the order in which they would be created, and by key within a kind."""
    return sorted(resources, key=lambda resource: (RANK[resource.kind], resource.key))


def _turn(change: Change) -> int:
    """When a change is made: creations and updates down the list of kinds, deletions up it."""
    if change.desired:
        return RANK[change.desired.kind]
    return len(RANK) * 2 - RANK[change.subject.kind]


def as_json(plan: Plan) -> str:
    """The plan in its documented, stable JSON form."""
    document = {
        "node": plan.node,
        "inSync": plan.in_sync,
        "changes": [_change_document(change) for change in plan.changes],
        "summary": plan.summary,
        "notes": list(plan.notes),
    }
    return json.dumps(document, indent=2)


def _change_document(change: Change) -> dict[str, object]:
    intent = change.subject.intent
    return {
        "action": change.action,
        "kind": change.subject.kind,
        "key": change.subject.key,
        "desired": change.desired and change.desired.text,
        "actual": change.actual and change.actual.text,
        "intent": intent and {"file": intent.file, "line": intent.line},
    }
