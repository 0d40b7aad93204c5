import pytest

from reconciler.system.kernel_events import Changed
from reconciler.system.openflow_events import Connected, FlowChanged, GroupChanged, Happening
from reconciler.watch.interest import interest
from tests.declared import desired, service

OURS = interest(desired(service("web", ["10.96.0.1"], ["10.10.1.2"])).values(), ["169.254.0.253"])
ANTREAS = 0x2000000000000


@pytest.mark.parametrize(
    ("happening", "concerns"),
    [
        (Connected(), True),
        (FlowChanged(20, 200, 0x520), True),
        (FlowChanged(99, 1, 0x520), True),
        (FlowChanged(20, 200, ANTREAS), True),
        (FlowChanged(20, 199, ANTREAS), False),
        (FlowChanged(None, 0, 0), True),
        (GroupChanged(0x52000001), True),
        (GroupChanged(0xFFFFFFFC), True),
        (GroupChanged(7), False),
    ],
    ids=[
        "back again",
        "ours",
        "ours elsewhere",
        "taken over",
        "theirs",
        "lost",
        "our group",
        "all groups",
        "theirs too",
    ],
)
def test_what_happens_on_the_bridge(happening: Happening, *, concerns: bool) -> None:
    assert OURS.in_switch(happening) is concerns


@pytest.mark.parametrize(
    ("changed", "concerns"),
    [
        (Changed("route", "", 1312), True),
        (Changed("route", "192.0.2.0", 1312), True),
        (Changed("route", "169.254.0.253", 254), True),
        (Changed("route", "192.0.2.0", 254), False),
        (Changed("neighbour", "169.254.0.253"), True),
        (Changed("neighbour", "192.0.2.1"), False),
        (Changed("rule"), True),
        (Changed("link"), True),
        (Changed("lost"), True),
    ],
)
def test_what_changes_in_the_kernel(changed: Changed, *, concerns: bool) -> None:
    assert OURS.in_kernel(changed) is concerns
