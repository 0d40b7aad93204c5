"""The commit that a folder of intents is at, and whether the folder holds what the commit does."""

import os
import re
from collections.abc import Mapping
from hashlib import sha1, sha256
from pathlib import Path

from reconciler.errors import NodeError
from reconciler.positions import Fault
from reconciler.system.commands import located
from reconciler.system.git.commits import held, texts
from reconciler.system.git.objects import Git, opened
from reconciler.system.git.repository import top_of
from reconciler.system.git.tree import Entry

PATIENCE = 5.0
"""Seconds that the loop waits for git."""
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Texts = Mapping[str, str | None]
"""The text of each intent file by its path in the folder; None for one that could not be read."""


def revision(folder: Path, now: Texts) -> str:
    """The commit of the work tree that a folder is in; empty without one, or where that cannot be told.

    `-dirty` stands behind it unless the texts, which were read from the folder, are known to be those of the commit.
    Ends of lines may differ. It is a label for people: whoever owns the clone can make git believe anything.
    """
    if not top_of(folder) or not _has_git():
        return _named(folder)
    try:
        with opened(folder, PATIENCE) as git:
            commit = git.commit("HEAD")
            return commit if _holds(git, commit, now) else f"{commit}-dirty"
    except (NodeError, OSError, ValueError):  # whatever others have written there, a label is no reason to stop
        return ""


def _has_git() -> bool:
    try:
        return bool(located("git"))
    except FileNotFoundError:
        return False


def _named(folder: Path) -> str:
    """What git-sync calls a work tree by: its commit."""
    parts = os.path.realpath(folder).split(os.sep)
    return next((part for part in parts if COMMIT.fullmatch(part)), "")


def _holds(git: Git, commit: str, now: Texts) -> bool:
    """Whether a commit has these texts; False also where that cannot be told."""
    try:
        found = held(git, commit)
        # What is in a submodule is in no tree here, so it is among those that the commit lacks.
        then = {path: what for path, what in found.items() if isinstance(what, Fault) or not what.is_submodule}
        # Mostly git knows a text by its digest. What has other ends of lines, or a byte order mark, has to be read.
        # A file without text is none to us.
        others = {path: what for path, what in then.items() if not _is(what, now.get(path, ""))}
        read = texts(git, others)
    except NodeError:
        return False
    return now.keys() <= then.keys() and all(_are_same(text, now.get(path, "")) for path, text in read.items())


def _is(what: Entry | Fault, text: str | None) -> bool:
    """Whether this is the text by what git knows it by."""
    if isinstance(what, Fault) or text is None:
        return False
    data = text.encode()
    algorithm = sha256 if len(what.id) == sha256().digest_size * 2 else sha1
    return what.id == algorithm(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _are_same(then: str | Fault, now: str | None) -> bool:
    if isinstance(then, Fault) or now is None:
        return False
    return then.replace("\r\n", "\n") == now.replace("\r\n", "\n")
