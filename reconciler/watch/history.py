"""What was applied before: the last few contents of the intents' folder, each a folder of its own that people can read.

STATE/applied/0007-3f2a9c11/…        the files, as they were
STATE/applied/0007-3f2a9c11.json     its digest, revision and time; written last: without it the folder is no state
STATE/bad.json                       digests that were not confirmed or were rolled back, with the reason
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.intents.readings import FileReading
from reconciler.system.whole_file import write

KEPT = 5
"""Applied states that are kept."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One state that was applied."""

    number: int
    digest: str
    revision: str
    at: float
    """Seconds since the epoch."""
    folder: Path
    """The intents as they were."""


class History:
    """The applied states and the bad digests of one state folder."""

    def __init__(self, state: Path) -> None:
        self._applied, self._bad = state / "applied", state / "bad.json"
        self._kept: Mapping[str, FileReading] = {}
        self._kept_in = state
        """What this process kept last, and in which folder."""

    def applied(self) -> list[Applied]:
        """The states that are whole, the oldest first."""
        found = (_read(path) for path in self._applied.glob("[0-9]*.json"))
        return sorted((each for each in found if each and each.folder.is_dir()), key=lambda each: each.number)

    def good(self, but: str = "") -> Applied | None:
        """The newest state that is not bad, nor of one other digest."""
        bad = {*self.bad(), but}
        return next((each for each in reversed(self.applied()) if each.digest not in bad), None)

    def bad(self) -> Mapping[str, str]:
        """The reason of every digest that must not be applied again."""
        try:
            return dict(json.loads(self._bad.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def keep(self, files: Mapping[str, FileReading], digest: str, revision: str, at: float) -> None:
        """Remember a state that was applied, unless it is the newest; the oldest ones go."""
        applied = self.applied()
        if applied and applied[-1].digest == digest:
            return
        number = applied[-1].number + 1 if applied else 1
        name = f"{number:04}-{digest[:8]}"
        self._write_files(self._applied / name, files)
        about = {"number": number, "digest": digest, "revision": revision, "at": at}
        write(self._applied / f"{name}.json", json.dumps(about, indent=2) + "\n", synced=True)
        _forget(self._applied, [each.folder for each in applied[: max(0, len(applied) + 1 - KEPT)]])

    def _write_files(self, folder: Path, files: Mapping[str, FileReading]) -> None:
        """A copy of every file; of one that has not changed since the state before, one more name for that copy."""
        shutil.rmtree(folder, ignore_errors=True)
        for name, reading in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if self._kept.get(name) is not reading or not _link(self._kept_in / name, path):
                path.write_text(reading.text, encoding="utf-8")
        self._kept, self._kept_in = files, folder

    def mark_bad(self, digest: str, reason: str) -> None:
        """A digest is not to be applied again."""
        write(self._bad, json.dumps({**self.bad(), digest: reason}, indent=2) + "\n", synced=True)


def _read(path: Path) -> Applied | None:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        folder = path.with_suffix("")
        return Applied(int(about["number"]), about["digest"], about["revision"], float(about["at"]), folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _link(old: Path, new: Path) -> bool:
    """Whether the file system lets a file have one more name."""
    try:
        new.hardlink_to(old)
    except OSError:
        return False
    return True


def _forget(applied: Path, folders: Iterable[Path]) -> None:
    for folder in folders:
        (applied / f"{folder.name}.json").unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
