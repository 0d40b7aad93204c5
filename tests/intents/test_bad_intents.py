from pathlib import Path

import pytest

from reconciler.errors import IntentError
from reconciler.intents import load
from tests.intents.cases import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_every_fault_is_one_line_at_its_place(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("intents")
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(IntentError) as raised:
        load(folder)
    assert raised.value.lines() == case.faults


def test_titles_tell_the_cases_apart() -> None:
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) >= 60


def test_no_fault_is_more_than_one_line() -> None:
    assert all(fault.isprintable() for case in CASES for fault in case.faults)
