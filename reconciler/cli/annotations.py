"""Faults as a forge shows them to reviewers, at their lines. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from reconciler.origin import Origin
from reconciler.plan import SIGNS, Plan

PLACED = re.compile(r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)", re.DOTALL)


class Remark(NamedTuple):
    """A fault; without a place `file` is empty."""

    message: str
    file: str = ""
    line: int = 1
    column: int = 1


def remark(fault: str) -> Remark:
    """A line of an error, as `file:line:column: message` or otherwise."""
    found = PLACED.fullmatch(fault)
    if not found:
        return Remark(fault)
    return Remark(found["message"], _relative(found["file"]), int(found["line"]), int(found["column"]))


def _relative(file: str) -> str:
    """As the forge names it: below the root of the checkout, in which a pipeline runs."""
    path, here = Path(file), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def github(faults: Iterable[str]) -> Iterator[str]:
    """Workflow commands, one a fault: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    for message, file, line, column in map(remark, faults):
        place = f" file={_property(file)},line={line},col={column}" if file else ""
        yield f"::error{place}::{_data(message)}"


def pending(plan: Plan) -> Iterator[str]:
    """What a check found, for the same forge: one command an intent, since it shows the first few only."""
    found: dict[Origin | None, list[str]] = {}
    for change in plan.changes:
        line = f"{SIGNS[change.action]} {change.subject.kind} {change.subject.key}"
        found.setdefault(change.subject.intent, []).append(line)
    for intent, lines in found.items():
        place = f" file={_property(_relative(intent.file))},line={intent.line}" if intent else ""
        wanted = "not as this intent says" if intent else "here, and no intent asks for it"
        text = "\n".join([f"{plan.node}: {wanted}", *lines])
        yield f"::error{place}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def code_quality(faults: Iterable[str]) -> Iterator[str]:
    """A report for GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""
    yield json.dumps([_issue(fault) for fault in faults], indent=2)


def _issue(fault: str) -> dict[str, object]:
    message, file, line, _ = remark(fault)
    return {
        "description": message,
        "check_name": "reconcile-validate",
        "fingerprint": sha256(fault.encode(errors="surrogatepass")).hexdigest(),
        "severity": "blocker",
        "location": {"path": file or ".", "lines": {"begin": line}},
    }


FORGES: Mapping[str, Callable[[Iterable[str]], Iterator[str]]] = {"github": github, "codequality": code_quality}
"""By the value of --output."""
