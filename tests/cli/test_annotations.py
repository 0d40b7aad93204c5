import json
import os
from pathlib import Path

import pytest

from reconciler.cli import main
from reconciler.cli.annotations import github, pending, remark
from reconciler.origin import Origin
from reconciler.plan import make_plan
from reconciler.resources import Entry, Flow, by_key

Capture = pytest.CaptureFixture[str]
BAD = "kind: Service\nname: BAD\nclusterIPs: [10.96.0.300]\nports: [{port: 80}]\n"
PLACES = [("intents/bad, 100%.yaml", 2, 7), ("intents/bad, 100%.yaml", 3, 14)]
GOOD = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("RECONCILE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents/bad, 100%.yaml").write_text(BAD)
    return tmp_path


def faults(capsys: Capture, *arguments: str) -> tuple[str, list[str]]:
    """Standard output, and the normal lines."""
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    return out, err.splitlines()


@pytest.mark.parametrize("command", [["validate"], ["--check", "--node", "worker-1"]], ids=["validate", "check"])
def test_github(here: Path, capsys: Capture, command: list[str]) -> None:
    out, normal = faults(capsys, *command, "--output", "github")
    first, second = out.splitlines()
    assert first.startswith("::error file=intents/bad%2C 100%25.yaml,line=2,col=7::name 'BAD' is not a DNS label: ")
    assert second.startswith("::error file=intents/bad%2C 100%25.yaml,line=3,col=14::VIP '10.96.0.300' is not an IP")
    assert [(r.file, r.line, r.column) for r in map(remark, normal)] == PLACES


def test_code_quality(here: Path, capsys: Capture) -> None:
    out, normal = faults(capsys, "validate", "--output", "codequality")
    issues = json.loads(out)
    places = [(issue["location"]["path"], issue["location"]["lines"]["begin"]) for issue in issues]
    assert places == [(file, line) for file, line, _ in PLACES]
    assert [issue["description"] for issue in issues] == [remark(line).message for line in normal]
    assert len({issue["fingerprint"] for issue in issues}) == 2
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert all(issue["check_name"] for issue in issues)


def test_forges_name_files_below_the_checkout(here: Path, capsys: Capture) -> None:
    out, _ = faults(capsys, "validate", "--output", "github", "--intents", str(here / "intents"))
    assert out.startswith("::error file=intents/bad")


@pytest.mark.parametrize("form", ["github", "codequality"])
def test_a_fault_without_a_place(here: Path, capsys: Capture, form: str) -> None:
    out, _ = faults(capsys, "validate", "--output", form, "--intents", "nowhere")
    expected = "nowhere: no such folder: create it, or name another with --intents"
    assert out == f"::error::{expected}\n" if form == "github" else json.loads(out)[0]["description"] == expected


def test_without_a_fault_there_is_nothing_to_annotate(here: Path, capsys: Capture) -> None:
    (here / "intents/bad, 100%.yaml").write_text(GOOD)
    assert main(["validate", "--output", "codequality"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["validate", "--output", "github"]) == 0
    assert capsys.readouterr().out == "intents: valid: 1 node, 0 services\n"


def test_drift_is_shown_at_the_intent_that_it_is_from() -> None:
    origin = Origin("intents/a,b.yaml", 4)
    desired = (Flow(20, 200, "tcp", "drop", origin), Entry("0x520-svc4", "10.96.0.1,tcp:80", origin))
    plan = make_plan("worker-1", by_key(desired), by_key([Entry("0x520-svc4", "10.96.0.9,tcp:80")]))
    assert list(pending(plan)) == [
        "::error file=intents/a%2Cb.yaml,line=4::worker-1: not as this intent says"
        "%0A+ flow table=20,priority=200,tcp%0A+ entry 0x520-svc4 10.96.0.1,tcp:80",
        "::error::worker-1: here, and no intent asks for it%0A- entry 0x520-svc4 10.96.0.9,tcp:80",
    ]


def test_no_message_ends_its_command() -> None:
    assert list(github(["a:b.yaml:1:2: 5%\r\n::error::x"])) == [
        "::error file=a%3Ab.yaml,line=1,col=2::5%25%0D%0A::error::x"
    ]


@pytest.mark.parametrize(
    ("arguments", "fit"),
    [
        (["show", "--output", "github"], "--output github goes with validate and --check"),
        (["--output", "github"], "--output github goes with validate and --check"),
        (["--check", "--output", "codequality"], "--output codequality goes with validate"),
    ],
)
def test_other_commands_have_nothing_for_reviewers(capsys: Capture, arguments: list[str], fit: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"error: {fit}: see `reconcile --help`\n"
