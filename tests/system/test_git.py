import os
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import NodeError
from reconciler.system.git import commit_of, prefix_of, revision, write_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_git_sync_names_a_work_tree_by_its_commit(tmp_path: Path, no_git: None) -> None:
    (tmp_path / ".worktrees" / COMMIT / "intents").mkdir(parents=True)
    (tmp_path / "current").symlink_to(f".worktrees/{COMMIT}")
    assert revision(tmp_path / "current" / "intents") == COMMIT


def test_any_other_folder_has_none(tmp_path: Path, no_git: None) -> None:
    assert revision(tmp_path) == ""


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert revision(tmp_path / "nowhere") == ""


class Repository:
    """A work tree with one folder of intents, in a folder whose name a pathspec could take for magic."""

    def __init__(self, top: Path) -> None:
        self.top, self.folder = top, top / ":(top)*" / "intents"
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
        argv = ["git", *identity, "-C", str(self.top), *words]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files: str) -> str:
        for name, content in files.items():
            (self.folder / f"{name}.yaml").write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "files")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "work")


def test_a_folder_as_it_was(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit(a="one\r\n", b="two")
    repository.commit(a="three")
    assert commit_of(repository.folder, "HEAD~1") == commit_of(repository.top, first[:9]) == first
    assert prefix_of(repository.folder) == ":(top)*/intents/"
    written = write_folder(repository.folder, first, tmp_path / "then")
    assert {path.name: path.read_bytes() for path in written.iterdir()} == {"a.yaml": b"one\r\n", "b.yaml": b"two"}


def test_a_folder_that_was_not_there(repository: Repository, tmp_path: Path) -> None:
    (repository.top / "README").write_text("no intents yet")
    before = repository.commit()
    repository.commit(a="one")
    assert not write_folder(repository.folder, before, tmp_path / "then").exists()


def test_links_lead_where_they_led_and_nothing_is_written_through_them(repository: Repository, tmp_path: Path) -> None:
    (repository.top / "common.yaml").write_text("common")
    (repository.folder / "link.yaml").symlink_to("../../common.yaml")
    commit = repository.commit()
    (repository.top / "common.yaml").write_text("changed")
    written = write_folder(repository.folder, commit, tmp_path / "then")
    assert (written / "link.yaml").read_text() == "common"


def test_attributes_and_filters_of_the_repository_have_no_say(repository: Repository, tmp_path: Path) -> None:
    (repository.top / ".gitattributes").write_text("*.yaml export-ignore filter=evil\n")
    commit = repository.commit(a="one")
    repository.git("config", "filter.evil.smudge", f"touch {tmp_path}/ran; cat")
    written = write_folder(repository.folder, commit, tmp_path / "then")
    assert (written / "a.yaml").read_text() == "one"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["nowhere", "", "--all", "--help", "-h", "HEAD..HEAD", "HEAD:README", "a b", "{}"])
def test_what_is_no_revision_is_no_option_either(repository: Repository, name: str) -> None:
    repository.commit(a="one")
    with pytest.raises(NodeError, match="is no revision of the repository of") as error:
        commit_of(repository.folder, name)
    assert str(error.value).startswith(f"{name!r} is no revision")
    assert "\n" not in str(error.value)


def test_a_folder_outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(NodeError, match="git: not a git repository"):
        commit_of(tmp_path, "HEAD")


def test_without_git(repository: Repository, no_git: None) -> None:
    with pytest.raises(NodeError, match="git is not installed: install the package git"):
        commit_of(repository.folder, "HEAD")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_work_tree_may_be_somebody_elses(repository: Repository) -> None:
    commit = repository.commit(a="one")
    for path in (repository.top, *repository.top.rglob("*")):
        os.lchown(path, 65534, 65534)
    assert commit_of(repository.folder, "HEAD") == commit
