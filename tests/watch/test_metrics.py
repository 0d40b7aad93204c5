import math
from collections.abc import Mapping

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strictly_parsed

from reconciler.errors import ApplyError
from reconciler.system.process import Figures
from reconciler.watch import status as statuses
from reconciler.watch.exposition import Family, Sample, as_text, number
from reconciler.watch.metrics import BUCKETS, RESULTS, Histogram, Tally, after, render
from reconciler.watch.report import Report, Result
from reconciler.watch.status import Status

FIGURES = Figures(1.5, 4096, 7)
Values = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def values(text: str) -> Values:
    """The samples, by a parser that refuses what OpenMetrics does; there a counter's family has no `_total`."""
    lines = [line.replace("_total ", " ") if line.startswith("#") else line for line in text.splitlines()]
    families = list(strictly_parsed("\n".join([*lines, "# EOF", ""])))  # type: ignore[no-untyped-call]
    assert all(family.documentation for family in families)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(told: Values, name: str, **labels: str) -> float:
    return told[name, frozenset(labels.items())]


def told(*reports: Report, status: Status | None = None) -> Values:
    tally, status = Tally(), status or Status("worker-1", started=10.0)
    for report in reports:
        tally, status = after(tally, report), statuses.after(status, report, ())
    return values(render(status, tally, FIGURES))


def report(result: Result = "in sync", **fields: object) -> Report:
    return Report(100.0, 0.2, frozenset({"audit"}), result, **fields)  # type: ignore[arg-type]


def test_before_the_first_pass_every_series_is_there_and_zero() -> None:
    before = told()
    assert {name for name, _ in before} == {name for name, _ in told(report("applied", reaction=1.0))}
    counters = [number for (name, _), number in before.items() if name.startswith("reconcile_") and "_total" in name]
    assert counters
    assert not any(counters)


@pytest.mark.parametrize("result", RESULTS)
def test_a_pass_is_counted_by_its_result(result: Result) -> None:
    counted = told(report(result), report(result), report("applied"))
    assert value(counted, "reconcile_syncs_total", result=result.replace(" ", "_")) == 2 + (result == "applied")
    assert value(counted, "reconcile_sync_duration_seconds_count") == 3
    assert value(counted, "reconcile_sync_duration_seconds_sum") == pytest.approx(0.6)


def test_changes_and_repairs() -> None:
    repaired = report("repaired", changes={("flow", "create"): 2}, repaired=("flow a", "flow b"))
    counted = told(repaired, report("applied", changes={("flow", "create"): 1, ("entry", "delete"): 4}))
    assert value(counted, "reconcile_changes_total", kind="flow", action="create") == 3
    assert value(counted, "reconcile_changes_total", kind="entry", action="delete") == 4
    assert value(counted, "reconcile_drift_repaired_total", kind="flow") == 2
    assert value(counted, "reconcile_drift_repaired_total", kind="entry") == 0


def test_a_failed_pass_is_counted_by_its_kind_and_leaves_the_last_good_time() -> None:
    failed = Report(200.0, 0.1, frozenset(), "failed", errors=("x",), failure=ApplyError.kind())
    counted = told(report(), failed)
    assert value(counted, "reconcile_errors_total", error="apply") == 1
    assert value(counted, "reconcile_sync_last_timestamp_seconds") == 100


def test_only_a_pass_that_applied_an_edit_tells_how_long_that_took() -> None:
    counted = told(report(), report("applied", reaction=0.3), report("repaired"))
    assert value(counted, "reconcile_network_programming_duration_seconds_count") == 1
    assert value(counted, "reconcile_network_programming_duration_seconds_bucket", le="0.5") == 1


def test_what_the_status_has() -> None:
    status = Status(
        "worker-1",
        revision='odd "\\\nrevision',
        contested=("flow a",),
        services=3,
        endpoints=9,
        unserved={"shop/web": "no"},
    )
    counted = told(status=status)
    assert value(counted, "reconcile_intents_info", revision='odd "\\\nrevision') == 1
    names = ("contested_objects", "services", "endpoints", "services_unserved")
    assert [value(counted, f"reconcile_{name}") for name in names] == [1, 3, 9, 1]


def test_a_system_without_proc_leaves_out_what_it_cannot_tell() -> None:
    text = render(Status("worker-1"), Tally(), Figures(1.0, None, None))
    assert "process_cpu_seconds_total 1\n" in text
    assert "process_resident" not in text
    assert "process_open_fds" not in text


def test_a_bucket_holds_its_bound_and_all_below() -> None:
    histogram = Histogram().plus(BUCKETS[0]).plus(BUCKETS[-1] + 1).plus(0.0)
    buckets = [sample.value for sample in histogram.samples() if sample.suffix == "_bucket"]
    assert buckets == [2] * len(BUCKETS) + [3]


def test_the_text() -> None:
    family = Family("a", "gauge", "back\\slash\nline", [Sample(1.5), Sample(math.inf, {"b": 'c"\\\n', "d": "é"})])
    assert as_text([family]) == (
        '# HELP a back\\\\slash\\nline\n# TYPE a gauge\na 1.5\na{b="c\\"\\\\\\n",d="é"} +Inf\n'
    )


@pytest.mark.parametrize(("given", "written"), [(0, "0"), (2.0, "2"), (0.25, "0.25"), (-math.inf, "-Inf")])
def test_numbers(given: float, written: str) -> None:
    assert number(given) == written
