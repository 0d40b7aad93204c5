"""Many files parsed by as many processes as there are processors, where there is enough to parse."""

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING, Self

from reconciler.yaml.documents import Reading, read
from reconciler.yaml.pieces import pieces

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LARGE = 1 << 20
"""Characters: parsed in half a second, ten times as long as another process takes to begin."""

Parsed = list[Reading]
"""What a text says, piece by piece."""
AHEAD = 1 << 20
"""Bytes that a helper may be ahead of who asks; the most that a pipe holds by everybody's leave."""


class Parsing:
    """Some texts, each of which is parsed once; the helpers begin at once, and end with the block.

    This process begins with the first text and the helpers with the last; what they have told is given out before
    another is parsed here, so that all of them are busy to the end.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        number = min(processors(), len(texts)) - 1 if sum(map(len, texts)) > LARGE else 0
        last = len(texts) - 1
        self._texts = texts
        self._helpers = [Helper(texts, range(last - one, 0, -number)) for one in range(number)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for helper in self._helpers:
            helper.end()

    def __iter__(self) -> Iterator[tuple[int, Parsed]]:
        """What each text says, by its index and in no order."""
        told: set[int] = set()
        for index, text in enumerate(self._texts):
            for other, parsed in self._told(index):
                told.add(other)
                yield other, parsed
            if index not in told:
                yield index, parse(text)

    def _told(self, index: int) -> Iterator[tuple[int, Parsed]]:
        """What the helpers have parsed of the texts from this one on."""
        for helper in self._helpers:
            yield from ((other, parsed) for other, parsed in helper.told(index) if other >= index)


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
        # Nobody with a small folder needs them, and Windows has no such files.
        from fcntl import F_SETPIPE_SZ, fcntl
        from multiprocessing import get_context

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
