from dataclasses import dataclass, field, replace
from time import monotonic

from reconciler.watch.metrics import Tally
from reconciler.watch.pages import LATE, health, pages, readiness
from reconciler.watch.status import Status

STARTED = Status("worker-1")
WELL = replace(STARTED, passes=1, in_sync_since=1.0)


@dataclass
class Loop:
    status: Status = STARTED
    tally: Tally = field(default_factory=Tally)
    turned: float = field(default_factory=monotonic)


def test_a_loop_that_turns_is_healthy_also_while_passes_fail() -> None:
    loop = Loop(replace(STARTED, errors=("Open vSwitch is not running",)))
    assert pages(loop)["/healthz"]().code == 200


def test_a_loop_that_hangs_is_not() -> None:
    page = health(LATE + 1)
    assert page.code == 503
    assert page.text == "the last turn began 121 s ago: the loop hangs: see its log, and restart it\n"


def test_ready_after_a_pass_that_went_well() -> None:
    assert (readiness(WELL).code, readiness(WELL).text) == (200, "ready\n")


def test_not_ready_before_the_first_and_why() -> None:
    page = readiness(replace(STARTED, intent_errors=("web.yaml:1:1: no",)))
    assert (page.code, page.text) == (503, "no pass yet\nweb.yaml:1:1: no\n")


def test_not_ready_after_one_that_failed_and_why() -> None:
    page = readiness(replace(WELL, in_sync_since=None, errors=("routes: no", "entries: left out")))
    assert (page.code, page.text) == (503, "routes: no\nentries: left out\n")


def test_faulty_intents_leave_a_node_ready_and_are_told() -> None:
    page = readiness(replace(WELL, intent_errors=("web.yaml:1:1: no",)))
    assert (page.code, page.text) == (200, "ready\nnot applied: web.yaml:1:1: no\n")


def test_the_metrics_are_those_of_the_moment() -> None:
    loop = Loop()
    page = pages(loop)["/metrics"]
    loop.status = replace(STARTED, services=5)
    assert "reconcile_services 5\n" in page().text
    assert page().content_type.startswith("text/plain; version=0.0.4")
