from pathlib import Path
from time import monotonic

import pytest

from reconciler.watch import folder_news
from reconciler.watch.folder_news import FolderNews
from tests.system.git.repositories import git

A, B = Path("/intents/a.yaml"), Path("/intents/b.yaml")


def test_files_that_were_told_of_are_taken_together(tmp_path: Path) -> None:
    news = FolderNews(tmp_path)
    news.tell([A])
    news.tell([B])
    heard, paths = news.take()
    assert paths == frozenset((A, B))
    assert heard is not None
    assert news.take() == (None, None), "without an event it takes a look at all"


def test_an_event_that_names_no_file_is_a_look_at_all(tmp_path: Path) -> None:
    news = FolderNews(tmp_path)
    news.tell([A])
    news.tell(None)
    assert news.take()[1] is None


def test_a_file_that_is_not_finished_is_looked_at_again_soon(tmp_path: Path) -> None:
    news = FolderNews(tmp_path)
    news.later([A])
    assert news.due < float("inf")
    assert news.settled()
    assert news.due == float("inf")
    assert news.take()[1] == frozenset((A,))


@pytest.mark.parametrize("kind", ["work tree", "work tree beside the repository"])
def test_git_is_let_finish(tmp_path: Path, kind: str) -> None:
    top, locked = tmp_path / "top", tmp_path / "top" / ".git"
    git(tmp_path, "init", "--quiet", str(top))
    git(top, "commit", "--quiet", "--allow-empty", "--message", "none")
    if kind != "work tree":
        git(top, "worktree", "add", "--quiet", str(tmp_path / "other"))
        top, locked = tmp_path / "other", locked / "worktrees" / "other"
    intents = top / "intents"
    intents.mkdir()
    news = FolderNews(intents)
    assert news.settled()
    (locked / "index.lock").touch()
    assert not news.settled()
    assert news.due < float("inf")
    (locked / "index.lock").unlink()
    assert news.settled()


def test_a_lock_that_git_left_behind_does_not_stop_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".git" / "index.lock").touch()
    news = FolderNews(tmp_path)
    now = monotonic()
    assert not news.settled()
    monkeypatch.setattr(folder_news, "monotonic", lambda: now + folder_news.STALE + 1)
    assert news.settled()
