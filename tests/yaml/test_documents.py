"""Properties of the reader: it takes what it is given for what it is, and never falls over."""

import json
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.errors import IntentError
from reconciler.intents import load
from reconciler.intents.places import KEY, walk
from reconciler.intents.places import Path as Steps
from reconciler.positions import Position, position_of
from reconciler.yaml.documents import NOT_YAML, Marks, read

ALPHABET = st.characters(codec="utf-8", exclude_characters="\u2028\u2029\x85\ufeff")
TEXT = st.text(ALPHABET.filter(lambda character: not NOT_YAML.match(character)), max_size=12)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=4)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def as_indented_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=3)


def as_block_yaml(value: Any) -> str:
    writer, out = YAML(typ="safe", pure=True), StringIO()
    writer.default_flow_style = False
    writer.dump(value, out)
    return out.getvalue()


RENDERERS = st.sampled_from([as_json, as_indented_json, as_block_yaml])


@given(st.lists(DOCUMENTS, min_size=1, max_size=3), RENDERERS)
def test_what_is_written_is_what_is_read(values: list[dict[str, Any]], render: Any) -> None:
    text = "".join(f"---\n{render(value)}\n" for value in values)
    reading = read(text)
    assert reading.faults == []
    assert reading.complete
    assert [document.value for document in reading.documents] == values


@given(st.lists(DOCUMENTS, min_size=1, max_size=3), RENDERERS)
def test_reading_with_positions_gives_the_same_values(values: list[dict[str, Any]], render: Any) -> None:
    text = "".join(f"---\n{render(value)}\n" for value in values)
    assert read(text, {}).documents == read(text).documents


@given(DOCUMENTS, st.sampled_from([as_json, as_indented_json]))
def test_every_position_is_where_the_value_stands(value: dict[str, Any], render: Any) -> None:
    text = render(value)
    marks: Marks = {}
    (document,) = read(text, marks).documents
    starts = {position_of(text, index): text[index:] for index in range(len(text))}
    for path, begins_with in places_in(value, ()):
        assert starts[walk(document, marks, path)].startswith(begins_with)


def places_in(value: Any, path: Steps) -> Any:
    """Every path of a value, and how its JSON begins."""
    yield path, json.dumps(value, ensure_ascii=False)[0] if isinstance(value, dict | list) else as_json(value)
    for step, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_in(item, (*path, step))
        if isinstance(value, dict):
            yield (*path, step, KEY), as_json(step)


def lines_of(content: bytes) -> list[str]:
    """What `load` says of a folder with this file and a node."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.yaml").write_bytes(content)
        (Path(folder) / "node.yaml").write_text(
            "{kind: Node, name: n, bridge: b, gateway: {interface: g}, addresses: [172.30.0.1], podCIDRs: []}",
            encoding="utf-8",
        )
        try:
            load(Path(folder))
        except IntentError as error:
            return [line.removeprefix(f"{folder}/") for line in error.lines()]
    return []


@given(
    st.binary(max_size=40) | st.text(st.sampled_from("ab:-[]{},&*!|>'\"%@`#? \n\t1.<~\\"), max_size=40).map(str.encode)
)
def test_whatever_is_in_a_file_there_are_only_faults(content: bytes) -> None:
    for line in lines_of(content):
        assert line.isprintable()
        file, number, column, _ = line.split(":", 3)
        assert (file, number.isdigit(), column.isdigit()) == ("a.yaml", True, True)


SERVICE: dict[str, Any] = {
    "kind": "Service",
    "name": "web",
    "namespace": "shop",
    "clusterIPs": ["10.96.0.10"],
    "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}],
    "endpoints": [{"ip": "10.10.1.2", "nodeName": "n", "weight": 1, "ports": {"http": 81}}],
}
PATHS = [path for path, _ in places_in(SERVICE, ()) if path and path[-1] != KEY]


@given(st.sampled_from(PATHS), VALUES)
def test_whatever_stands_in_place_of_a_value_there_are_only_faults_at_it(path: Steps, wrong: Any) -> None:
    service = json.loads(as_json(SERVICE))
    inner = service
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = wrong
    text = as_indented_json(service)
    marks: Marks = {}
    (document,) = read(text, marks).documents
    first = walk(document, marks, path)
    for line in lines_of(text.encode()):
        assert line.isprintable()
        _, number, column, _ = line.split(":", 3)
        assert Position(int(number), int(column)) >= first


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "---\n---\n...\n", "null", "~\n---\n"])
def test_empty_documents_are_none(text: str) -> None:
    reading = read(text)
    assert (reading.documents, reading.faults, reading.complete) == ([], [], True)


def test_every_character_that_yaml_allows_can_be_in_quotes() -> None:
    text = "".join(chr(code) for code in range(0x20, 0x11000) if not NOT_YAML.match(chr(code)))
    for begin in range(0, len(text), 50):
        part = text[begin : begin + 50].translate(dict.fromkeys(map(ord, '"\\\x85\u2028\u2029\n\r\t ')))
        (document,) = read(f'a: "{part}"').documents
        assert document.value == {"a": part}


def test_what_python_takes_for_a_line_break_is_not_one_in_yaml() -> None:
    assert position_of("a\x0cb\x1cc", 4) == Position(1, 5)
    assert position_of("a\r\nb\rc\nd", 7) == Position(4, 1)


@pytest.mark.parametrize(
    ("text", "at"), [("a: [", (1, 5)), ("a: [\n", (2, 1)), ("a:\n  b: {c", (2, 8)), ('a: "', (1, 4))]
)
def test_a_fault_at_the_end_is_inside_the_file(text: str, at: tuple[int, int]) -> None:
    (fault,) = read(text).faults
    assert fault.at == at
