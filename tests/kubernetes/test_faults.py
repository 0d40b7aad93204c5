"""What is wrong in a dump is told at its place, and nothing is written then. The cases are in `bad/`."""

from pathlib import Path

import pytest

from reconciler.errors import IntentError
from reconciler.kubernetes import import_into
from tests.intents.cases import Case, parse
from tests.kubernetes.telling import BRIDGING, HERE

CASES = [case for path in sorted((HERE / "bad").glob("*.txt")) for case in parse(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_every_fault_is_one_line_at_its_place(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in case.files.items():
        Path(name).write_text(text, encoding="utf-8")
    with pytest.raises(IntentError) as raised:
        import_into(Path("intents"), list(case.files), BRIDGING)
    assert raised.value.lines() == case.faults
    assert not Path("intents").exists()
    assert all(line.isprintable() for line in case.faults)
