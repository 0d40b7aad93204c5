"""The README tells the truth: its help is the program's, its intents load, its error is what is printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import main
from reconciler.cli.options import parser
from reconciler.intents import load

README = (Path(__file__).parents[1] / "README.md").read_text()


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if containing in text]
    return str(found)


def test_the_help_is_the_programs_own() -> None:
    shown = re.search(r"<!-- help:begin -->\n```\n(.*?)```\n<!-- help:end -->", README, re.DOTALL)
    assert shown
    assert shown[1] == parser().format_help(), "run: scripts/readme-help"


def test_the_example_loads(tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(block("yaml", "kind: Node"))
    intents = load(tmp_path)
    assert list(intents.nodes) == ["worker-1"]
    assert list(intents.services) == ["shop/web"]


def test_the_error_is_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "web.yaml").write_text(block("yaml", "kind: Node").replace("10.96.0.10,", "10.96.0.300,"))
    assert main(["validate", "--intents", str(tmp_path)]) == 1
    printed = capsys.readouterr().err.strip().rpartition("web.yaml:")[2].partition(": ")[2]
    assert printed in block("console", "reconcile validate")


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (Path(__file__).parents[1] / link).exists()] == []


def test_it_starts_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("reconcile 0.")
