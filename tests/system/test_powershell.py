"""How PowerShell is asked, and what is made of what it says."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconciler.errors import NodeError, ReconcileError, ToolError
from reconciler.intents import Remote
from reconciler.system import powershell, winrm
from tests.declared import node

REMOTE = {"transport": "winrm", "host": "win-1.example.org", "user": "Administrator"}


def remote(**changed: Any) -> Remote:
    return Remote.model_validate({**REMOTE, **changed})


def answering(text: str) -> powershell.Transport:
    return lambda _request, _patience: text


def test_the_last_line_is_the_answer() -> None:
    assert powershell.ask(answering('noise\r\n{"failed": []}\r\n'), {}) == {"failed": []}


@pytest.mark.parametrize(
    ("printed", "kind", "said"),
    [
        ("no JSON", ToolError, "powershell.exe answered with no JSON: 'no JSON'"),
        (
            '{"error": {"category": "PermissionDenied", "id": "x", "message": "Access is denied. \\r\\n"}}',
            NodeError,
            "Access is denied: run as Administrator",
        ),
        (
            '{"error": {"category": "InvalidArgument", "id": "x", "message": "Invalid class"}}',
            ToolError,
            "Invalid class",
        ),
    ],
)
def test_a_complaint(printed: str, kind: type[ReconcileError], said: str) -> None:
    with pytest.raises(kind) as raised:
        powershell.ask(answering(printed), {})
    assert str(raised.value) == said


def test_a_request_stays_out_of_the_command_line_and_of_the_script() -> None:
    assert powershell.POWERSHELL[-2] == "-EncodedCommand"
    assert all("10." not in word for word in powershell.POWERSHELL)


def test_the_transport_is_the_nodes() -> None:
    assert powershell.transport(node(platform="windows")) is powershell.by_process
    far = node(platform="windows", windows={"remote": {"transport": "ssh", "host": "win-1"}})
    assert powershell.transport(far) is not powershell.by_process


def test_ssh_asks_nothing_and_takes_no_option_from_a_host() -> None:
    plain = remote(transport="ssh", user=None)
    assert powershell.ssh(plain)[:5] == ("ssh", "-o", "BatchMode=yes", "win-1.example.org", "--")
    full = remote(transport="ssh", port=2222)
    assert powershell.ssh(full)[3:7] == ("-p", "2222", "Administrator@win-1.example.org", "--")


def test_without_powershell_it_says_where_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NodeError, match=r"no powershell.exe here: .* `windows.remote`"):
        powershell.by_process("{}", 1)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: C901  (small classes)
    """A pypsrp that remembers, and answers as it is told."""
    seen: dict[str, Any] = {"printed": ["{}"], "had_errors": False}

    class Shell:
        streams = SimpleNamespace(error=["it broke"])

        def __init__(self, _pool: object) -> None:
            self.had_errors = seen["had_errors"]

        def add_script(self, script: str) -> "Shell":
            seen["script"] = script
            return self

        def add_argument(self, argument: str) -> "Shell":
            seen["argument"] = argument
            return self

        def invoke(self) -> list[str]:
            if "raises" in seen:
                raise seen["raises"]
            return list(seen["printed"])

    class Pool:
        def __init__(self, _connection: object, **_options: object) -> None: ...
        def __enter__(self) -> "Pool":
            return self

        def __exit__(self, *_: object) -> None: ...

    modules: dict[str, dict[str, object]] = {
        "pypsrp": {},
        "pypsrp.powershell": {"RunspacePool": Pool, "PowerShell": Shell},
    }
    modules["pypsrp.wsman"] = {"WSMan": lambda host, **options: seen.update(host=host, **options)}
    for name, members in modules.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("RECONCILE_WINRM_PASSWORD", "secret")
    return seen


def test_winrm_runs_the_same_script_with_the_request_as_its_argument(library: dict[str, Any]) -> None:
    assert winrm.by_winrm(remote(), '{"verb": "read"}', 60) == "{}"
    assert (library["script"], library["argument"]) == (powershell.SCRIPT, '{"verb": "read"}')
    assert (library["host"], library["username"], library["password"]) == (REMOTE["host"], REMOTE["user"], "secret")
    assert library["ssl"] is True


def test_winrm_without_tls_only_on_its_own_port(library: dict[str, Any]) -> None:
    winrm.by_winrm(remote(port=5985), "{}", 60)
    assert (library["port"], library["ssl"]) == (5985, False)


def test_winrm_that_fails_never_tells_the_password(library: dict[str, Any]) -> None:
    library["raises"] = OSError("connection refused")
    with pytest.raises(NodeError, match=r"^win-1.example.org is not reached by WinRM: connection refused$"):
        winrm.by_winrm(remote(), "{}", 60)
    del library["raises"]
    library.update(printed=[], had_errors=True)
    with pytest.raises(ToolError, match="it broke"):
        winrm.by_winrm(remote(), "{}", 60)


def test_winrm_needs_its_library_and_a_password(monkeypatch: pytest.MonkeyPatch, library: dict[str, Any]) -> None:
    monkeypatch.delenv("RECONCILE_WINRM_PASSWORD")
    with pytest.raises(NodeError, match=r"no password for Administrator .* RECONCILE_WINRM_PASSWORD"):
        winrm.by_winrm(remote(), "{}", 60)
    for name in ("pypsrp", "pypsrp.powershell", "pypsrp.wsman"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NodeError, match=r"pip install reconciler\[winrm\]"):
        winrm.by_winrm(remote(), "{}", 60)
