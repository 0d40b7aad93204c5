"""A file read piece by piece says what it says as a whole, fault for fault."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.intents import Declared, readings
from reconciler.intents.readings import FileReading, read_file
from reconciler.yaml.pieces import pieces
from tests.intents.cases import cases

ROOT = Path(__file__).parents[2]
GOOD = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "intents").rglob("*.yaml"))]
ODD = [
    "--- {kind: Service, name: a, clusterIPs: [10.96.0.1], ports: [{port: 80}]}\n",
    "kind: Service\nname: b\nclusterIPs: [10.96.0.2]\nports: [{port: 80}]\n...\n---\n# nothing\n",
    "# only a comment\n",
    "---\n---\n",
    "kind: Service\r\nname: c\r\nclusterIPs: [10.96.0.3]\r\nports: [{port: 80}]\r\n",
    "%YAML 1.2\n---\nkind: Service\nname: d\nclusterIPs: [10.96.0.4]\nports: [{port: 80}]\n",
    "kind: Service\nname: e\nclusterIPs: [10.96.0.5]\nports:\n- {port: 80}\nendpoints:\n- ip: |-\n    10.10.1.2\n",
    '"kind": "Service"\n',
    "'not\n--- closed\n",
    "--- |\n  text\n",
    "---no marker\n",
]
BAD = [text for case in cases() for text in case.files.values()]
TEXTS = st.lists(st.sampled_from([*GOOD, *ODD, *BAD]), min_size=1, max_size=3)


@given(TEXTS, st.sampled_from(["---\n", "\n---\n", "---\r\n", "...\n---\n", ""]))
def test_pieces_say_what_the_whole_says(texts: list[str], between: str) -> None:
    text = between.join(texts)
    assert "".join(pieces(text)) == text
    one, whole = read_file("a.yaml", text), readings._read_whole("a.yaml", text)
    assert said(one) == said(whole)
    assert one.text == text


def said(reading: FileReading) -> tuple[object, ...]:
    return reading.nodes, reading.services, sorted(reading.faults), reading.nodes_unread


@pytest.mark.parametrize("text", GOOD)
def test_a_line_more_in_front_moves_every_place(text: str) -> None:
    before = read_file("a.yaml", text)
    after = read_file("a.yaml", f"# one more\n---\n{text}", before)
    for old, new in zip(declared(before), declared(after), strict=True):
        assert new.origin.line == old.origin.line + 2
        assert new.spec is old.spec or old is declared(before)[0], "read only where it is new"


def declared(reading: FileReading) -> list[Declared[Any]]:
    return [*reading.nodes, *reading.services]
