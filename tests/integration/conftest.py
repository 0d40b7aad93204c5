import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler import sandbox
from tests.integration.cluster import INTENTS, Cluster
from tests.integration.watching import BY_EVENTS_ALONE, Watching, watching


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One sandbox for most tests of this folder."""
    with sandboxed(tmp_path_factory.mktemp("cluster"), f"t{os.getpid()}", INTENTS, ("worker-1", "worker-2")) as cluster:
        yield cluster


@contextmanager
def sandboxed(folder: Path, name: str, source: Path, nodes: tuple[str, ...]) -> Iterator[Cluster]:
    """A sandbox of the intents in `source`; its name begins with `t` and the number of this process."""
    sweep()
    intents = folder / "intents"
    shutil.copytree(source, intents)
    sandbox.up(intents, name, lambda _: None)
    try:
        yield Cluster(name, intents, source, nodes)
    finally:
        sandbox.down(name)


def sweep() -> None:
    """Remove the sandboxes of test runs that were killed: their process has gone."""
    for left in Path("/run/reconcile-sandbox").glob("t[0-9]*"):
        if not Path("/proc", left.name[1:].partition("-")[0]).exists():
            sandbox.down(left.name)


@pytest.fixture
def cluster(built: Cluster) -> Cluster:
    """The sandbox, with nothing of ours on its nodes."""
    built.fresh()
    return built


@pytest.fixture
def applied(cluster: Cluster) -> Cluster:
    """The sandbox, with the intents applied on both nodes."""
    cluster.serve()
    return cluster


@pytest.fixture(scope="module")
def serving(built: Cluster) -> Cluster:
    """The same, once for a module whose tests put back what they change."""
    built.fresh()
    built.serve()
    return built


@pytest.fixture
def ready(built: Cluster) -> Cluster:
    """The node with the intents applied, whatever was there."""
    built.restore()
    built.apply("--allow-deletes")
    return built


@pytest.fixture
def loop(ready: Cluster, tmp_path: Path) -> Iterator[Watching]:
    with watching(ready, tmp_path, *BY_EVENTS_ALONE) as running:
        running.until_state("in sync")
        yield running
