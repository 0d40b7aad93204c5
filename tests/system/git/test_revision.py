import os
from pathlib import Path

import pytest

from reconciler.system.git.revision import revision
from reconciler.watch.history import History
from reconciler.watch.keeper import Keeper
from tests.system.git.repositories import Repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def at(folder: Path) -> str:
    """The revision of a folder that the loop reads now."""
    keeper = Keeper(folder, "worker-1", "/nowhere", History(folder / ".state"), allow_deletes=False)
    keeper.reload()
    return revision(folder, keeper.texts)


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


def test_intents_in_a_submodule_are_not_known(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit(a="one")
    where = repository.folder / "module"
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), str(where))
    commit = repository.commit(b="two")
    assert at(repository.folder) == f"{commit}-dirty"
    (where / ":(top)*" / "intents" / "a.yaml").unlink()
    assert at(repository.folder) == commit, "a submodule without intents does not matter"


def test_a_repository_as_its_own_submodule_is_no_endless_way(repository: Repository) -> None:
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    repository.git("commit", "--quiet", "--message", "a submodule")
    (repository.top / "module").mkdir()
    (repository.top / "module" / ".git").write_text("gitdir: ../.git\n")
    (repository.top / "module" / "module").symlink_to(".")
    assert at(repository.top) == f"{repository.git('rev-parse', 'HEAD')}-dirty", "the link is a fault"


@pytest.mark.parametrize("name", [b"caf\xe9.yaml", "café.yaml".encode(), b"a\nb.yaml", b"a\tb.yaml", b"\xc2\xa0.yaml"])
def test_a_file_may_have_any_name(repository: Repository, name: bytes) -> None:
    file = Path(os.fsdecode(os.fsencode(repository.folder) + b"/" + name))
    file.write_text("one")
    commit = repository.commit()
    assert at(repository.folder) == commit
    file.write_text("uno")
    assert at(repository.folder) == f"{commit}-dirty"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_none(repository: Repository, content: bytes) -> None:
    file = repository.folder / "empty.yaml"
    file.write_bytes(content)
    commit = repository.commit(a="one")
    assert at(repository.folder) == commit
    file.unlink()
    assert at(repository.folder) == commit
    file.write_bytes(b"\xff")
    assert at(repository.folder) == f"{commit}-dirty", "what cannot be read is something"


def test_a_commit_that_another_one_stands_for(repository: Repository) -> None:
    """`git replace` makes git show one commit where another is asked for."""
    first = repository.commit(a="one")
    second = repository.commit(a="two")
    repository.git("checkout", "--quiet", first)
    repository.git("replace", first, second)
    assert at(repository.folder) == first
    (repository.folder / "a.yaml").write_text("two")
    assert at(repository.folder) == f"{first}-dirty"


def test_a_repository_that_cannot_be_read_is_at_no_commit(tmp_path: Path) -> None:
    """Also where the folder is called by a commit: nobody knows what is in it."""
    folder = tmp_path / COMMIT / "intents"
    folder.mkdir(parents=True)
    (tmp_path / COMMIT / ".git").write_text("gitdir: nowhere\n")
    assert revision(folder, {}) == ""


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
