"""`reconcile import kubernetes`: what it prints, and its exit codes."""

import io
import json
import sys
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.kubernetes.objects import listing, node, service

Capture = pytest.CaptureFixture[str]
COMMAND = ("import", "kubernetes", "dump.json", "--into", "intents")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILE_OUTPUT", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("dump.json").write_text(listing([node(), service(sessionAffinity="ClientIP")]), encoding="utf-8")


NOTE = "dump.json:49: Service shop/web: sessionAffinity ClientIP is not kept: every new connection chooses anew"
WRITTEN = ["intents/nodes/worker-1.yaml", "intents/services/shop/web.yaml"]


def test_as_text(capsys: Capture) -> None:
    assert main(COMMAND) == 0
    lines = "".join(f"wrote {path}\n" for path in WRITTEN)
    assert capsys.readouterr() == (f"{lines}intents: 2 written, 0 removed, 0 unchanged\n", f"note: {NOTE}\n")
    assert main(["validate"]) == 0


def test_as_json(capsys: Capture) -> None:
    assert main([*COMMAND, "--output", "json"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"written": WRITTEN, "removed": [], "unchanged": 0, "notes": [NOTE]}, "")


def test_from_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path("dump.json").read_bytes())))
    assert main(["import", "kubernetes", "-", "--into", "intents"]) == 0
    assert capsys.readouterr().err == f"note: {NOTE}\n".replace("dump.json", "<stdin>")


def test_faults(capsys: Capture) -> None:
    Path("dump.json").write_text('{"kind": "List"}', encoding="utf-8")
    assert main(COMMAND) == 1
    out, err = capsys.readouterr()
    assert (out, err.partition(" ")[0]) == ("", "dump.json:1:1:")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], ["bridge: br-int", "  interface: gw0"]),
        (["--bridge", "br0", "--gateway", "gw1"], ["bridge: br0", "  interface: gw1"]),
        (["--pipeline", "antrea"], ["pipeline: antrea", "  interface: antrea-gw0"]),
        (["--pipeline", "antrea", "--gateway", "gw1"], ["pipeline: antrea", "  interface: gw1"]),
    ],
)
def test_how_the_nodes_are_bridged(options: list[str], said: list[str]) -> None:
    assert main([*COMMAND, *options]) == 0
    lines = Path("intents/nodes/worker-1.yaml").read_text(encoding="utf-8").splitlines()
    assert set(said) <= set(lines)


@pytest.mark.parametrize("option", ["--bridge", "--gateway"])
def test_a_name_that_is_no_interface(capsys: Capture, option: str) -> None:
    assert main([*COMMAND, option, "a b"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {option}: 'a b' is not an interface name: ")


def test_a_folder_must_be_named(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match=r"^1$"):
        main(COMMAND[:3])
    assert "--into" in capsys.readouterr().err
