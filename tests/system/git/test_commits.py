import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.errors import NodeError
from reconciler.positions import Fault
from reconciler.system.git.commits import intents_at
from reconciler.system.git.objects import opened
from tests.system.git.repositories import Repository, git


def commit_of(folder: Path, name: str) -> str:
    with opened(folder) as git:
        return git.commit(name)


def then(repository: Repository, commit: str) -> dict[str, str | Fault]:
    """What the folder of intents held."""
    with opened(repository.folder) as git:
        return dict(intents_at(git, git.commit(commit), repository.folder))


def test_a_folder_as_it_was(repository: Repository) -> None:
    first = repository.commit(b="one\r\n", a="two")
    repository.commit(a="three")
    assert commit_of(repository.folder, "HEAD~1") == commit_of(repository.top, first[:9]) == first
    assert list(then(repository, first).items()) == [("a.yaml", "two"), ("b.yaml", "one\r\n")]


def test_a_folder_that_was_not_there(repository: Repository) -> None:
    (repository.top / "README").write_text("no intents yet")
    before = repository.commit()
    repository.commit(a="one")
    assert then(repository, before) == {}


def test_links_lead_where_they_led(repository: Repository) -> None:
    (repository.top / "common.yaml").write_text("common")
    (repository.folder / "link.yaml").symlink_to("../../common.yaml")
    commit = repository.commit()
    (repository.top / "common.yaml").write_text("changed")
    assert then(repository, commit) == {"link.yaml": "common"}


def test_what_is_no_text_is_a_fault_as_in_a_folder(repository: Repository) -> None:
    (repository.folder / "bad.yaml").write_bytes(b"a: \xff\n")
    told = then(repository, repository.commit())["bad.yaml"]
    assert isinstance(told, Fault)
    assert told.message == "byte 0xff is not UTF-8: save the file as UTF-8"


def with_submodule(repository: Repository, other: Repository) -> None:
    where = repository.folder / "module"
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.top), str(where))


def test_intents_in_a_submodule_are_not_known(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit(a="one")
    with_submodule(repository, other)
    told = then(repository, repository.commit())["module"]
    assert isinstance(told, Fault)
    assert told.message.startswith("a submodule: its intents are in another repository")
    shutil.rmtree(repository.folder / "module")
    assert then(repository, "HEAD")["module"] == told, "nor are those of one that has gone"


def test_a_submodule_without_intents_does_not_matter(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit()
    with_submodule(repository, other)
    assert then(repository, repository.commit(a="one")) == {"a.yaml": "one"}


@pytest.fixture
def partial(repository: Repository, tmp_path: Path) -> Repository:
    """A clone that has only the files of its newest commit."""
    (repository.folder / "link.yaml").symlink_to("a.yaml")
    repository.commit(a="one")
    (repository.folder / "link.yaml").unlink()
    (repository.folder / "other.yaml").symlink_to("./a.yaml")
    repository.commit(a="two")
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--filter=blob:none", repository.top.as_uri(), str(clone))
    return Repository(clone)


def test_a_file_that_a_partial_clone_lacks(partial: Repository) -> None:
    with pytest.raises(NodeError, match=r"'.*/a.yaml': its content is not in this clone: fetch it first"):
        then(partial, "HEAD~1")
    assert then(partial, "HEAD") == {"a.yaml": "two", "other.yaml": "two"}


def test_a_link_that_a_partial_clone_lacks(partial: Repository) -> None:
    text = partial.git("-c", "protocol.file.allow=always", "show", "HEAD~1::(top)*/intents/a.yaml")  # fetches it
    told = then(partial, "HEAD~1")
    assert told["a.yaml"] == text
    assert isinstance(told["link.yaml"], Fault)
    assert told["link.yaml"].message == "a symbolic link whose target is not in this clone: fetch it first"


@pytest.mark.parametrize("name", ["nowhere", "", "--all", "--help", "-h", "HEAD..HEAD", "HEAD:README", "a b", "{}"])
def test_what_is_no_revision_is_no_option_either(repository: Repository, name: str) -> None:
    repository.commit(a="one")
    with pytest.raises(NodeError, match="is no revision of the repository of") as error:
        commit_of(repository.folder, name)
    assert str(error.value).startswith(f"{name!r} is no revision")
    assert "\n" not in str(error.value)


NAMES = ("main", "HEAD", "@", "refs/heads/main", "v1", "v1^{}", "main@{0}", "origin/main", "HEAD^", "FETCH_HEAD")


@pytest.mark.parametrize("name", NAMES)
def test_a_commit_has_all_the_names_that_git_gives_it(repository: Repository, name: str) -> None:
    first = repository.commit(a="one")
    repository.git("tag", "-a", "v1", "-m", "tagged")
    repository.git("fetch", "--quiet", ".", "+main:refs/remotes/origin/main")
    if name == "HEAD^":
        repository.commit(a="two")
    repository.git("pack-refs", "--all")
    assert commit_of(repository.folder, name) == first


def test_a_work_tree_beside_the_repositorys_own(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit(a="one")
    second = repository.commit(a="two")
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), first)
    folder = tmp_path / "beside" / ":(top)*" / "intents"
    assert commit_of(folder, "HEAD") == first
    assert commit_of(folder, "main") == second
    git(folder, "checkout", "--quiet", second)
    assert commit_of(folder, "HEAD@{1}") == first, "it has a log of its own"


def test_a_folder_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="is in no work tree of git: name a folder of a clone by --intents"):
        commit_of(tmp_path, "HEAD")


def test_without_git(repository: Repository, no_git: None) -> None:
    with pytest.raises(NodeError, match="git is not installed: install the package git"):
        commit_of(repository.folder, "HEAD")


def test_without_a_folder_for_what_is_temporary(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(repository.top / "nowhere"))
    with pytest.raises(NodeError, match="no temporary folder can be made: No such file or directory: name one by"):
        commit_of(repository.folder, "HEAD")


def test_nothing_temporary_is_made_in_the_current_folder(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's last choice. It may be the folder of intents, where the name of a branch could be one of an intent."""
    commit = repository.commit(a="one")
    before = repository.folder.stat().st_mtime_ns
    monkeypatch.chdir(repository.folder)
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(repository.folder))
    assert commit_of(repository.folder, "HEAD") == commit
    assert repository.folder.stat().st_mtime_ns == before


def test_where_no_links_can_be_made(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repository.commit(a="one")
    repository.git("pack-refs", "--all")
    second = repository.commit(a="two")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    assert commit_of(repository.folder, "main") == second
    assert commit_of(repository.folder, "main~1") == first


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_work_tree_may_be_somebody_elses(repository: Repository) -> None:
    commit = repository.commit(a="one")
    for path in (repository.top, *repository.top.rglob("*")):
        os.lchown(path, 65534, 65534)
    assert commit_of(repository.folder, "HEAD") == commit


def test_a_repository_that_knows_its_files_by_sha256(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "work", "--object-format=sha256")
    commit = repository.commit(a="one")
    assert len(commit) == 64
    assert then(repository, commit_of(repository.folder, "main")) == {"a.yaml": "one"}


def test_a_repository_that_has_its_references_in_a_table(tmp_path: Path) -> None:
    try:
        repository = Repository(tmp_path / "work", "--ref-format=reftable")
    except subprocess.CalledProcessError:
        pytest.skip("this git is older than 2.45")
    first = repository.commit(a="one")
    repository.commit(a="two")
    assert commit_of(repository.folder, "main~1") == commit_of(repository.folder, "HEAD~1") == first
    assert then(repository, first) == {"a.yaml": "one"}
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"), first)
    with pytest.raises(NodeError, match="keeps its references in a table of its own, which cannot be read yet"):
        commit_of(tmp_path / "beside", "HEAD")
