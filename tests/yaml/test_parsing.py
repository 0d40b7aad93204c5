"""A large folder says the same, whoever parses it, and no process is left behind."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import active_children
from operator import itemgetter
from pathlib import Path

import pytest

from reconciler.errors import IntentError
from reconciler.intents import load
from reconciler.yaml import parsing
from reconciler.yaml.parsing import Helper, Parsed, Parsing, parse, processors

NODE = "kind: Node\nname: n\nbridge: br-int\ngateway: {interface: gw0}\naddresses: [172.30.0.1]\npodCIDRs: []\n"
ASKING = """
import time
from reconciler.yaml import parsing
parsing.AHEAD = 4096
helper = parsing.Helper(["a: 1\\n---\\n" * 10000] * 3, range(3))
print(helper._process.pid, flush=True)
time.sleep(60)
"""
GOOD = ["a: 1\n", "b: [2, x]\n---\nc: {d: ~}\n", "", "e: é\n"]
MANY = [text for text in GOOD for _ in range(2000)]


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(parsing, "LARGE", 0)
    monkeypatch.setattr(parsing, "AHEAD", 4096)
    monkeypatch.setattr(parsing, "processors", lambda: 3)
    yield
    assert active_children() == []


def write(folder: Path, services: int, more: str = "") -> Path:
    folder.mkdir()
    (folder / "node.yaml").write_text(NODE)
    for number in range(services):
        text = f"kind: Service\nname: s{number}\nclusterIPs: [10.96.0.{number}]\nports: [{{port: 80}}]\n{more}"
        (folder / f"{number}.yaml").write_text(text)
    return folder


def parse_all(texts: Sequence[str]) -> list[Parsed]:
    with Parsing(texts) as parsed:
        return in_order(parsed)


def in_order(parsed: Iterable[tuple[int, Parsed]]) -> list[Parsed]:
    told = sorted(parsed, key=itemgetter(0))
    assert [index for index, _ in told] == list(range(len(told)))
    return [each for _, each in told]


def test_it_says_what_one_process_would() -> None:
    assert parse_all(GOOD) == [parse(text) for text in GOOD]


def test_a_folder_is_what_it_is_for_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "intents", 20)
    found = load(folder)
    monkeypatch.setattr(parsing, "processors", lambda: 1)
    assert load(folder) == found
    assert len(found.services) == 20


def test_faults_are_told_as_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "intents", 20, more="endpoints: [{ip: 10.0.0.1, weigth: 3}]\nwrong: *alias\n")
    with pytest.raises(IntentError) as many:
        load(folder)
    monkeypatch.setattr(parsing, "processors", lambda: 1)
    with pytest.raises(IntentError) as one:
        load(folder)
    assert many.value.faults == one.value.faults
    assert len(one.value.faults) == 20


@pytest.mark.parametrize("wanted", [0, 7, 8])
def test_a_helper_tells_what_it_has_parsed_and_what_it_is_at(wanted: int) -> None:
    helper = Helper(MANY, range(8))
    told = dict(helper.told(0))
    while len(told) < wanted:
        told |= helper.told(len(told))
    assert told == {index: parse(MANY[index]) for index in range(len(told))}
    assert len(told) > 0
    helper.end()


@pytest.mark.parametrize("processes", [1, 2, 3, 9])
def test_each_text_is_told_once(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "processors", lambda: processes)
    for texts in ([], GOOD[:1], GOOD, [f"a: {number}\n" for number in range(300)]):
        assert parse_all(texts) == [parse(text) for text in texts]


def test_what_a_helper_is_at_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    parsed_here: list[str] = []

    def slow(text: str) -> Parsed:
        if os.getpid() == here:
            parsed_here.append(text)
        else:
            time.sleep(0.5)
        return parse(text)

    monkeypatch.setattr(parsing, "parse", slow)
    assert parse_all(GOOD[:2]) == [parse(text) for text in GOOD[:2]]
    assert parsed_here == GOOD[:1]


@pytest.mark.parametrize("answering", [False, True])
def test_what_a_helper_that_was_killed_leaves_is_parsed_here(
    *, answering: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    helpers: list[Helper] = []

    def made(texts: Sequence[str], indexes: Sequence[int]) -> Helper:
        helpers.append(Helper(texts, indexes))
        return helpers[-1]

    monkeypatch.setattr(parsing, "Helper", made)
    with Parsing(MANY) as parsed:
        for helper in helpers:
            if answering:
                assert helper._answers.poll(20)
                time.sleep(0.2)  # until the pipe is full: the answers are more
            os.kill(helper._process.pid or 0, signal.SIGKILL)
        assert in_order(parsed) == [parse(text) for text in MANY]


def test_where_there_may_be_no_more_processes_it_is_parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refused)
    assert parse_all(GOOD) == [parse(text) for text in GOOD]


def test_who_asks_no_further_leaves_no_process() -> None:
    with Parsing(MANY) as parsed:
        next(iter(parsed))
        assert active_children(), "what they say is more than a pipe holds"


def test_a_helper_ends_after_who_asked_was_killed() -> None:
    with subprocess.Popen((sys.executable, "-c", ASKING), stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout
        helper = Path("/proc", asking.stdout.readline().strip(), "stat")
        asking.kill()
    deadline = time.monotonic() + 20
    while runs(helper):
        assert time.monotonic() < deadline, "still there"
        time.sleep(0.01)


def runs(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_beside_other_threads_there_is_one_process() -> None:
    done = threading.Event()
    waiting, timer = threading.Thread(target=done.wait), threading.Timer(60, done.set)
    before = processors()
    timer.start()
    assert processors() == before, "a timer touches nothing"
    waiting.start()
    assert processors() == 1
    timer.cancel()
    done.set()
    for thread in (waiting, timer):
        thread.join()
