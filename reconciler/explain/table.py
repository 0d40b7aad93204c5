"""Many paths as a table: a row for each, those that are not whole first."""

from collections.abc import Iterator, Sequence

from reconciler.explain.sockets import socket
from reconciler.explain.text import COLOURS, RESET, short, summary
from reconciler.explain.values import Explanation, Path

HEADER = ("SERVICE", "VIP", "FROM", "ENDPOINTS", "PATH")


def as_table(explanation: Explanation, *, colour: bool) -> Iterator[str]:
    """A header, the rows, and a last line that says how it stands."""
    paths = sorted(explanation.paths, key=lambda path: path.whole)
    rows = [HEADER, *(_row(path) for path in paths)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER) - 1)]
    yield _line(HEADER, widths)
    for path, row in zip(paths, rows[1:], strict=True):
        line = _line(row, widths)
        verdict = path.broken.evidence.verdict if path.broken else "missing"
        yield line if path.whole or not colour else f"{COLOURS[verdict]}{line}{RESET}"
    yield summary(explanation)


def _row(path: Path) -> tuple[str, ...]:
    vip = f"{socket(path.vip, path.port)}/{path.protocol}"
    return path.service, vip, f"{path.client.kind} {path.client.name}", str(len(path.ways)), short(path)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]])
