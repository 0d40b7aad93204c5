"""What a probe found: the rows, the verdict, and how they read in a terminal, a CI log and as JSON. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.sandbox import names
from reconciler.sandbox.targets import Target

HEADINGS = ("CLIENT", "SERVICE", "VIP", "PROTOCOL", "OK", "ANSWERED BY")


@dataclass(frozen=True, slots=True)
class Probe:
    """One row of the table."""

    client: str
    """`NODE`, `NODE/client`, or `NODE/ip` for a pod that is an endpoint of the service itself."""
    service: str
    vip: str
    port: int
    protocol: str
    answered_by: tuple[str, ...]
    """Identities, sorted, each once. Empty for a service without endpoints, which is refused, and for a skipped row."""
    ok: bool
    error: str
    """What went wrong with how many of the attempts, or why the row is skipped."""


def verdict(target: Target, outcomes: Sequence[str | OSError]) -> Probe:
    """What the outcomes of the attempts at a target, an identity or an error each, come to."""
    answers = {outcome for outcome in outcomes if isinstance(outcome, str)}
    wrong = Counter(complaint for outcome in outcomes if (complaint := _complaint(target, outcome)))
    error = "; ".join(f"{count} of {len(outcomes)}: {what}" for what, count in wrong.items())
    return row(target, tuple(sorted(answers)), error, ok=not wrong)


def row(target: Target, answered_by: tuple[str, ...], error: str, *, ok: bool) -> Probe:
    """The row of a target."""
    of = target
    return Probe(of.client.name, of.service, of.vip, of.port, of.protocol, answered_by, ok, error)


def all_ok(probes: Sequence[Probe]) -> bool:
    """Whether every row is as it should be, and there is one."""
    return bool(probes) and all(probe.ok for probe in probes)


def render_text(probes: Sequence[Probe]) -> str:
    """The table, and a last line that counts; no newline at its end."""
    rows = [HEADINGS, *map(_cells, probes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]
    good = sum(probe.ok for probe in probes)
    return "\n".join([*lines, f"{good} of {len(probes)} ok"])


def render_json(probes: Sequence[Probe]) -> str:
    """One object, `{"ok": bool, "probes": [...]}`.

    A probe is `{"client", "service", "vip", "port", "protocol", "answeredBy": [...], "ok": bool, "error"}`; the port is
    a number, everything else text.
    """
    return json.dumps({"ok": all_ok(probes), "probes": [dict(_fields(probe)) for probe in probes]}, indent=2)


def _complaint(target: Target, outcome: str | OSError) -> str:
    match outcome:
        case str():
            return "" if outcome in target.expected else f"{outcome} answered, which takes no part in the service"
        # A node's own UDP that its kernel rejects is refused with EPERM at the sending, before any ICMP error.
        case ConnectionRefusedError() | PermissionError():
            return "refused" if target.expected else ""
        case TimeoutError():
            return "no answer in time" if target.expected else "not refused at once"
        case _:
            return outcome.strerror or str(outcome)


def _cells(probe: Probe) -> tuple[str, ...]:
    answered = ", ".join(probe.answered_by)
    said = "; ".join(filter(None, [answered, probe.error])) or "refused"
    vip = names.socket(probe.vip, probe.port)
    return probe.client, probe.service, vip, probe.protocol, "ok" if probe.ok else "FAIL", said


def _fields(probe: Probe) -> Iterator[tuple[str, object]]:
    yield from {"client": probe.client, "service": probe.service, "vip": probe.vip, "port": probe.port}.items()
    yield from {"protocol": probe.protocol, "answeredBy": list(probe.answered_by)}.items()
    yield from {"ok": probe.ok, "error": probe.error}.items()
