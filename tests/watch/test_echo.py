from reconciler.diff import Change
from reconciler.resources import Entry, Flow, Group
from reconciler.system.openflow_events import Connected, FlowChanged, GroupChanged
from reconciler.watch.echo import Echo

FLOW, GROUP = Flow(20, 200, "tcp", "drop"), Group(0x52000001, "type=all")
MADE = (Change(GROUP, None), Change(FLOW, None), Change(Entry("0x520-svc4", "10.96.0.1,tcp:80"), None))
TOLD = FlowChanged(20, 200, 0x520)


def test_what_we_changed_ourselves_is_taken_once() -> None:
    echo = Echo()
    echo.expect(MADE)
    assert echo.takes(TOLD)
    assert echo.takes(GroupChanged(0x52000001))
    assert not echo.takes(TOLD), "somebody else's at the same place"
    assert not echo.takes(GroupChanged(0x52000001))


def test_nobody_else_s_is_ever_taken() -> None:
    echo = Echo()
    echo.expect(MADE)
    for other in (FlowChanged(20, 200, 7), FlowChanged(20, 201, 0x520), FlowChanged(None, 0, 0), Connected()):
        assert not echo.takes(other)
    assert not echo.takes(GroupChanged(0xFFFFFFFC))


def test_it_waits_until_all_is_told() -> None:
    echo = Echo()
    assert echo.due == float("inf")
    echo.expect(MADE)
    assert echo.takes(TOLD)
    assert echo.due < float("inf")
    assert echo.takes(GroupChanged(0x52000001))
    assert echo.due == float("inf")


def test_a_doubt_makes_everything_news() -> None:
    echo = Echo()
    echo.expect(MADE)
    echo.forget()
    assert not echo.takes(TOLD)
    assert echo.due == float("inf")


def test_sets_and_routes_are_told_by_no_bridge() -> None:
    echo = Echo()
    echo.expect(MADE[2:])
    assert echo.due == float("inf")
