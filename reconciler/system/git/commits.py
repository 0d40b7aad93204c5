"""What a commit holds of a folder of intents."""

from collections.abc import Mapping
from pathlib import Path

from reconciler.intent_files import BEGIN, Content, contents, decoded, shown
from reconciler.positions import Fault
from reconciler.system.git.objects import Git
from reconciler.system.git.repository import ANY
from reconciler.system.git.tree import LINK, LONGEST_LINK, Entry, Tree

ELSEWHERE = Fault(BEGIN, "a submodule: its intents are in another repository, so what they were is not known")

Held = Mapping[str, Entry | Fault]
"""The intent files of a folder of a commit by their path in the folder, or what is wrong with them."""


def held(git: Git, commit: str) -> Held:
    """The intent files, with those that links lead to, and the submodules. Raises NodeError."""
    entries = git.entries(commit, git.prefix)
    if any(entry.mode == LINK for entry in entries):
        entries = git.entries(commit)  # a link may lead anywhere in the work tree
    found = Tree(entries, _targets(git, entries)).intent_files(git.prefix)
    return {shown(path.removeprefix(git.prefix)): what for path, what in found}


def intents_at(git: Git, commit: str, folder: Path) -> list[Content]:
    """The intent files by their path in the folder, in its order; none if there was no such folder. Raises NodeError.

    `folder` is as it is now: a submodule that is still there and has no intents does not matter.
    """
    found = held(git, commit)
    submodules = [path for path, what in found.items() if isinstance(what, Entry) and what.is_submodule]
    without = {path for path in submodules if (folder / path).is_dir() and not any(contents(folder / path))}
    return list(texts(git, {path: what for path, what in found.items() if path not in without}).items())


def texts(git: Git, files: Held) -> Mapping[str, str | Fault]:
    """The text of each file, or why there is none. Raises NodeError."""
    read = git.contents(what for what in files.values() if isinstance(what, Entry) and not what.is_submodule)
    return {path: _text(what, read) for path, what in files.items()}


def _text(what: Entry | Fault, read: Mapping[str, bytes]) -> str | Fault:
    if isinstance(what, Fault):
        return what
    return ELSEWHERE if what.is_submodule else decoded(read[what.id])


def _targets(git: Git, entries: list[Entry]) -> Mapping[str, str]:
    """Where each link leads, by its id; without those that are not in this clone, or are no links by their length."""
    links = [entry for entry in entries if entry.mode == LINK]
    sizes = git.sizes(links)
    read = git.contents(link for link in links if 0 < sizes.get(link.id, 0) <= LONGEST_LINK)
    return {identity: target.decode("utf-8", ANY) for identity, target in read.items()}
