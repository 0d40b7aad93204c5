from pathlib import Path

import pytest

from reconciler.cli import main
from reconciler.cli.command_line import parse
from reconciler.cli.watching import prepared
from reconciler.errors import NodeError

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9520", ("127.0.0.1", 9520)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:9520", ("::1", 9520)),
        ("fd00::1:9520", ("fd00::1", 9520)),
        ("off", None),
    ],
)
def test_where_metrics_are(text: str, address: tuple[str, int] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse(["--watch", "--metrics", text]).metrics == address
    monkeypatch.setenv("RECONCILE_METRICS", text)
    assert parse(["--watch"]).metrics == address


def test_metrics_are_on_the_loopback_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILE_METRICS", raising=False)
    assert parse(["--watch"]).metrics == ("127.0.0.1", 9520)


@pytest.mark.parametrize("text", ["9520", ":9520", "localhost", "localhost:http", "localhost:65536", "localhost:²"])
def test_no_address_is_one_line(text: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--watch", "--metrics", text])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(
        f"error: --metrics is {text!r}: give HOST:PORT like 127.0.0.1:9520, or off"
    )


@pytest.mark.parametrize(
    ("argv", "fault"),
    [
        ("--watch --audit 0", "--audit is 0: give seconds above 0, and at most 86400"),
        ("--watch --audit nan", "--audit is nan: give seconds above 0"),
        ("--watch --confirm -1", "--confirm is -1: give seconds above 0"),
        ("--watch --confirm inf", "--confirm is inf: give seconds above 0"),
        ("--confirm 5", "--confirm goes with --watch"),
        ("--watch --verify true", "--verify goes with --confirm"),
        ("--watch --confirm 5 --verify 'a", '--verify is "\'a": no closing quotation: close it'),
    ],
)
def test_what_the_loop_cannot_do_is_one_line(argv: str, fault: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv.split(" "))
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: {fault}")


def test_the_loop_is_told_by_the_environment_too_and_a_plain_run_does_not_heed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in (("AUDIT", "90"), ("CONFIRM", "5"), ("VERIFY", "check 'all of it'")):
        monkeypatch.setenv(f"RECONCILE_{name}", text)
    told = parse(["--watch"])
    assert (told.audit, told.confirm, told.verify) == (90.0, 5.0, ("check", "all of it"))
    assert parse(["--watch", "--audit", "7"]).audit == 7.0
    plain = parse([])
    assert (plain.audit, plain.confirm, plain.verify) == (60.0, None, ())


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        ("RECONCILE_AUDIT=soon", "RECONCILE_AUDIT is 'soon': give seconds above 0"),
        ("RECONCILE_CONFIRM=-1", "--confirm is -1: give seconds above 0"),
        ("RECONCILE_ALLOW_DELETES=false", "RECONCILE_ALLOW_DELETES is 'false': give 1 or 0"),
        ("RECONCILE_VERBOSE=yes", "RECONCILE_VERBOSE is 'yes': give 1 or 0"),
    ],
)
def test_a_variable_that_says_nothing_is_one_line(
    variable: str, fault: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(*variable.split("="))
    with pytest.raises(SystemExit) as ended:
        parse(["--watch"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: {fault}")


def test_a_switch_is_off_by_nought_and_on_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, on in (("", False), ("0", False), ("1", True)):
        monkeypatch.setenv("RECONCILE_ALLOW_DELETES", text)
        assert parse([]).allow_deletes is on
    monkeypatch.setenv("RECONCILE_ALLOW_DELETES", "0")
    assert parse(["--allow-deletes"]).allow_deletes is True


def test_the_words_of_a_command_that_verifies() -> None:
    assert parse(["--watch", "--confirm", "5", "--verify", "check 'all of it'"]).verify == ("check", "all of it")


def test_the_state_is_not_kept_where_it_would_be_read_as_intents(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="lies in the folder of intents"):
        prepared(tmp_path / "state", tmp_path)
    assert not (tmp_path / "state").exists()
    assert prepared(tmp_path / "state", tmp_path / "intents").is_dir()


@pytest.mark.parametrize("text", ["{", "[]", "7", "null", "{}", '{"node": "worker-1"}'])
def test_what_is_no_status_is_one_line(text: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "status.json").write_text(text)
    assert main(["status", "--state", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path}/status.json: not a status: start `reconcile --watch`")
