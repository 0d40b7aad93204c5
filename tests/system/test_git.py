from pathlib import Path

import pytest

from reconciler.system.git import revision

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
