import pytest

from reconciler.cli.options import parse

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
