"""A sandbox with Windows nodes, whose PowerShell the stand-in is."""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.cluster import RECONCILE, Cluster, Done

STAND_IN = Path(__file__).parents[1] / "windows" / "stand_in.py"


def install(folder: Path) -> None:
    """Put a powershell.exe into a folder."""
    script(folder / "powershell.exe", f'exec {shlex.quote(sys.executable)} {shlex.quote(str(STAND_IN))} "$@"')


def script(path: Path, lines: str) -> None:
    """Write a program for the shell."""
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)


@dataclass(frozen=True, slots=True)
class WindowsCluster(Cluster):
    """A sandbox of which some nodes have Windows."""

    def reconcile(self, *arguments: str, node: str = "win-1") -> Done:
        return self.python(*RECONCILE[1:], "--intents", str(self.intents), *arguments, node=node)

    def python(self, *arguments: str, node: str = "win-1") -> Done:
        """Run Python on a node, with the stand-in on its path."""
        folder = self.intents.parent
        path = f"{folder}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
        variables = (f"PATH={path}", f"STAND_IN={self.path(node)}")
        return self.run(node, "env", *variables, RECONCILE[0], *arguments)

    def path(self, node: str) -> Path:
        return self.intents.parent / f"{node}.json"

    def state(self, node: str = "win-1") -> dict[str, Any]:
        return dict(json.loads(self.path(node).read_text()))

    def change(self, change: Mapping[str, object], node: str = "win-1") -> None:
        """Change what the stand-in remembers."""
        self.path(node).write_text(json.dumps({**self.state(node), **change}))
