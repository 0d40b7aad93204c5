"""Whole clusters as kubectl prints them, the folders that follow, and that nothing else decides what follows."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from reconciler.intents import load
from reconciler.kubernetes import import_into
from reconciler.yaml.documents import read
from tests.kubernetes.telling import BRIDGING, HERE, STORIES, inputs, notes, told, tree


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def objects(story: str) -> list[Any]:
    documents = [read((HERE / story / name).read_text(encoding="utf-8")).documents for name in inputs(story)]
    return [item for (document,) in documents for item in document.value["items"]]


def test_what_follows_is_as_written(story: str, tmp_path: Path) -> None:
    outcome = told(story, tmp_path / "intents")
    assert tree(tmp_path / "intents") == tree(HERE / story / "intents")
    assert notes(outcome) == (HERE / story / "notes.txt").read_text(encoding="utf-8")


def test_it_loads_as_the_cluster_is(story: str) -> None:
    intents = load(HERE / story / "intents")
    assert intents.nodes
    assert intents.services


def test_again_nothing_is_written(story: str, tmp_path: Path) -> None:
    first = told(story, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    second = told(story, tmp_path)
    assert (second.written, second.removed, second.unchanged) == ([], [], len(first.written))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("seed", range(3))
def test_neither_order_nor_form_nor_number_of_files_matters(story: str, seed: int, tmp_path: Path) -> None:
    given = objects(story)
    random.Random(seed).shuffle(given)
    for each in given:
        random.Random(seed).shuffle(each.get("endpoints") or [])
    some = tmp_path / "some.json"
    some.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": given[1:]}), encoding="utf-8")
    one = tmp_path / "one.yaml"
    # Twice, as when two exports overlap, and each in a document of its own.
    one.write_text("---\n".join(json.dumps(each) + "\n" for each in given[:2]), encoding="utf-8")
    import_into(tmp_path / "intents", [str(some), str(one)], BRIDGING)
    assert tree(tmp_path / "intents") == tree(HERE / story / "intents")
