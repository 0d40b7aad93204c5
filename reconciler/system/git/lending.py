"""A repository of our own, to which the references of another one are lent."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import NodeError
from reconciler.system.git.repository import ANY, Repository, beginning, first_line

SHARED = ("refs", "packed-refs", "shallow", "reftable", "logs/refs")
"""What names commits for all work trees of a repository, and where a shallow clone ends."""
OWN = ("FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "logs/HEAD")
"""What names commits for one work tree. git takes no link for a log, so these are copied."""
MOST_COPIED = 16 << 20
"""Bytes of one of them."""
A_CONFIGURATION = 1 << 16
"""The most bytes of a configuration that are looked at; git writes how it keeps things at its beginning."""
OURS = """\
[core]
repositoryformatversion = 1
bare = true
commitGraph = false
[extensions]
"""
KEPT = {"objectformat": "sha256", "refstorage": "reftable"}
"""How a repository may keep its objects and references, where that is not as ever."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it)


@contextmanager
def lent(repository: Repository) -> Iterator[Path]:
    """Make the repository, for as long as the block lasts. Raises NodeError."""
    with _scratch() as name:
        place = Path(name)
        try:
            _furnish(place, repository)
        except OSError as error:
            raise NodeError(f"{repository.common} cannot be read: {error.strerror}") from None
        yield place


def _scratch() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="reconcile-", dir=_temporary(), ignore_cleanup_errors=True)
    except OSError as error:
        raise NodeError(f"no temporary folder can be made: {error.strerror}: name one by TMPDIR") from None


def _temporary() -> str:
    """Where temporary folders are made. Python's last choice is the current folder, which may hold intents."""
    chosen = tempfile.gettempdir()
    named = {os.path.abspath(os.environ.get(name, os.sep)) for name in ("TMPDIR", "TEMP", "TMP")}
    by_chance = chosen == os.getcwd() and chosen not in {*named, "/tmp", "/var/tmp", "/usr/tmp"}  # noqa: S108
    return str(IN_MEMORY) if by_chance else chosen


def _furnish(place: Path, repository: Repository) -> None:
    if repository.own != repository.common and (repository.common / "reftable").exists():
        raise NodeError(f"{repository.own} keeps its references in a table of its own, which cannot be read yet")
    (place / "logs").mkdir()
    for name in SHARED:
        _lend(repository.common / name, place / name)
    for name in OWN:
        _copy(repository.own / name, place / name)
    (place / "HEAD").write_bytes((first_line(repository.own / "HEAD") + "\n").encode("utf-8", ANY))
    theirs = beginning(repository.common / "config", A_CONFIGURATION)
    (place / "config").write_text(configuration(theirs), encoding="utf-8")


def configuration(theirs: str) -> str:
    """Our configuration for reading a repository that has this one, of which we copy nothing."""
    settings = {re.sub(r"\s", "", line).lower() for line in theirs.split("\n")}
    return OURS + "".join(f"{name} = {value}\n" for name, value in KEPT.items() if f"{name}={value}" in settings)


def _lend(theirs: Path, ours: Path) -> None:
    """Make a link to a folder or plain file, or a copy where Windows lets us make no link."""
    if theirs.is_symlink() or not (theirs.is_file() or theirs.is_dir()):
        return
    try:
        ours.symlink_to(theirs.absolute(), target_is_directory=theirs.is_dir())
    except OSError:
        (shutil.copytree if theirs.is_dir() else shutil.copyfile)(theirs, ours)


def _copy(theirs: Path, ours: Path) -> None:
    if not theirs.is_symlink() and theirs.is_file() and theirs.stat().st_size <= MOST_COPIED:
        shutil.copyfile(theirs, ours)
