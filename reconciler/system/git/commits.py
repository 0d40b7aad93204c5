"""What a commit holds of a folder of intents."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from reconciler.errors import NodeError
from reconciler.intent_files import BEGIN, Content, decoded, shown
from reconciler.positions import Fault
from reconciler.system.git.objects import Git, opened
from reconciler.system.git.repository import Repository
from reconciler.system.git.tree import LINK, Entry, Tree

ELSEWHERE = Fault(BEGIN, "a submodule: its files are in another repository, so what they were is not known")

Found = Mapping[str, Entry | Fault]
"""Each intent file of a tree by its path, or what is wrong with it."""


def commit_of(folder: Path, name: str) -> str:
    """The commit that a revision names in the work tree of a folder. Raises NodeError where there is none."""
    with opened(_repository(folder)) as git:
        return git.commit(name, folder)


def named(folder: Path, name: str) -> str:
    """What git calls a folder at the commit of this name: `NAME:PATH`. Raises NodeError."""
    return f"{name}:{_repository(folder).below(folder)}"


def intents_at(folder: Path, commit: str, name: str) -> list[Content]:
    """The intent files of a folder as a commit has them, each called `NAME:PATH`; none if it had no such folder.

    Raises NodeError.
    """
    repository = _repository(folder)
    with opened(repository) as git:
        found = intent_files(git, commit, repository.below(folder))
        read = texts(git, found)
    return [(f"{name}:{shown(PurePosixPath(path))}", read[path]) for path in found]


def intent_files(git: Git, commit: str, folder: str) -> Found:
    """The intent files of a folder of a commit, with those that links lead to. Raises NodeError."""
    entries = git.entries(commit, folder)
    if any(entry.mode == LINK for entry in entries):
        entries = git.entries(commit)  # a link may lead anywhere in the work tree
    links = [entry for entry in entries if entry.mode == LINK]
    targets = zip(links, git.contents(links), strict=True)
    return dict(Tree(entries, {link.id: os.fsdecode(target) for link, target in targets}).intent_files(folder))


def texts(git: Git, found: Found) -> Mapping[str, str | Fault]:
    """The text of each file, or why there is none. Raises NodeError."""
    files = {path: what for path, what in found.items() if isinstance(what, Entry) and not what.is_submodule}
    read = {path: decoded(content) for path, content in zip(files, git.contents(files.values()), strict=True)}
    lacking = {path: what if isinstance(what, Fault) else ELSEWHERE for path, what in found.items()}
    return {**lacking, **read}


def _repository(folder: Path) -> Repository:
    if repository := Repository.of(folder):
        return repository
    raise NodeError(f"{folder} is in no work tree of git: name a folder of a clone by --intents")
