"""What others put into a repository takes no more time and memory than we grant, and tells nothing that is ours."""

import os
import resource
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.errors import NodeError
from reconciler.system.git import objects
from reconciler.system.git import revision as revisions
from reconciler.system.git.commits import intents_at
from reconciler.system.git.objects import opened
from reconciler.system.git.revision import revision
from reconciler.system.git.tree import UNKNOWN
from tests.system.git.repositories import Repository


@pytest.mark.parametrize("name", [".git", "HEAD", "commondir", "config", "packed-refs", "shallow", "logs/HEAD"])
def test_a_pipe_keeps_nobody_waiting(repository: Repository, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that nobody writes to is never done."""
    commit = repository.commit(a="one")
    path = repository.top / ".git" if name == ".git" else repository.top / ".git" / name
    if name == ".git":
        path.rename(repository.top / "away")
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    monkeypatch.setattr(revisions, "PATIENCE", 3600.0)
    assert revision(repository.folder, {"a.yaml": "one"}) == ("" if name in {".git", "HEAD"} else commit)


def test_a_pipe_among_the_references_is_given_up(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(a="one")
    branch = repository.top / ".git" / "refs" / "heads" / "main"
    branch.unlink()
    os.mkfifo(branch)
    monkeypatch.setattr(revisions, "PATIENCE", 0.2)
    assert revision(repository.folder, {"a.yaml": "one"}) == ""


@pytest.mark.parametrize("name", ["refs/heads/main", "objects/info/alternates"])
def test_a_file_without_an_end_takes_no_memory_without_one(repository: Repository, name: str) -> None:
    """Git reads these whole. It is refused the memory, and says so long before its time is up."""
    repository.commit(a="one")
    path = repository.top / ".git" / name
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert revision(repository.folder, {"a.yaml": "one"}).removesuffix("-dirty") in {"", repository_head(repository)}
    with suppress(NodeError), opened(repository.folder) as git:
        git.commit("main")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 1 << 20), "KiB"


def repository_head(repository: Repository) -> str:
    return (repository.top / ".git" / "logs" / "HEAD").read_text().split()[1]


def test_a_tree_that_lists_without_an_end_is_cut(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten folders within each other, each of which has ten times the same one: ten kilobytes list ten billion files."""
    tree = repository.made("tree", b"100644 a.yaml\0" + bytes.fromhex(repository.made("blob", b"")))
    for _ in range(10):
        tree = repository.made("tree", b"".join(b"40000 %d\0" % name + bytes.fromhex(tree) for name in range(10)))
    author = "author a <a@example.org> 0 +0000\ncommitter a <a@example.org> 0 +0000"
    commit = repository.made("commit", f"tree {tree}\n{author}\n\nx\n".encode())
    repository.git("update-ref", "refs/heads/main", commit)
    monkeypatch.setattr(objects, "MOST_LISTED", 1 << 20)
    assert revision(repository.top, {}) == f"{commit}-dirty"
    with (
        pytest.raises(NodeError, match="cannot be listed: git printed more than 1048576 bytes"),
        opened(repository.top) as git,
    ):
        git.entries(commit)


def test_files_and_links_that_are_too_large_are_not_read(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = repository.made("blob", bytes(1 << 20))
    for mode, name in (("100644", "a.yaml"), ("120000", "link.yaml")):
        repository.git("update-index", "--add", "--cacheinfo", f"{mode},{zeros},{name}")
    repository.git("commit", "--quiet", "--message", "large")
    with opened(repository.top) as git:
        texts = dict(intents_at(git, git.commit("HEAD"), repository.top))
    assert texts["a.yaml"] == "\0" * (1 << 20)
    assert texts["link.yaml"] == UNKNOWN
    monkeypatch.setattr(objects, "MOST_READ", 1 << 19)
    with pytest.raises(NodeError, match="1 files of a commit have more than 0 MiB"), opened(repository.top) as git:
        intents_at(git, git.commit("HEAD"), repository.top)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")
def test_git_repeats_no_file_that_only_we_may_read(repository: Repository, tmp_path: Path) -> None:
    """It quotes lines that it does not understand, and a clone of somebody else may lead it to any file."""
    repository.commit(a="one")
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    alternates = repository.top / ".git" / "objects" / "info" / "alternates"
    alternates.symlink_to(secret)
    for path in (repository.top, *repository.top.rglob("*")):
        os.lchown(path, 65534, 65534)
    with pytest.raises(NodeError) as error, opened(repository.folder) as git:
        git.commit("nowhere")
    assert "its words are not repeated, since the repository is another user's" in str(error.value)
    assert "sesame" not in str(error.value)
