"""What holds for every test: none depends on how long something takes, and none leaves anything behind."""

import os

import pytest
from hypothesis import HealthCheck, settings

from reconciler.cli import progress

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def nothing_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy or slow, what is printed is the same."""
    monkeypatch.setattr(progress, "PATIENCE", 3600.0)


@pytest.fixture(scope="session", autouse=True)
def remembered_for_a_session(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a run remembers is used by the next one, and forgotten with the tests."""
    os.environ["RECONCILE_CACHE"] = str(tmp_path_factory.mktemp("memory"))
