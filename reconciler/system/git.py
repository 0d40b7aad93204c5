"""The commit that a folder is at, and what a folder held at another one.

Only objects are read: no filter, hook or other program that a repository may name is run. So it does not matter whose
it is.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from reconciler.errors import NodeError

PATIENCE = 5
LONG_PATIENCE = 60
"""For the files of a commit, of which there may be ten thousand."""
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
LINK = "120000"
"""Mode of a symbolic link in a tree."""


class Blob(NamedTuple):
    """A file of a tree."""

    mode: str
    id: str
    path: PurePosixPath


def revision(folder: Path) -> str:
    """The commit of the work tree that a folder is in, `-dirty` behind it if files differ; empty without one."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return _named(folder)
    return commit + ("-dirty" if _git(folder, "status", "--porcelain", "--", ".") else "")


def is_checking_out(folder: Path) -> bool:
    """Whether git is at work in the work tree that a folder is in: some of the files may be the old ones still."""
    real = folder.resolve()
    for above in (real, *real.parents):
        marker = above / ".git"
        if marker.is_dir():
            return (marker / "index.lock").exists()
        if marker.is_file():  # a work tree beside the repository's own
            pointer = marker.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip()
            return (above / pointer / "index.lock").exists()
    return False


def _named(folder: Path) -> str:
    # git-sync calls each work tree by its commit, and an image with the intents alone needs no git.
    return next((part for part in folder.resolve().parts if COMMIT.fullmatch(part)), "")


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(_argv(folder, words), capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _argv(folder: Path, words: Sequence[str]) -> list[str]:
    # Owned by somebody else, as git-sync's and a pipeline's are, a work tree would be refused.
    return ["git", "-c", "safe.directory=*", "-C", str(folder), *words]


def commit_of(folder: Path, name: str) -> str:
    """The commit that a revision names in the work tree of a folder. NodeError where there is none."""
    wrong, right = f"{name!r} is no revision of the repository of {folder}", "give one like HEAD~1, a branch or a tag"
    words = ("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    return (
        _read(folder, *words, wrong=wrong, right=f"{right}, and fetch it where the clone is shallow").decode().strip()
    )


def prefix_of(folder: Path) -> str:
    """The path of a folder in its work tree, `/` at its end; empty for the work tree itself."""
    return os.fsdecode(_read(folder, "rev-parse", "--show-prefix", wrong=f"{folder} is not in a work tree")[:-1])


def write_folder(folder: Path, commit: str, into: Path) -> Path:
    """Write what a folder held at a commit below another one, and return where; nothing is there if it held nothing."""
    prefix = prefix_of(folder)
    blobs = _blobs(folder, commit, prefix)
    if any(blob.mode == LINK for blob in blobs):
        blobs = _blobs(folder, commit, "")  # a link may lead anywhere in the work tree
    # Links last: no file is written through one.
    for blob, content in sorted(_contents(folder, blobs), key=lambda pair: pair[0].mode == LINK):
        _write(into / blob.path, blob.mode, content)
    return into / prefix


def _blobs(folder: Path, commit: str, prefix: str) -> list[Blob]:
    below = (f":(literal,top){prefix}",) if prefix else ()
    wrong = f"the files of {commit} cannot be listed"
    listed = os.fsdecode(_read(folder, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *below, wrong=wrong))
    return [blob for entry in listed.split("\0")[:-1] if (blob := _blob(entry))]


def _blob(entry: str) -> Blob | None:
    """A line of ls-tree; None for a submodule, and for a path that no work tree may have."""
    words, _, path = entry.partition("\t")
    mode, kind, identity = words.split()
    inside = PurePosixPath(path)
    good = kind == "blob" and not inside.is_absolute() and ".." not in inside.parts
    return Blob(mode, identity, inside) if good else None


def _contents(folder: Path, blobs: Sequence[Blob]) -> Iterator[tuple[Blob, bytes]]:
    asked = "".join(f"{blob.id}\n" for blob in blobs).encode()
    answer, at = _read(folder, "cat-file", "--batch", wrong="files cannot be read from git", stdin=asked), 0
    for blob in blobs:
        header, _, _ = answer[at : at + 200].partition(b"\n")
        if header.endswith(b" missing"):
            raise NodeError(f"{blob.path}: its content is not in this clone, which is partial: fetch it first")
        start, size = at + len(header) + 1, int(header.rpartition(b" ")[2])
        yield blob, answer[start : start + size]
        at = start + size + 1


def _write(path: Path, mode: str, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == LINK:
        path.symlink_to(os.fsdecode(content))
    else:
        path.write_bytes(content)


def _read(folder: Path, *words: str, wrong: str, right: str = "", stdin: bytes = b"") -> bytes:
    """Standard output of git; NodeError with what is wrong, git's own words, and what would be right."""
    try:
        done = subprocess.run(
            _argv(folder, words),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=LONG_PATIENCE,
            env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},  # the repository would name what fetches
        )
    except FileNotFoundError:
        raise NodeError("git is not installed: install the package git") from None
    except subprocess.TimeoutExpired:
        raise NodeError(f"{wrong} (git did not answer within {LONG_PATIENCE} s)") from None
    if done.returncode:
        said = "; ".join(done.stderr.decode(errors="replace").split("\n")).strip("; ").removeprefix("fatal: ")
        raise NodeError(f"{wrong} (git: {said})" + (f": {right}" if right else ""))
    return done.stdout
