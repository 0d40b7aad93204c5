import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.watch.metrics import Tally, render
from reconciler.watch.status import Status
from tests.deploy.files import DEPLOY
from tests.watch.test_metrics import FIGURES, values

DASHBOARD = json.loads((DEPLOY / "grafana" / "reconcile.json").read_text())
EXPORTED = values(render(Status("worker-1"), Tally(), FIGURES))
NAMES = {name for name, _ in EXPORTED}
LABELS = {label for _, labels in EXPORTED for label, _ in labels} | {"instance", "job"}
"""Ours, and those that Prometheus gives."""
METRIC = re.compile(r"\b(?:reconcile|process)_\w+")


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (variable["definition"] for variable in DASHBOARD["templating"]["list"] if "definition" in variable)


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_uses_what_is_exported(expression: str) -> None:
    used = METRIC.findall(expression)
    assert used
    assert set(used) <= NAMES
    grouped = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")}
    assert grouped | set(re.findall(r"(\w+)=~", expression)) <= LABELS
    assert expression.count("(") == expression.count(")")


def test_no_metric_of_ours_is_forgotten() -> None:
    shown = " ".join(expressions())
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in NAMES if name.startswith("reconcile_")}
    assert [name for name in sorted(families) if name not in shown] == []


def test_panels_have_places_of_their_own() -> None:
    taken = [cell for panel in DASHBOARD["panels"] for cell in cells(panel["gridPos"])]
    assert len(taken) == len(set(taken))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def cells(place: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        yield from ((x, y) for y in range(place["y"], place["y"] + place["h"]))
