import json

import pytest

from reconciler.explain.documents import document
from tests.explain.telling import CAPTURED, HERE, explanation, text

PATH = {"service", "vip", "protocol", "port", "client", "intent", "whole", "refused", "unserved", "remarks", "broken"}
STEP = {"name", "direction", "where", "table", "text", "source", "destination", "verdict", "evidence"}
EVIDENCE = {"kind", "key", "verdict", "desired", "actual", "intent", "mend"}


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_node_is_explained_as_written(name: str) -> None:
    assert text(name) == (HERE / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CAPTURED)
def test_the_json_form_is_as_documented(name: str) -> None:
    told = json.loads(json.dumps(document(explanation(name))))
    assert told.keys() == {"node", "bridge", "whole", "notes", "paths"}
    for path in told["paths"]:
        assert path.keys() == PATH | {"steps", "endpoints"}
        assert path["broken"] is None or path["broken"].keys() == EVIDENCE | {"step"}
        for way in path["endpoints"]:
            assert way.keys() == {"ip", "port", "share", "place", "whole", "broken", "steps"}
        for step in [*path["steps"], *(step for way in path["endpoints"] for step in way["steps"])]:
            assert step.keys() == STEP
            assert all(evidence.keys() == EVIDENCE for evidence in step["evidence"])


@pytest.mark.parametrize("name", CAPTURED)
def test_a_document_is_whole_when_the_text_says_so(name: str) -> None:
    last = text(name).splitlines()[-1]
    assert document(explanation(name))["whole"] is ("not whole" not in last)


def test_connections_in_conntrack_are_told() -> None:
    assert "conntrack has 3 in zone 1312, 3 in zone 1313" in text("remote-host-from-the-node")
