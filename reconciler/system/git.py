"""The commit that a folder is at."""

import re
import subprocess
from pathlib import Path

PATIENCE = 5
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


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
    # Owned by somebody else, as git-sync's is, a work tree would be refused.
    argv = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
