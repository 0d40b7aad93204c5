"""What a pipeline prints of a change, without a real node."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_ci import CI
from tests.integration.cluster import INTENTS
from tests.integration.conftest import sweep

pytestmark = pytest.mark.node


def test_the_plan_of_a_change(tmp_path: Path) -> None:
    sweep()
    after = Path(shutil.copytree(INTENTS, tmp_path / "after"))
    paths = after / "shop" / "paths.yaml"
    paths.write_text(paths.read_text().replace("port: 80, targetPort: 8085", "port: 81, targetPort: 8085"))
    nodes = after / "nodes.yaml"
    nodes.write_text(f"{nodes.read_text()}---\n{WINDOWS}")
    (tmp_path / "json.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    lines = planned(INTENTS, after, tmp_path)
    assert not (tmp_path / "ran").exists(), "no module of the repository under review is imported"
    assert [line for line in lines if line.startswith("== ")] == ["== worker-1", "== worker-2"]
    assert len([line for line in lines if line.endswith("6 to create, 0 to update, 6 to delete")]) == 2
    assert any(line.startswith("+ entry add 0x520-svc4 10.96.0.15,tcp:81  # ") for line in lines)
    assert any(line.startswith("- entry add 0x520-svc4 10.96.0.15,tcp:80  # ") for line in lines)


WINDOWS = """\
kind: Node
name: win-1
platform: windows
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.9]
podCIDRs: [10.10.9.0/24]
"""


def planned(before: Path, after: Path, top: Path) -> list[str]:
    """The plan's lines; `top` is the work tree under review, which a pipeline is in."""
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environ["PLAN_SANDBOX"] = f"t{os.getpid()}-plan"
    argv = [CI / "plan", before, after]
    done = subprocess.run(argv, capture_output=True, text=True, env=environ, cwd=top, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
