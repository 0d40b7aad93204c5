from threading import Thread

from reconciler.watch.inbox import Inbox


def test_reasons_that_came_before_are_there_at_once() -> None:
    inbox = Inbox()
    inbox.tell("route", "rule")
    inbox.tell("route")
    assert inbox.wait(60) == {"route", "rule"}


def test_nothing_is_told_twice() -> None:
    inbox = Inbox()
    inbox.tell("rule")
    inbox.wait(60)
    assert inbox.wait(0) == frozenset()


def test_a_reason_ends_the_wait() -> None:
    inbox = Inbox()
    thread = Thread(target=inbox.tell, args=("openflow",))
    thread.start()
    assert inbox.wait(60) == {"openflow"}
    thread.join()


def test_a_stream_of_reasons_does_not_hold_up_for_ever() -> None:
    inbox, going = Inbox(), True

    def keep_telling() -> None:
        while going:
            inbox.tell("neighbour")

    thread = Thread(target=keep_telling)
    thread.start()
    try:
        assert inbox.wait(60) == {"neighbour"}
    finally:
        going = False
        thread.join()
