"""PowerShell remoting (WinRM), through pypsrp, which is an extra and imported only when a node asks for it."""

import os
from importlib import import_module
from typing import Any

from reconciler.errors import NodeError, ToolError
from reconciler.intents import Remote
from reconciler.system.powershell import SCRIPT

PASSWORD = "RECONCILE_WINRM_PASSWORD"  # noqa: S105  (where it is, not what it is)
HTTP = 5985
"""The port of WinRM without TLS, where messages are encrypted by the login itself."""


def by_winrm(remote: Remote, request: str, _patience: float) -> str:
    """Run the script there with a request, and return what it printed; the library waits as long as it runs.

    Raises NodeError when the library, the password or the way to the node is missing.
    """
    shells, wsman = _library("powershell"), _library("wsman")
    connection = {"username": remote.user, "password": _password(remote), "ssl": remote.port != HTTP}
    try:
        with shells.RunspacePool(wsman.WSMan(remote.host, port=remote.port, **connection), no_profile=True) as pool:
            shell = shells.PowerShell(pool)
            shell.add_script(SCRIPT).add_argument(request)
            printed = shell.invoke()
    except Exception as error:  # noqa: BLE001  (of pypsrp, requests and spnego: they share no base)
        raise NodeError(f"{remote.host} is not reached by WinRM: {error}") from None
    if shell.had_errors and not printed:
        raise ToolError(f"PowerShell on {remote.host}: {'; '.join(map(str, shell.streams.error))}")
    return "\n".join(map(str, printed))


def _library(module: str) -> Any:
    try:
        return import_module(f"pypsrp.{module}")
    except ImportError:
        raise NodeError("WinRM needs the package pypsrp: run `pip install reconciler[winrm]`") from None


def _password(remote: Remote) -> str | None:
    password = os.environ.get(PASSWORD)
    if remote.user and not password:
        raise NodeError(f"no password for {remote.user} on {remote.host}: give it in {PASSWORD}")
    return password
