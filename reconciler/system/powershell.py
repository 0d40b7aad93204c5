"""PowerShell on a Windows node: one constant script, asked by one line of JSON, answering with one.

The script is longer than a command line of `cmd.exe` may be (8191 characters), and `powershell.exe -Command -` runs
what it reads statement by statement, as if typed. So the command line has a constant of two statements, which take
the script and the request from standard input: `-EncodedCommand` leaves that free, as `$input`, in 5.1 and in 7.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.errors import NodeError, ToolError
from reconciler.intents import Node, Remote
from reconciler.system.commands import complaint, finish, located

SCRIPT = Path(__file__).with_name("windows.ps1").read_text(encoding="utf-8")
BOOTSTRAP = (
    "$given = ConvertFrom-Json -InputObject (@($input) -join '')\n"
    "& ([scriptblock]::Create($given.script)) $given.request\n"
)
POWERSHELL = (
    *("powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"),
    *("-InputFormat", "Text", "-OutputFormat", "Text"),
    *("-EncodedCommand", b64encode(BOOTSTRAP.encode("utf-16-le")).decode("ascii")),
)
PATIENCE, PATIENCE_A_CHANGE = 60.0, 1.0
"""Seconds; generous, for nobody has measured a change on Windows."""
MODULE_MISSING = "Modules_ModuleNotFound"
UNREACHED = 255
"""Exit code of `ssh` itself, rather than of what it ran."""

Transport = Callable[[str, float], str]
"""Hands a request to the script within some seconds, and returns what it printed."""


def transport(node: Node) -> Transport:
    """How PowerShell of a node is reached: here, by ssh or by WinRM."""
    remote = node.windows.remote if node.windows else None
    if remote is None:
        return by_process
    if remote.transport == "ssh":
        return partial(by_ssh, remote)
    from reconciler.system.winrm import by_winrm  # noqa: PLC0415  (its library is an extra)

    return partial(by_winrm, remote)


def ask(through: Transport, request: Mapping[str, object], changes: int = 0) -> Any:
    """The script's answer to a request.

    Raises NodeError for what only a person can mend (no administrator, no module, no way to the node), and ToolError
    for every other complaint.
    """
    printed = through(json.dumps(request), PATIENCE + changes * PATIENCE_A_CHANGE)
    try:
        answer = json.loads(printed.strip().rpartition("\n")[2])
    except ValueError:
        raise ToolError(f"powershell.exe answered with no JSON: {printed.strip()[:200]!r}") from None
    if error := answer.get("error"):
        raise failure(error)
    return answer


def failure(error: Mapping[str, str]) -> NodeError | ToolError:
    """What to say of an error record of PowerShell: its category, id and message."""
    message = " ".join(error["message"].split())
    if error["category"] == "PermissionDenied":
        return NodeError(f"{message.rstrip('.')}: run as Administrator")
    if MODULE_MISSING in error["id"]:
        return NodeError(f"{message.rstrip('.')}: they come with Windows Server 2016 or newer")
    return ToolError(message)


def by_process(request: str, patience: float) -> str:
    """PowerShell of this machine."""
    try:
        located(POWERSHELL[0])
    except FileNotFoundError:
        raise NodeError("no powershell.exe here: run on the Windows node, or give the Node `windows.remote`") from None
    done = finish(POWERSHELL, _standard_input(request), patience=patience)
    if done.returncode:
        raise ToolError(f"powershell.exe: {complaint(done)}")
    return done.stdout


def by_ssh(remote: Remote, request: str, patience: float) -> str:
    """PowerShell of another machine, by OpenSSH. Raises NodeError when there is no way to it."""
    done = finish(ssh(remote), _standard_input(request), patience=patience)
    if done.returncode == UNREACHED:
        raise NodeError(f"{remote.host} is not reached by ssh: {complaint(done)}")
    if done.returncode:
        raise ToolError(f"powershell.exe on {remote.host}: {complaint(done)}")
    return done.stdout


def ssh(remote: Remote) -> Sequence[str]:
    """The command that runs PowerShell there and never asks for a password."""
    port = ("-p", str(remote.port)) if remote.port else ()
    user = f"{remote.user}@" if remote.user else ""
    return ("ssh", "-o", "BatchMode=yes", *port, f"{user}{remote.host}", "--", *POWERSHELL)


def _standard_input(request: str) -> str:
    # ASCII, as json.dumps makes it: what code page the other side reads with does not matter.
    return json.dumps({"script": SCRIPT, "request": request}) + "\n"
