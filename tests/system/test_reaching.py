import math
import socket
from threading import Event
from time import monotonic

import pytest

from reconciler.system.reaching import succeeds, unreached


def test_an_answer_and_a_refusal_are_both_arrivals() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        port, gone = server.getsockname()[1], closed.getsockname()[1]
        closed.close()
        assert unreached([("127.0.0.1", port), ("127.0.0.1", gone)]) == []


def test_where_no_way_leads_nothing_arrives() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = ("255.255.255.255", 80)
        assert unreached([("127.0.0.1", server.getsockname()[1]), nowhere]) == [nowhere]


@pytest.mark.parametrize(
    ("command", "good"), [(["true"], True), (["false"], False), (["no-such-command"], False)], ids=["0", "1", "none"]
)
def test_a_command_is_what_its_exit_code_says(command: list[str], *, good: bool) -> None:
    assert succeeds(command, math.inf, Event()) is good


def test_a_command_is_ended_when_its_time_is_up_or_nobody_waits() -> None:
    over = Event()
    assert succeeds(["sleep", "1000"], monotonic(), over) is False
    over.set()
    assert succeeds(["sleep", "1000"], math.inf, over) is False
