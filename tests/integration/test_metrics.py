"""What a scraper and a probe get of a loop that keeps a real node."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.sandbox import namespaces
from tests.integration.cluster import Cluster
from tests.integration.test_drift import BY_HAND
from tests.integration.watching import NODE, Watching, machine_of, watching
from tests.watch.test_metrics import value, values

pytestmark = pytest.mark.node

SCRAPE = """\
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode(), end="")
"""


@pytest.fixture
def loop(cluster: Cluster, tmp_path: Path) -> Iterator[Watching]:
    with watching(cluster, tmp_path) as started:
        started.until_state("in sync")
        yield started


@contextmanager
def running(cluster: Cluster, program: str) -> Iterator[None]:
    """A program on the node, from its first line of output on."""
    argv = namespaces.inside(machine_of(cluster).netns, (sys.executable, "-c", program))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


def get(loop: Watching, path: str) -> tuple[int, str]:
    code, _, body = loop.cluster.must(NODE, sys.executable, "-c", SCRAPE, f"http://127.0.0.1:9520{path}").partition(" ")
    return int(code), body


def scraped(loop: Watching, name: str, **labels: str) -> float:
    code, body = get(loop, "/metrics")
    assert code == 200
    return value(values(body), name, **labels)


def test_the_first_pass(loop: Watching) -> None:
    assert scraped(loop, "reconcile_syncs_total", result="applied") == 1
    assert scraped(loop, "reconcile_changes_total", kind="entry", action="create") > 0
    assert scraped(loop, "reconcile_services") == loop.status()["services"]["applied"] > 0
    assert scraped(loop, "reconcile_sync_last_timestamp_seconds") == loop.status()["lastPass"]
    assert get(loop, "/healthz")[0] == 200
    assert get(loop, "/readyz") == (200, "ready\n")


def test_drift_and_an_edit(loop: Watching) -> None:
    loop.cluster.must(NODE, *BY_HAND["flow deleted"].split(" "))
    loop.until(lambda: scraped(loop, "reconcile_drift_repaired_total", kind="flow"), "repaired")
    assert scraped(loop, "reconcile_network_programming_duration_seconds_count") == 0
    path = loop.cluster.intents / "shop" / "paths.yaml"
    path.write_text(path.read_text().replace("port: 80, targetPort: 8085", "port: 81, targetPort: 8085"))
    loop.until(lambda: scraped(loop, "reconcile_network_programming_duration_seconds_count"), "applied")
    assert scraped(loop, "reconcile_network_programming_duration_seconds_count") == 1


def test_faulty_intents_and_a_node_that_fails(loop: Watching) -> None:
    (loop.cluster.intents / "bad.yaml").write_text("kind: Service\nname: BAD\n")
    loop.until(lambda: scraped(loop, "reconcile_intent_errors"), "read")
    code, body = get(loop, "/readyz")
    assert code == 200, "the last good intents are applied"
    assert "'BAD' is not a DNS label" in body
    loop.cluster.restore()
    nodes = loop.cluster.intents / "nodes.yaml"
    nodes.write_text(nodes.read_text().replace("gw0", "gw9"))
    loop.until(lambda: get(loop, "/readyz")[0] == 503, "not ready")
    assert "no gateway port gw9 on bridge br-int" in get(loop, "/readyz")[1]
    assert scraped(loop, "reconcile_errors_total", error="node") > 0
    assert get(loop, "/healthz")[0] == 200, "a restart would mend nothing"


def test_an_address_in_use_does_not_keep_the_node_from_its_services(cluster: Cluster, tmp_path: Path) -> None:
    hold = "import socket; s = socket.create_server(('127.0.0.1', 9520)); print(flush=True); input()"
    with running(cluster, hold), watching(cluster, tmp_path) as loop:
        loop.until_state("in sync")
        (line,) = [message for message in loop.messages() if message["level"] == "warn"]
        assert line["message"] == (
            "no metrics: cannot listen on 127.0.0.1:9520: Address already in use: "
            "give another address with --metrics, or `off`"
        )
