"""How a watched node is: one frozen value, kept in a file that a crash leaves whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from reconciler.intents import Intents
from reconciler.system.whole_file import write
from reconciler.watch.report import Report

FILE = "status.json"
"""Its name in the state folder."""
MOST_ERRORS = 20
"""Lines of errors that are kept; the log has all."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a node after a pass."""

    node: str
    process: int = 0
    """The loop that says so."""
    revision: str = ""
    """Commit of the work tree that the intents are in; empty without one."""
    started: float = 0.0
    in_sync_since: float | None = None
    """None while something is pending or wrong."""
    passes: int = 0
    last_pass: float | None = None
    last_change: float | None = None
    seconds: float = 0.0
    """Of the last pass."""
    changes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Since the start, by kind and action."""
    repaired: Mapping[str, int] = field(default_factory=dict)
    """Drift put right since the start, by kind."""
    intent_errors: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    """Objects that somebody else keeps changing."""
    notes: tuple[str, ...] = ()
    services: int = 0
    """Of the last good intents."""
    unserved: Mapping[str, str] = field(default_factory=dict)
    """Services that are not applied, with the reason; none while the last pass went well."""
    endpoints: int = 0
    trial: str = ""
    """Digest of the applied intents that are not confirmed yet."""

    @property
    def state(self) -> str:
        """`in sync`, `contested` or `error`."""
        if self.errors or self.intent_errors:
            return "error"
        return "contested" if self.contested else "in sync" if self.in_sync_since else "pending"


def after(status: Status, report: Report, contested: tuple[str, ...]) -> Status:
    """The status after one more pass."""
    return replace(
        status,
        passes=status.passes + 1,
        last_pass=report.at,
        last_change=report.at if report.changes else status.last_change,
        seconds=report.seconds,
        in_sync_since=None if report.errors or contested else status.in_sync_since or report.at,
        changes=_added(status.changes, report.changes),
        repaired=_repairs(status.repaired, report),
        errors=report.errors[:MOST_ERRORS],
        contested=contested,
        notes=report.notes,
    )


def _added(
    before: Mapping[str, Mapping[str, int]], made: Mapping[tuple[str, str], int]
) -> dict[str, Mapping[str, int]]:
    total = {kind: dict(actions) for kind, actions in before.items()}
    for (kind, action), count in made.items():
        actions = total.setdefault(kind, {})
        actions[action] = actions.get(action, 0) + count
    return dict(total)


def _repairs(before: Mapping[str, int], report: Report) -> dict[str, int]:
    total = dict(before)
    for subject in report.repaired:
        kind = subject.partition(" ")[0]
        total[kind] = total.get(kind, 0) + 1
    return total


def unserved(intents: Intents, errors: tuple[str, ...]) -> dict[str, str]:
    """The services that a pass with these errors left behind: those that an error names, else all."""
    if not errors:
        return {}
    services = sorted(intents.services.items(), key=itemgetter(0))
    named = {key: line for key, service in services for line in errors if str(service.origin) in line}
    return named or dict.fromkeys((key for key, _ in services), errors[0])


def as_document(status: Status) -> dict[str, Any]:
    """The documented, stable JSON form."""
    return {
        "node": status.node,
        "process": status.process,
        "state": status.state,
        "revision": status.revision or None,
        "started": status.started,
        "inSyncSince": status.in_sync_since,
        "lastPass": status.last_pass,
        "lastChange": status.last_change,
        "lastPassSeconds": round(status.seconds, 6),
        "passes": status.passes,
        "changes": status.changes,
        "repaired": status.repaired,
        "intentErrors": list(status.intent_errors),
        "errors": list(status.errors),
        "contested": list(status.contested),
        "notes": list(status.notes),
        "services": {"applied": status.services - len(status.unserved), "others": status.unserved},
        "endpoints": status.endpoints,
        "trial": status.trial or None,
    }


def save(status: Status, path: Path) -> None:
    """Write it whole or not at all."""
    write(path, json.dumps(as_document(status), indent=2) + "\n")
