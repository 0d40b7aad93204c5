"""What is remembered is what would be compiled, and nothing else is ever taken for it."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler import loaded as loading
from reconciler import remembered
from reconciler.compilation import Compilation
from reconciler.errors import IntentError, NodeError
from reconciler.facts import symbolic
from reconciler.loaded import Loaded
from reconciler.platforms import whereabouts
from reconciler.remembered import Remembered
from reconciler.system import kept
from tests.declared import ONE_OF_EACH

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "intents", tmp_path / "intents"))


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "memory"


def compiled(folder: Path, memory: Path | None, name: str = "worker-1") -> Compilation:
    loaded = Loaded.of(folder, name)
    facts = symbolic(loaded.node, loaded.intents)
    with Remembered(folder, name, memory) as known:
        assert known._at == whereabouts(loaded.node)
        found, fresh = known.compile(facts), loaded.compile(facts)
    assert found == fresh
    assert all(found.desired[key].intent == resource.intent for key, resource in fresh.desired.items())
    return found


def test_the_second_run_comes_to_the_same_without_parsing(
    folder: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Loaded.of(folder, "worker-1")
    facts = symbolic(loaded.node, loaded.intents)
    with Remembered(folder, "worker-1", memory) as first:
        wanted = first.compile(facts)
    monkeypatch.setattr(loading, "Loaded", None)
    again = Remembered(folder, "worker-1", memory)
    assert again._at == whereabouts(loaded.node)
    assert again.compile(facts) == wanted


@pytest.mark.parametrize("name", ["worker-1", "worker-2", "worker-3", "win-1"])
def test_every_kind_of_node_is_remembered_as_it_is(folder: Path, memory: Path, name: str) -> None:
    for _ in range(2):
        compiled(folder, memory, name)
    assert len(list((memory / "compiled").iterdir())) == 1


def test_what_is_written_while_it_runs_is_for_the_next_run(folder: Path, memory: Path) -> None:
    before = compiled(folder, None)
    loaded = Loaded.of(folder, "worker-1")
    facts, web = symbolic(loaded.node, loaded.intents), folder / "shop" / "web.yaml"
    with Remembered(folder, "worker-1", memory) as known:
        web.write_text((text := web.read_text()).replace("port: 80", "port: 81"))
        assert known.compile(facts) == before
    web.write_text(text)
    assert compiled(folder, memory) == before


def test_what_was_compiled_is_written_down_once_and_when_something_fails_too(folder: Path, memory: Path) -> None:
    with pytest.raises(NodeError), Remembered(folder, "worker-1", memory) as known:
        compile_and_fail(known, folder)
    (file,) = (memory / "compiled").iterdir()
    file.unlink()
    known.keep()
    assert not file.exists()


def compile_and_fail(known: Remembered, folder: Path) -> None:
    loaded = Loaded.of(folder, "worker-1")
    known.compile(symbolic(loaded.node, loaded.intents))
    raise NodeError("no bridge")


def test_every_kind_of_resource_survives() -> None:
    assert list(remembered._resources(remembered._rows(ONE_OF_EACH))) == list(ONE_OF_EACH)


def test_another_content_or_other_facts_are_compiled_anew(folder: Path, memory: Path) -> None:
    before = compiled(folder, memory)
    web = folder / "shop" / "web.yaml"
    web.write_text(web.read_text().replace("port: 80", "port: 81"))
    after = compiled(folder, memory)
    assert after != before
    known, loaded = Remembered(folder, "worker-1", memory), Loaded.of(folder, "worker-1")
    facts = replace(symbolic(loaded.node, loaded.intents), gateway_port="7")
    assert known.compile(facts) == loaded.compile(facts) != after


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "writable by others"])
def test_what_is_not_ours_is_not_read(folder: Path, memory: Path, damage: str) -> None:
    compiled(folder, memory)
    (file,) = (memory / "compiled").iterdir()
    content = file.read_bytes()
    if damage == "writable by others":
        file.write_bytes(content[:64] + b"cos\nsystem\n(S'touch /nowhere'\ntR.")
        file.chmod(0o666)
    else:
        file.write_bytes({"empty": b"", "cut": content[:200], "garbage": content[:64] + os.urandom(200)}[damage])
    assert Remembered(folder, "worker-1", memory)._kept is None
    compiled(folder, memory)


def test_without_a_memory_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    compiled(folder, None)
    assert [path.name for path in tmp_path.iterdir()] == ["intents"]


def test_a_memory_that_cannot_be_written_is_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    compiled(folder, tmp_path / "file" / "memory")


def test_the_oldest_are_forgotten(folder: Path, memory: Path) -> None:
    for number in range(kept.MOST + 2):
        compiled(Path(shutil.copytree(folder, folder.with_name(f"intents-{number}"))), memory)
    assert len(list((memory / "compiled").iterdir())) == kept.MOST


def test_faults_are_told_whatever_is_remembered(folder: Path, memory: Path) -> None:
    compiled(folder, memory)
    with pytest.raises(NodeError, match="no Node worker-9"):
        _ = Remembered(folder, "worker-9", memory).machine("")
    (folder / "bad.yaml").write_text("kind: Service\nname: BAD\n")
    with pytest.raises(IntentError, match="'BAD' is not a DNS label"):
        _ = Remembered(folder, "worker-1", memory).machine("")
