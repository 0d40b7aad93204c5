"""What the loop says: a line for each thing that happens, and nothing while nothing does."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from reconciler.watch.inbox import shown
from reconciler.watch.report import Report

MOST_SUBJECTS = 10
"""Objects that a line names one by one."""


class Log:
    """Lines for people on a terminal, JSON for whatever collects them elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._as_text = self._stream.isatty()
        self._last_errors: tuple[str, ...] = ()
        self._contested: tuple[str, ...] = ()
        self._trouble = ""

    def say(self, level: str, message: str, **fields: object) -> None:
        """One event."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        if self._as_text:
            shown_fields = "".join(f" {name}={_word(value)}" for name, value in fields.items())
            self._stream.write(f"{now} {level:<5} {message}{shown_fields}\n")
        else:
            self._stream.write(json.dumps({"time": now, "level": level, "message": message, **fields}) + "\n")
        self._stream.flush()

    def intents(self, faults: Iterable[str]) -> None:
        """The intents changed; each fault is a line."""
        lines = list(faults)
        for line in lines:
            self.say("error", line)
        if lines:
            self.say("warn", "the intents have faults: the last good ones stay applied", faults=len(lines))
        else:
            self.say("info", "intents read")

    def once(self, trouble: str) -> None:
        """A trouble that lasts, said when it begins; empty when it is over."""
        if trouble and trouble != self._trouble:
            self.say("error", trouble)
        self._trouble = trouble

    def passed(self, report: Report, contested: tuple[str, ...]) -> None:
        """A pass that did or met something; the same errors once only."""
        if report.errors != self._last_errors:
            self._last_errors = report.errors
            for line in report.errors:
                self.say("error", line)
        if report.changes:
            self._changed(report)
        if contested and contested != self._contested:
            what = "somebody else keeps changing what is ours, so repairs are paused in between"
            self.say("warn", what, objects=list(contested[:MOST_SUBJECTS]))
        self._contested = contested

    def _changed(self, report: Report) -> None:
        fields: dict[str, object] = {
            "changes": {f"{kind} {action}": count for (kind, action), count in sorted(report.changes.items())},
            "seconds": round(report.seconds, 3),
            "reason": shown(report.reasons),
        }
        if report.repaired:
            self.say("warn", "drift repaired", **fields, objects=list(report.repaired[:MOST_SUBJECTS]))
        else:
            self.say("info", "applied", **fields)


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{key}:{count}" for key, count in value.items()).replace(" ", "-")
    return json.dumps(value) if isinstance(value, list) else str(value)
