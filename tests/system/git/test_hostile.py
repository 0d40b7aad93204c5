"""Repositories that others wrote name programs, in every way that git has; none of them is run."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.errors import NodeError
from reconciler.intent_files import contents
from reconciler.system.git.commits import intents_at
from reconciler.system.git.objects import opened
from reconciler.system.git.repository import Repository as Found
from reconciler.system.git.revision import revision
from tests.system.git.repositories import Repository

HOOKS = ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-auto-gc")


class Payload:
    """A program that leaves a trace when it is run."""

    def __init__(self, place: Path) -> None:
        self.trace, self.program = place / "ran", place / "payload"
        self.program.write_text(f'#!/bin/sh\ntouch "{self.trace}"\nexit 1\n')
        self.program.chmod(0o755)

    @property
    def ran(self) -> bool:
        return self.trace.exists()

    def hooks(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in HOOKS:
            shutil.copy(self.program, folder / name)
        return folder


@pytest.fixture
def payload(tmp_path: Path) -> Payload:
    return Payload(tmp_path)


def look_at(folder: Path) -> None:
    """Everything that the product asks of a repository."""
    texts = {os.path.relpath(name, folder): str(text) for name, text in contents(folder)}
    revision(folder, {})
    revision(folder, texts)
    for name in ("HEAD", "HEAD~1", "main"):
        with suppress(NodeError), opened(folder) as git:
            intents_at(git, git.commit(name), folder)
    if found := Found.of(folder):
        assert not found.is_checking_out


def configured(*words: str) -> Callable[[Repository, Payload], None]:
    """A configuration in which a program is named."""

    def write(repository: Repository, payload: Payload) -> None:
        repository.git("config", *(word.format(program=payload.program) for word in words))

    return write


def with_attributes(kind: str) -> Callable[[Repository, Payload], None]:
    def write(repository: Repository, payload: Payload) -> None:
        lines = f"*.yaml {kind}=evil\n"
        (repository.top / ".git" / "info").mkdir(exist_ok=True)
        (repository.top / ".git" / "info" / "attributes").write_text(lines)
        (repository.folder / ".gitattributes").write_text(lines)
        for name in ("clean", "smudge", "process", "textconv", "command"):
            repository.git("config", f"{kind}.evil.{name}", str(payload.program))

    return write


def with_hooks(repository: Repository, payload: Payload) -> None:
    payload.hooks(repository.top / ".git" / "hooks")


def with_hooks_elsewhere(repository: Repository, payload: Payload) -> None:
    repository.git("config", "core.hooksPath", str(payload.hooks(repository.top / "hooks")))


def with_included_files(repository: Repository, payload: Payload) -> None:
    (repository.top / "included").write_text(f'[core]\nfsmonitor = "{payload.program}"\n')
    repository.git("config", "include.path", "../included")


def with_a_configuration_of_the_work_tree(repository: Repository, payload: Payload) -> None:
    repository.git("config", "extensions.worktreeConfig", "true")
    (repository.top / ".git" / "config.worktree").write_text(f'[core]\nfsmonitor = "{payload.program}"\n')


def lacking_objects(*words: str) -> Callable[[Repository, Payload], None]:
    """A partial clone: git fetches what it lacks when it is asked for, by what the configuration says."""

    def write(repository: Repository, payload: Payload) -> None:
        repository.git("config", "extensions.partialClone", "origin")
        repository.git("config", "remote.origin.promisor", "true")
        repository.git("config", "remote.origin.url", repository.top.as_uri())
        for name, value in zip(words[::2], words[1::2], strict=True):
            repository.git("config", name, value.format(program=payload.program))
        for path in (repository.top / ".git" / "objects").glob("??/*"):
            if repository.git("cat-file", "-t", f"{path.parent.name}{path.name}") == "blob":
                path.unlink()

    return write


WAYS = {
    "fsmonitor": configured("core.fsmonitor", "{program}"),
    "filter": with_attributes("filter"),
    "text conversion": with_attributes("diff"),
    "hooks": with_hooks,
    "hooks elsewhere": with_hooks_elsewhere,
    "included": with_included_files,
    "of the work tree": with_a_configuration_of_the_work_tree,
    "fetched by ssh": lacking_objects("remote.origin.url", "ssh://nowhere/x", "core.sshCommand", "{program}"),
    "fetched from a program": lacking_objects("remote.origin.uploadpack", "{program}"),
    "fetched by a helper": lacking_objects("remote.origin.url", "ext::{program}", "protocol.ext.allow", "always"),
}
RUN_BY = {
    "filter": ("hash-object", "a.yaml"),
    "hooks": ("update-ref", "refs/heads/another", "HEAD"),
    "hooks elsewhere": ("update-ref", "refs/heads/another", "HEAD"),
    "text conversion": ("diff",),
    "fetched by ssh": ("cat-file", "-p", "HEAD:./a.yaml"),
    "fetched from a program": ("cat-file", "-p", "HEAD:./a.yaml"),
    "fetched by a helper": ("cat-file", "-p", "HEAD:./a.yaml"),
}
"""What of git runs the program always, where `git status` does so at times or never."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "owner", [None, pytest.param(65534, marks=pytest.mark.skipif(os.geteuid() != 0, reason="gives files away"))]
)
def test_no_program_that_a_repository_names_is_run(
    repository: Repository, payload: Payload, way: str, owner: int | None
) -> None:
    repository.commit(a="one")
    repository.commit(a="two")
    WAYS[way](repository, payload)
    (repository.folder / "a.yaml").write_text("six")  # as long as before, so that git has to read it
    if owner is not None:
        for path in (repository.top, *repository.top.rglob("*")):
            os.lchown(path, owner, owner)
    look_at(repository.folder)
    assert not payload.ran
    argv = ("git", "-c", "safe.directory=*", "-C", str(repository.folder), *RUN_BY.get(way, ("status",)))
    subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert payload.ran, "or this would show nothing"


def commit_a_bare_repository(repository: Repository, folder: Path, payload: Payload) -> None:
    """Ordinary files that git takes for a repository when it looks for one from the folder on."""
    for name in ("objects/.keep", "refs/heads/.keep"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(
        f'[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\nfsmonitor = "{payload.program}"\n'
        f'[filter "evil"]\nclean = "{payload.program}"\n'
    )
    (folder / ".gitattributes").write_text("* filter=evil\n")


@pytest.mark.parametrize("where", [".", "intents", "intents/deeper"])
def test_files_of_a_commit_that_look_like_a_repository_are_none(tmp_path: Path, payload: Payload, where: str) -> None:
    upstream = Repository(tmp_path / "upstream")
    folder = upstream.top / "intents" / "deeper"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("one")
    commit_a_bare_repository(upstream, upstream.top / where, payload)
    commit = upstream.commit()
    clone = tmp_path / "clone"
    upstream.git("clone", "--quiet", str(upstream.top), str(clone))
    payload.trace.unlink(missing_ok=True)
    look_at(clone / "intents" / "deeper")
    assert not payload.ran
    assert revision(clone / "intents" / "deeper", {"a.yaml": "one"}) == commit
    with opened(clone / "intents" / "deeper") as git:
        assert git.commit("HEAD") == commit


def test_a_folder_that_looks_like_a_repository_and_is_in_none(tmp_path: Path, payload: Payload) -> None:
    """As a folder is that was copied, or unpacked, from a commit."""
    folder = tmp_path / "copied"
    folder.mkdir()
    commit_a_bare_repository(Repository(tmp_path / "unused"), folder, payload)
    look_at(folder)
    assert not payload.ran
    assert Found.of(folder) is None


def test_what_the_environment_says_of_another_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a hook of git, which sets these."""
    commit = repository.commit(a="one")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "x")
    with opened(repository.folder) as asked:
        assert asked.commit("HEAD") == commit


def test_nothing_of_the_repository_is_written_to(repository: Repository) -> None:
    repository.commit(a="one")
    repository.commit(a="two")

    def state() -> dict[Path, tuple[int, int]]:
        found = {path: path.stat() for path in sorted(repository.top.rglob("*"))}
        return {path: (about.st_mtime_ns, about.st_ino) for path, about in found.items()}

    before = state()
    look_at(repository.folder)
    assert state() == before
