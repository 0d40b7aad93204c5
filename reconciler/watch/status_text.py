"""The status for people: a line for each thing that is worth one."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from time import time
from typing import Any

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def as_text(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of `reconcile status`, from its JSON form."""
    running = f"process {document['process']}" if document["process"] else "no loop is running"
    yield f"{document['node']}: {document['state']}{_since(document['inSyncSince'])} ({running})"
    yield from _row("revision", document["revision"])
    yield from _row("last pass", f"{_ago(document['lastPass'])}, {document['lastPassSeconds']:.3f} s")
    yield from _row("last change", document["lastChange"] and _ago(document["lastChange"]))
    applied, others = document["services"]["applied"], document["services"]["others"]
    yield from _row("services", f"{applied} applied, {len(others)} not; {document['endpoints']} endpoints")
    yield from _row("changes", _counts(document["changes"]))
    yield from _row("repaired", ", ".join(f"{count} {kind}" for kind, count in document["repaired"].items()))
    yield from (f"  not applied  {key}: {reason}" for key, reason in others.items())
    for name, title in (
        ("intentErrors", "intents"),
        ("errors", "error"),
        ("contested", "contested"),
        ("notes", "note"),
    ):
        yield from (f"  {title:<11}  {line}" for line in document[name])


def _row(title: str, value: str | None) -> Iterator[str]:
    if value:
        yield f"  {title:<11}  {value}"


def _counts(changes: Mapping[str, Mapping[str, int]]) -> str:
    return ", ".join(
        f"{count} {kind} {action}" for kind, actions in changes.items() for action, count in actions.items()
    )


def _since(moment: float | None) -> str:
    return f" since {datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S %z}" if moment else ""


def _ago(moment: float | None) -> str:
    if not moment:
        return "never"
    seconds = max(0, int(time() - moment))
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit} ago"
