"""The commit that a folder of intents is at, and whether the folder holds what the commit does."""

import os
import re
from collections.abc import Mapping
from hashlib import sha1, sha256
from pathlib import Path

from reconciler.errors import NodeError
from reconciler.positions import Fault
from reconciler.system.git.commits import Found, intent_files, texts
from reconciler.system.git.objects import Git, opened
from reconciler.system.git.repository import Repository
from reconciler.system.git.tree import Entry

PATIENCE = 5.0
"""Seconds that the loop waits for one answer of git."""
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Texts = Mapping[str, str]
"""The text of each intent file, by its path in the folder."""


def revision(folder: Path, now: Texts) -> str:
    """The commit of the work tree that a folder is in; empty without one.

    `-dirty` stands behind it unless the texts, which were read from the folder, are those of the commit. Ends of lines
    may differ. Where git is not installed, the commit is what git-sync called the work tree by.
    """
    repository = Repository.of(folder)
    try:
        return _revision(repository, folder, now) if repository else _named(folder)
    except NodeError:
        return _named(folder)


def _named(folder: Path) -> str:
    parts = os.path.realpath(folder).split(os.sep)
    return next((part for part in parts if COMMIT.fullmatch(part)), "")


def _revision(repository: Repository, folder: Path, now: Texts) -> str:
    with opened(repository, PATIENCE) as git:
        commit = git.commit("HEAD", folder)
        return commit if _holds(git, commit, repository.below(folder), folder, now) else f"{commit}-dirty"


def _holds(git: Git, commit: str, prefix: str, folder: Path, now: Texts) -> bool:
    """Whether a commit has these texts; False also where that cannot be told."""
    try:
        found = intent_files(git, commit, prefix)
        then = {path.removeprefix(prefix): what for path, what in found.items()}
        modules = {path: what for path, what in then.items() if isinstance(what, Entry) and what.is_submodule}
        if not all(revision(folder / path, _below(path, now)) == what.id for path, what in modules.items()):
            return False
        inside = tuple(f"{path}/" for path in modules)
        ours = {path: what for path, what in then.items() if path not in modules}
        return _same(git, ours, {path: text for path, text in now.items() if not path.startswith(inside)})
    except NodeError:
        return False


def _below(folder: str, now: Texts) -> Texts:
    above = f"{folder}/"
    return {path.removeprefix(above): text for path, text in now.items() if path.startswith(above)}


def _same(git: Git, then: Found, now: Texts) -> bool:
    if then.keys() != now.keys():
        return False
    # Mostly git knows a text by its digest. What has other ends of lines, or a byte order mark, has to be read.
    others = {path: what for path, what in then.items() if isinstance(what, Fault) or what.id != _id(now[path], what)}
    read = texts(git, others)
    return all(isinstance(text, str) and _lines(text) == _lines(now[path]) for path, text in read.items())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _id(text: str, of: Entry) -> str:
    """What git knows this text by, in a repository that knows its files as it does this one."""
    data = text.encode("utf-8", "surrogateescape")
    algorithm = sha256 if len(of.id) == sha256().digest_size * 2 else sha1
    return algorithm(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
