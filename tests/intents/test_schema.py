import json
import re
from pathlib import Path

import pytest

from reconciler.intents.schema import schemas, write

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_written_schemas_are_those_of_the_models() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("*")}
    assert written == schemas(), "stale: run `reconcile schema`"


def test_writing_makes_the_folder(tmp_path: Path) -> None:
    paths = write(tmp_path / "new" / "folder")
    assert {path.name: path.read_text(encoding="utf-8") for path in paths} == schemas()


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_key_is_described_and_no_other_is_allowed(name: str) -> None:
    schema = json.loads(schemas()[name])
    definitions = [item for item in (schema, *schema["$defs"].values()) if "properties" in item]
    assert definitions
    for definition in definitions:
        assert definition["additionalProperties"] is False
        assert definition["title"]
        assert definition["description"]
        for key, value in definition["properties"].items():
            assert len(value["description"]) > 15, key


def test_a_document_says_its_kind() -> None:
    assert json.loads(schemas()["node.schema.json"])["required"][0] == "kind"
    intent = json.loads(schemas()["intent.schema.json"])
    assert intent["oneOf"] == [{"$ref": "#/$defs/Node"}, {"$ref": "#/$defs/Service"}]
    assert intent["$defs"]["Service"]["required"] == ["kind", "name", "clusterIPs", "ports"]


def test_the_keys_are_those_of_yaml() -> None:
    keys = json.loads(schemas()["node.schema.json"])["properties"]
    assert list(keys) == [
        *("kind", "name", "platform", "pipeline", "antrea", "windows", "allowDeletes"),
        *("bridge", "gateway"),
        *("addresses", "podCIDRs", "virtualIPs"),
    ]


def test_an_override_is_by_a_name_that_a_port_may_have() -> None:
    ports = json.loads(schemas()["service.schema.json"])["$defs"]["Endpoint"]["properties"]["ports"]
    (pattern,) = ports["patternProperties"]
    assert re.search(pattern, "http")
    assert not re.search(pattern, "HTTP")
    assert ports["additionalProperties"] is False
