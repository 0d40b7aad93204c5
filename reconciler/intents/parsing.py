"""Many files parsed by as many processes as there are processors, where there is enough to parse."""

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING

from reconciler.intents.documents import Reading, read
from reconciler.intents.pieces import pieces

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LARGE = 1 << 20
"""Characters: parsed in half a second, ten times as long as another process takes to begin."""

Parsed = list[Reading]
"""What a text says, piece by piece."""
AHEAD = 1 << 20
"""Bytes that a helper may be ahead of who asks; the most that a pipe holds by everybody's leave."""


def parse_all(texts: Sequence[str]) -> Iterator[tuple[int, Parsed]]:
    """Each text once, by its index and in no order.

    This process begins with the first and helpers with the last; what they have told is given out before another is
    parsed here, so that all of them are busy to the end.
    """
    number = min(processors(), len(texts)) - 1 if sum(map(len, texts)) > LARGE else 0
    last = len(texts) - 1
    helpers = [Helper(texts, range(last - one, 0, -number)) for one in range(number)]
    told: set[int] = set()
    try:
        for index, text in enumerate(texts):
            for helper in helpers:
                for other, parsed in helper.told(index):
                    if other >= index:
                        told.add(other)
                        yield other, parsed
            if index not in told:
                yield index, parse(text)
    finally:
        for helper in helpers:
            helper.end()


def parse(text: str) -> Parsed:
    """One text."""
    return [read(piece) for piece in pieces(text)]


def processors() -> int:
    """How many processes may parse: one alone where a copy of this one would lack threads, other than a timer."""
    lacking = set(threading.enumerate()) - {threading.current_thread()}
    if sys.platform != "linux" or not all(isinstance(thread, threading.Timer) for thread in lacking):
        return 1
    return len(os.sched_getaffinity(0))


class Helper:
    """A process that parses some of the texts, one after another."""

    def __init__(self, texts: Sequence[str], indexes: Sequence[int]) -> None:
        from multiprocessing import get_context  # noqa: PLC0415  (nobody with a small folder needs it)

        context = get_context("fork")
        self._untold = deque(indexes)
        self._answers, answer = context.Pipe(duplex=False)
        with suppress(OSError):
            fcntl(answer.fileno(), F_SETPIPE_SZ, AHEAD)
        arguments = texts, indexes, self._answers, answer
        self._process = context.Process(target=_help, args=arguments, daemon=True)
        with suppress(OSError):  # where there may be no more processes
            self._process.start()
        answer.close()

    def told(self, wanted: int) -> Iterator[tuple[int, Parsed]]:
        """What it has parsed by now, each with its index, and the wanted one if that is what it is at.

        Nothing more once the process was ended, or when it never began.
        """
        try:
            while self._untold and (self._untold[0] == wanted or self._answers.poll()):
                answer: Parsed = self._answers.recv()
                yield self._untold.popleft(), answer
        except (EOFError, OSError):
            self._untold.clear()

    def end(self) -> None:
        """Leave no process behind."""
        if self._process.pid:
            self._process.kill()
            self._process.join()


def _help(
    texts: Sequence[str],
    indexes: Iterable[int],
    answers: "Connection[None, Parsed]",
    answer: "Connection[Parsed, None]",
) -> None:
    signal(SIGINT, SIG_IGN)  # a terminal interrupts both, and it is the other's to say so
    answers.close()
    with suppress(OSError):  # when the other has gone
        for index in indexes:
            answer.send(parse(texts[index]))
