import os
from pathlib import Path

import pytest

from reconciler.intents.folder import Folder
from reconciler.system.git.revision import revision
from tests.system.git.repositories import Repository, git

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def at(folder: Path) -> str:
    """The revision of a folder that is read now."""
    read = Folder(folder)
    read.read()
    return revision(folder, {os.path.relpath(name, folder): of.text for name, of in read.readings.items()})


def test_git_sync_names_a_work_tree_by_its_commit(tmp_path: Path, no_git: None) -> None:
    (tmp_path / ".worktrees" / COMMIT / "intents").mkdir(parents=True)
    (tmp_path / "current").symlink_to(f".worktrees/{COMMIT}")
    assert revision(tmp_path / "current" / "intents", {}) == COMMIT


def test_any_other_folder_has_none(tmp_path: Path, no_git: None) -> None:
    assert revision(tmp_path, {}) == ""


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert revision(tmp_path / "nowhere", {}) == ""


def test_a_repository_without_a_commit_has_none(repository: Repository) -> None:
    assert revision(repository.folder, {}) == ""


def test_the_commit_of_what_is_checked_out(repository: Repository) -> None:
    first = repository.commit(a="one", b="two")
    assert at(repository.folder) == first
    assert at(repository.top) == first
    second = repository.commit(a="three")
    assert at(repository.folder) == second
    repository.git("checkout", "--quiet", "HEAD~1")
    assert at(repository.folder) == first


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed", "made a link"])
def test_intents_that_are_not_the_commits(repository: Repository, change: str) -> None:
    commit = repository.commit(a="one", b="two")
    file = repository.folder / "a.yaml"
    if change == "edited":
        file.write_text("uno")
    elif change == "added":
        (repository.folder / "c.yaml").write_text("three")
    elif change == "removed":
        file.unlink()
    elif change == "renamed":
        file.rename(repository.folder / "z.yaml")
    else:
        file.unlink()
        file.symlink_to("b.yaml")
    assert at(repository.folder) == f"{commit}-dirty"
    repository.git("add", "--all")
    assert at(repository.folder) == f"{commit}-dirty", "staged is not committed"


def test_what_is_no_intent_does_not_count(repository: Repository) -> None:
    commit = repository.commit(a="one")
    (repository.folder / "README").write_text("not an intent")
    (repository.folder / ".hidden.yaml").write_text("nor is this")
    (repository.top / "other.yaml").write_text("nor what is beside the folder")
    assert at(repository.folder) == commit


def test_the_ends_of_lines_are_a_matter_of_the_work_tree(repository: Repository) -> None:
    repository.git("config", "core.autocrlf", "true")
    commit = repository.commit(a="one: 1\n")
    repository.git("rm", "-r", "--quiet", "--cached", ".")
    repository.git("reset", "--quiet", "--hard")
    assert b"\r\n" in (repository.folder / "a.yaml").read_bytes()
    assert at(repository.folder) == commit


def test_a_byte_order_mark_is_no_difference(repository: Repository) -> None:
    commit = repository.commit(a="\ufeffone")
    assert at(repository.folder) == commit


def test_links_are_followed_on_both_sides(repository: Repository) -> None:
    (repository.top / "common").mkdir()
    (repository.top / "common" / "c.yaml").write_text("common")
    (repository.folder / "linked").symlink_to("../../common")
    commit = repository.commit(a="one")
    assert at(repository.folder) == commit
    (repository.top / "common" / "c.yaml").write_text("changed")
    assert at(repository.folder) == f"{commit}-dirty"


def test_a_submodule_counts_by_its_own_commit(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit(a="one")
    where = repository.folder / "module"
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), str(where))
    commit = repository.commit(b="two")
    assert at(repository.folder) == commit
    (where / ":(top)*" / "intents" / "a.yaml").write_text("changed")
    assert at(repository.folder) == f"{commit}-dirty"
    git(where, "checkout", "--quiet", "--", ".")
    git(where, "config", "user.name", "somebody")
    git(where, "commit", "--quiet", "--allow-empty", "--message", "another")
    assert at(repository.folder) == f"{commit}-dirty"


def test_a_repository_that_knows_its_files_by_sha256(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "work", "--object-format=sha256")
    commit = repository.commit(a="one")
    assert at(repository.folder) == commit
    (repository.folder / "a.yaml").write_text("uno")
    assert at(repository.folder) == f"{commit}-dirty"


def test_what_cannot_be_compared_is_not_called_the_commits(repository: Repository) -> None:
    (repository.folder / "bad.yaml").write_bytes(b"\xff")
    commit = repository.commit()
    assert at(repository.folder) == f"{commit}-dirty"
