"""What a changed service costs everybody who follows a git repository of intents."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import cluster
from bench.timing import timed

IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
QUIET = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")


@dataclass(frozen=True, slots=True)
class Fetch:
    """One layout of a repository."""

    files: int
    clone: float
    """MiB of a clone without history."""
    transfer: int
    """Bytes of the pack that a fetch of the next commit gets."""
    seconds: float
    """From the fetch until the work tree is at the new commit."""


def fetch(place: Path, services: int, a_file: int) -> Fetch:
    """A repository with so many services a file, in which one endpoint of one service changes."""
    origin, copy = place / "origin", place / "copy"
    cluster.write(origin, services, a_file)
    git(origin, "init", "-q", "-b", "main")
    commit(origin)
    git(place, "clone", "-q", "--depth", "1", f"file://{origin}", str(copy))
    size = sum(path.stat().st_size for path in (copy / ".git").rglob("*.pack"))
    changed = cluster.file_of(origin, services // 2, a_file)
    text = changed.read_text()
    changed.write_text(text.replace(cluster.endpoint(services // 2 * cluster.ENDPOINTS), "10.99.0.1", 1))
    commit(origin)
    pack = git(origin, "pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=b"main\n^main~1\n")

    def follow() -> None:
        git(copy, "fetch", "-q", "--depth", "1", "origin", "main")
        git(copy, "checkout", "-q", "--detach", "FETCH_HEAD")

    files = sum(len(names) for _, _, names in os.walk(origin / "services"))
    return Fetch(files, size / 2**20, len(pack), timed(follow))


def commit(folder: Path) -> None:
    """Everything as it is."""
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "state")


def git(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    """What git printed."""
    argv = ("git", "-C", str(folder), *IDENTITY, *QUIET, *words)
    return subprocess.run(argv, check=True, input=stdin, capture_output=True).stdout
