"""What small changes take in a running loop: from the saved file until the bridge tells of it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import folder
from bench.ears import Ear, hearing, is_flow, is_group
from bench.looping import Loop

Seconds = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who edits a folder of `services` services, the last of them in a file of its own."""

    loop: Loop
    ear: Ear
    intents: Path
    services: int
    endpoints: int

    def change(self, run: int) -> float:
        """One endpoint less, or all of them again, of a service in a file of its own."""
        return self._saved(self.own, folder.service(self.services - 1, self._fewer(run)), is_group)

    def change_shared(self, run: int) -> float:
        """The same of the first service of a file of many."""
        first = self.intents / "services-00000.yaml"
        _, *others = first.read_text().split("---\n")
        return self._saved(first, "---\n".join([folder.service(0, self._fewer(run)), *others]), is_group)

    def add(self, _: int) -> float:
        """One service more."""
        return self._saved(self.extra, folder.service(self.services, self.endpoints), is_flow)

    def remove(self, _: int) -> float:
        """That service less."""
        return self._heard(self.extra.unlink, is_flow)

    @property
    def own(self) -> Path:
        """The file of the last service."""
        return own(self.intents)

    @property
    def extra(self) -> Path:
        """The file of the service that comes and goes."""
        return self.intents / "extra.yaml"

    def _fewer(self, run: int) -> int:
        return self.endpoints - 1 + run % 2

    def _saved(self, path: Path, text: str, wanted: Callable[[object], bool]) -> float:
        return self._heard(lambda: save(path, text), wanted)

    def _heard(self, act: Callable[[], object], wanted: Callable[[object], bool]) -> float:
        self.loop.until_quiet()
        since = len(self.ear.heard)
        act()
        done = time.monotonic()
        return self.ear.nth(1, wanted, since) - done


def own(intents: Path) -> Path:
    """The file of the service that has one to itself."""
    return intents / "own.yaml"


def write(intents: Path, services: int, endpoints: int) -> None:
    """The folder that a hand edits."""
    folder.write(intents, services - 1, endpoints)
    own(intents).write_text(folder.service(services - 1, endpoints))


def changes(loop: Loop, intents: Path, services: int, endpoints: int, runs: int) -> Seconds:
    """Seconds of each kind of change, so often each; the folder is as before in the end, unless `runs` is odd."""
    seconds: Seconds = {name: [] for name in ("change", "change shared", "add", "remove")}
    with hearing(loop.node) as ear:
        hand = Hand(loop, ear, intents, services, endpoints)
        for run in range(runs):
            seconds["change"].append(hand.change(run))
            seconds["change shared"].append(hand.change_shared(run))
            seconds["add"].append(hand.add(run))
            seconds["remove"].append(hand.remove(run))
    return seconds


def save(path: Path, text: str) -> None:
    """Write a file as an editor does: whole, under its name at once."""
    draft = path.with_name(f".{path.name}.swp")
    draft.write_text(text)
    os.replace(draft, path)
