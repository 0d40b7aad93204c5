"""git, shown the objects and references of a repository and nothing else of it.

A repository's configuration, hooks and attributes can name programs that git then runs. So git works in a repository
of our own, which is made for the occasion: its configuration is ours, it has no hooks and no work tree, and only
objects and references are lent to it. To read those runs nothing, whosever they are.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.errors import NodeError
from reconciler.system.commands import located
from reconciler.system.git.repository import Repository, beginning, first_line
from reconciler.system.git.tree import Entry

PATIENCE = 60.0
"""Seconds for one answer: a commit may have ten thousand files."""
LENT = ("refs", "packed-refs", "reftable", "logs", "shallow")
"""What git finds the names of commits in, and where a shallow clone ends."""
FORMAT = re.compile(r"^\s*(objectformat\s*=\s*sha256|refstorage\s*=\s*reftable)\s*$", re.IGNORECASE | re.MULTILINE)
"""What git has to know of the files of a repository to read them; all else of a configuration is left out."""
A_CONFIGURATION = 1 << 16
"""The most bytes of a configuration that are looked at; git writes these lines first."""
OURS = """\
[core]
repositoryformatversion = 1
bare = true
[extensions]
"""
NOBODYS = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


class Git:
    """git in a folder that is a repository of ours."""

    def __init__(self, repository: Repository, place: Path, patience: float) -> None:
        self._place, self._patience = place, patience
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        objects = str(repository.common / "objects")
        self._env = {**inherited, **NOBODYS, "GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": objects}

    def commit(self, name: str, folder: Path) -> str:
        """The commit that a revision names in the repository of a folder. Raises NodeError."""
        words = ("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        wrong = f"{name!r} is no revision of the repository of {folder}"
        right = "give one like HEAD~1, a branch or a tag, and fetch it where the clone is shallow"
        return self._read(*words, wrong=wrong, right=right).decode().strip()

    def entries(self, commit: str, prefix: str = "") -> list[Entry]:
        """Everything but folders in the tree of a commit, or in one folder of it. Raises NodeError."""
        below = (f":(literal,top){prefix}",) if prefix else ()
        words = ("ls-tree", "-r", "-z", "--full-tree", commit, "--", *below)
        listed = os.fsdecode(self._read(*words, wrong=f"the files of {commit} cannot be listed"))
        return [Entry.of(line) for line in listed.split("\0")[:-1]]

    def contents(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        """What each of some files, or links, holds. Raises NodeError."""
        wanted = list(entries)
        asked = "".join(f"{entry.id}\n" for entry in wanted).encode()
        answer, at = self._read("cat-file", "--batch", wrong="files cannot be read from git", stdin=asked), 0
        for entry in wanted:
            header, _, _ = answer[at : at + 200].partition(b"\n")
            if header.endswith(b" missing"):
                raise NodeError(f"{entry.path}: its content is not in this clone, which is partial: fetch it first")
            start, size = at + len(header) + 1, int(header.rpartition(b" ")[2])
            yield answer[start : start + size]
            at = start + size + 1

    def _read(self, *words: str, wrong: str, right: str = "", stdin: bytes = b"") -> bytes:
        """Standard output; NodeError with what is wrong, git's own words, and what would be right."""
        try:
            done = self._run(words, stdin)
        except FileNotFoundError:
            raise NodeError("git is not installed: install the package git") from None
        except OSError as error:
            raise NodeError(f"{wrong} (git cannot be run: {error.strerror})") from None
        except subprocess.TimeoutExpired:
            raise NodeError(f"{wrong} (git did not answer within {self._patience:g} s)") from None
        if done.returncode:
            said = "; ".join(done.stderr.decode(errors="replace").split("\n")).strip("; ").removeprefix("fatal: ")
            raise NodeError(f"{wrong} (git: {said})" + (f": {right}" if right else ""))
        return done.stdout

    def _run(self, words: Sequence[str], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", *words],
            executable=located("git"),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=self._patience,
            cwd=self._place,
            env=self._env,
        )


@contextmanager
def opened(repository: Repository, patience: float = PATIENCE) -> Iterator[Git]:
    """Lend the objects and references of a repository to git, for as long as the block lasts. Raises NodeError."""
    with _scratch() as name:
        place = Path(name)
        try:
            _furnish(place, repository)
        except OSError as error:
            raise NodeError(f"{repository.common} cannot be read: {error.strerror}") from None
        yield Git(repository, place, patience)


def _scratch() -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="reconcile-", ignore_cleanup_errors=True)
    except OSError as error:
        raise NodeError(f"no temporary folder can be made: {error.strerror}: name one by TMPDIR") from None


def _furnish(place: Path, repository: Repository) -> None:
    for name in LENT:
        _lend(repository.common / name, place / name)
    (place / "HEAD").write_bytes(os.fsencode(first_line(repository.own / "HEAD") + "\n"))
    theirs = beginning(repository.common / "config", A_CONFIGURATION)
    (place / "config").write_text(configuration(theirs), encoding="utf-8")


def configuration(theirs: str) -> str:
    """Our configuration for reading a repository that has this one."""
    return OURS + "".join(f"{found}\n" for found in FORMAT.findall(theirs))


def _lend(theirs: Path, ours: Path) -> None:
    """A link, or a copy where Windows lets us make no link."""
    if not theirs.exists():
        return
    try:
        ours.symlink_to(theirs.absolute(), target_is_directory=theirs.is_dir())
    except OSError:
        (shutil.copytree if theirs.is_dir() else shutil.copyfile)(theirs, ours)
