import os
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory

import pytest

from reconciler.system.git.repository import Repository
from reconciler.system.git.revision import revision
from tests.system.git.repositories import Repository as Made


def test_from_the_work_tree_and_from_below(repository: Made) -> None:
    found = Repository.of(repository.folder)
    assert found == Repository.of(repository.top)
    assert found == Repository(repository.top, repository.top / ".git", repository.top / ".git")
    assert found.below(repository.folder) == ":(top)*/intents/"
    assert found.below(repository.top) == ""


def test_the_path_is_gits_whatever_the_systems_is(repository: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Repository.of(repository.folder)
    assert found
    monkeypatch.setattr("reconciler.system.git.repository.Path", PureWindowsPath)
    monkeypatch.setattr("os.path.relpath", lambda *_: "deploy\\intents")
    assert found.below(repository.folder) == "deploy/intents/"


def test_through_a_link(repository: Made, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(repository.folder)
    found = Repository.of(tmp_path / "current")
    assert found
    assert found.below(tmp_path / "current") == ":(top)*/intents/"


def test_a_work_tree_beside_the_repositorys_own(repository: Made, tmp_path: Path) -> None:
    repository.commit()
    repository.git("worktree", "add", "--quiet", str(tmp_path / "beside"))
    found = Repository.of(tmp_path / "beside")
    assert found
    assert found.top == tmp_path / "beside"
    assert os.path.samefile(found.own, repository.top / ".git" / "worktrees" / "beside")
    assert os.path.samefile(found.common, repository.top / ".git")


def test_git_at_work(repository: Made) -> None:
    found = Repository.of(repository.folder)
    assert found
    assert not found.is_checking_out
    (repository.top / ".git" / "index.lock").touch()
    assert found.is_checking_out


@pytest.mark.parametrize(
    "content",
    ["", "gitdir: nowhere\n", "gitdir: \n", "gitdir: a\0b\n", "gitdir: /proc/self/mem\n", "\0\xff", "x" * 10**6],
)
def test_a_file_that_leads_nowhere(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    assert Repository.of(tmp_path) is None


@pytest.mark.parametrize("target", [".git", "/dev/zero", "/proc/kmsg", "/dev/tty", "nowhere"])
def test_a_link_that_leads_to_no_repository(tmp_path: Path, target: str) -> None:
    (tmp_path / ".git").symlink_to(target)
    assert Repository.of(tmp_path) is None


def test_one_that_is_no_repository_hides_those_above(repository: Made) -> None:
    """What may be a repository that we may not read is not taken for a part of another one."""
    (repository.folder / ".git").mkdir()
    assert Repository.of(repository.folder) is None


def test_a_folder_that_is_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "around").symlink_to("around")
    assert Repository.of(tmp_path / "around") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("denied", [".git", ".git/HEAD", ".git/objects", ".git/refs"])
def test_one_that_we_may_not_read_is_no_error(denied: str) -> None:
    with TemporaryDirectory() as everybodys:
        Path(everybodys).chmod(0o755)
        repository = Made(Path(everybodys) / "work")
        commit = repository.commit(a="one")
        assert revision(repository.folder, {"a.yaml": "one"}) == commit
        (repository.top / denied).chmod(0)
        os.seteuid(65534)
        try:
            assert (Repository.of(repository.folder) is None) == (denied in {".git", ".git/HEAD"})
            assert revision(repository.folder, {"a.yaml": "one"}) == ""
        finally:
            os.seteuid(0)
