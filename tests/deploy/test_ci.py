import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.command_line import parse
from tests.deploy.files import DEPLOY, documents

CI = DEPLOY / "ci"
FORMS = {"vendor.github-workflows": CI / "github.yaml", "vendor.gitlab-ci": CI / "gitlab-ci.yml"}


@pytest.mark.parametrize(("schema", "path"), FORMS.items())
def test_the_forge_takes_it(schema: str, path: Path) -> None:
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def scripts() -> Iterator[str]:
    for job in documents(CI / "github.yaml")[0]["jobs"].values():
        yield from (step["run"] for step in job["steps"] if "run" in step)
    for job in documents(CI / "gitlab-ci.yml")[0].values():
        yield from job.get("script", []) if isinstance(job, dict) else []
    yield (CI / "plan").read_text()


@pytest.mark.parametrize("script", list(scripts()))
def test_a_script_is_one(script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "${{" not in script, "text of a pull request must not become a command: pass it through env"


@pytest.mark.parametrize("script", list(scripts()))
def test_nothing_is_imported_from_the_repository_under_review(script: str) -> None:
    """Python puts the current folder first, and `json.py` there may be anybody's."""
    assert re.findall(r"\bpython3 (?!-I )", script) == []


def test_every_command_of_ours_is_one() -> None:
    ours = re.compile(r"\breconcile ((?:validate|explain|--check)[^>|\n]*)")
    commands = [found for script in scripts() for found in ours.findall(script)]
    assert len(commands) == 6
    for command in commands:
        assert parse(command.split()).command in ("validate", "explain", "check")
