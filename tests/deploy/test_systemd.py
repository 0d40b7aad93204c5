import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.command_line import parse
from tests.deploy.files import DEPLOY

UNIT = DEPLOY / "systemd" / "reconcile.service"
WORST = 2.5
"""Of systemd's ten; a service that keeps a network cannot be without it."""
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def analyze(folder: Path, *words: str) -> str:
    """What systemd-analyze says of the unit, whose program it must find."""
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/reconcile", shutil.which("true") or ""))
    done = subprocess.run(["systemd-analyze", *words, str(unit)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_systemd
def test_systemd_knows_every_line(tmp_path: Path) -> None:
    assert analyze(tmp_path, "verify") == ""


@needs_systemd
def test_little_is_exposed(tmp_path: Path) -> None:
    told = analyze(tmp_path, "security", "--offline=yes", "--no-pager", f"--threshold={WORST * 10:.0f}")
    assert "Overall exposure level" in told


def test_the_command_is_one() -> None:
    (command,) = values("ExecStart")
    assert parse(command.split()[1:]).command == "watch"


def test_whatever_stops_it_starts_it_again() -> None:
    (stopping,), (starting,) = values("PartOf"), values("WantedBy")
    assert set(stopping.split()) <= set(starting.split()), "a stop and a start, apart, leave the node without it"


def test_two_capabilities_and_no_root() -> None:
    assert values("User") == ["reconcile"]
    assert values("AmbientCapabilities") == values("CapabilityBoundingSet") == ["CAP_NET_ADMIN CAP_NET_RAW"]
