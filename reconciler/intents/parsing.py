"""Many files parsed by as many processes as there are processors, where there is enough to parse."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, groupby
from operator import itemgetter
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING

from reconciler.intents.documents import Reading, read
from reconciler.intents.pieces import pieces

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LARGE = 1 << 20
"""Characters: parsed in half a second, ten times as long as another process takes to begin."""

Parsed = dict[str, Reading]
"""What each piece of a file says."""


def parse_all(texts: Sequence[str]) -> Iterator[Parsed]:
    """Each text, in their order."""
    own, *others = shares(texts, processors() if sum(map(len, texts)) > LARGE else 1)
    helpers = [Helper(share) for share in others]
    try:
        yield from map(parse, own)
        for helper in helpers:
            yield from helper.parsed()
    finally:
        for helper in helpers:
            helper.end()


def parse(text: str) -> Parsed:
    """One text."""
    return {piece: read(piece) for piece in pieces(text)}


def shares(texts: Sequence[str], number: int) -> list[list[str]]:
    """The texts in runs of about the same length, of which there are so many, or fewer."""
    ends = list(accumulate(map(len, texts)))
    numbered = [(max(end - 1, 0) * number // (ends[-1] or 1), text) for end, text in zip(ends, texts, strict=True)]
    return [[text for _, text in run] for _, run in groupby(numbered, itemgetter(0))] or [[]]


def processors() -> int:
    """How many processes may parse: one alone where a copy of this one would lack threads, other than a timer."""
    lacking = set(threading.enumerate()) - {threading.current_thread()}
    if sys.platform != "linux" or not all(isinstance(thread, threading.Timer) for thread in lacking):
        return 1
    return len(os.sched_getaffinity(0))


class Helper:
    """A process that parses some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        from multiprocessing import get_context  # noqa: PLC0415  (nobody with a small folder needs it)

        context = get_context("fork")
        self._texts = texts
        self._answers, answer = context.Pipe(duplex=False)
        self._process = context.Process(target=_help, args=(texts, self._answers, answer), daemon=True)
        with suppress(OSError):  # where there may be no more processes
            self._process.start()
        answer.close()

    def parsed(self) -> list[Parsed]:
        """Its texts, once it is done; this process parses them itself when the other was ended, or never began."""
        try:
            answer: list[Parsed] = self._answers.recv()
        except (EOFError, OSError):
            return [parse(text) for text in self._texts]
        return answer

    def end(self) -> None:
        """Leave no process behind."""
        if self._process.pid:
            self._process.kill()
            self._process.join()


def _help(
    texts: Sequence[str], answers: "Connection[None, list[Parsed]]", answer: "Connection[list[Parsed], None]"
) -> None:
    signal(SIGINT, SIG_IGN)  # a terminal interrupts both, and it is the other's to say so
    answers.close()
    with suppress(OSError):  # when the other has gone
        answer.send([parse(text) for text in texts])
