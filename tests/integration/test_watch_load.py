"""`reconcile --watch` under load: connections all the while, of which none may fail."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reconciler.sandbox import namespaces, state
from tests.integration.cluster import CLIENT, Cluster
from tests.integration.test_drift import group_of_pods
from tests.integration.watching import BY_EVENTS_ALONE, NODE, Watching, edit, git, installed, watching

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]  # hundreds of changes, on a machine that may be busy


class TestUnderLoad:
    """Connections all the while, from the node and a pod, over TCP and UDP: none may fail."""

    BOTH, ONE = "endpoints: [{ip: 10.10.1.2}, {ip: 10.10.1.3}, ", "endpoints: [{ip: 10.10.1.2}, "

    def test_rolling_changes_of_endpoints(self, loop: Watching) -> None:
        path = loop.cluster.intents / "shop" / "paths.yaml"
        texts = (edit(path, self.BOTH, self.ONE), path.read_text())
        with connecting(loop.cluster) as said:
            for number in range(200):
                path.write_text(texts[number % 2])
                self.until_installed(loop, 2 - (number + 1) % 2)
        answered(said)
        assert loop.status()["changes"]["group"]["update"] >= 200

    @staticmethod
    def until_installed(loop: Watching, endpoints: int) -> None:
        group = int(group_of_pods(loop.cluster))
        argv = ("ovs-ofctl", "-O", "OpenFlow15", "dump-groups", "br-int", str(group))
        loop.until(lambda: loop.cluster.must(NODE, *argv).count("bucket=") == endpoints, f"{endpoints} endpoints")

    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
    def test_restarts_of_the_loop(self, ready: Cluster, tmp_path: Path, by: int) -> None:
        with connecting(ready) as said:
            for number in range(10):
                folder = tmp_path / str(number)
                folder.mkdir()
                with watching(ready, folder, *BY_EVENTS_ALONE) as loop:
                    loop.until_state("in sync")
                    loop.stop(by)
        answered(said)

    def test_git_checkouts_back_and_forth(self, loop: Watching) -> None:
        folder, path = loop.cluster.intents, loop.cluster.intents / "shop" / "paths.yaml"
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "one")
        path.write_text(edit(path))
        git(folder, "commit", "-qam", "two")
        with connecting(loop.cluster) as said:
            for revision, port in (("main~1", 80), ("main", 81)) * 5:
                git(folder, "checkout", "-q", revision)
                loop.until(lambda wanted=port: installed(loop.cluster, wanted), "at the commit")  # type: ignore[misc]
        answered(said)

    def test_a_thousand_services_come_change_and_go(self, ready: Cluster, tmp_path: Path) -> None:
        path, before = ready.intents / "many.yaml", groups(ready)
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--allow-deletes") as loop, connecting(ready) as said:
            loop.until_state("in sync")
            for endpoint in ("10.10.2.2", "10.10.2.3"):
                path.write_text(many(1000, endpoint))
                loop.until(lambda ip=endpoint: groups(ready, ip) == 1000, endpoint)  # type: ignore[misc]
                loop.until_state("in sync")
            path.unlink()
            loop.until(lambda: groups(ready) == before, "gone")
        answered(said)


def many(services: int, endpoint: str) -> str:
    return "---\n".join(
        f"kind: Service\nname: many-{number}\nclusterIPs: [10.97.{number // 250}.{number % 250}]\n"
        f"ports: [{{port: 80}}]\nendpoints: [{{ip: {endpoint}}}]\n"
        for number in range(services)
    )


def groups(cluster: Cluster, endpoint: str = "") -> int:
    """How many groups of the node lead to port 80 of an endpoint, as those of the many alone do; or all."""
    return cluster.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "dump-groups", "br-int").count(
        f"nat(dst={endpoint}:80)" if endpoint else "group_id="
    )


@contextmanager
def connecting(cluster: Cluster) -> Iterator[dict[str, list[str]]]:
    """Clients that connect, one connection after another, until the block ends; then what each has said."""
    said: dict[str, list[str]] = {}
    with ExitStack() as stack:
        clients = {}
        for target in (NODE, "worker-1/client"):
            for protocol, port in (("tcp", 80), ("udp", 53)):
                argv = (sys.executable, "-u", str(CLIENT), "on", protocol, "10.96.0.10", str(port))
                netns = state.load(cluster.name).find(target).netns
                process = subprocess.Popen(namespaces.inside(netns, argv), stdout=subprocess.PIPE, text=True)
                clients[f"{target} {protocol}"] = stack.enter_context(process)
                stack.callback(process.kill)
        yield said
        for process in clients.values():
            process.terminate()
        said |= {name: process.communicate(timeout=10)[0].splitlines() for name, process in clients.items()}


def answered(said: dict[str, list[str]]) -> None:
    """Every connection of every client was answered by an endpoint, and there were some."""
    assert {name: failures for name, (*failures, _) in said.items() if failures} == {}
    assert all(int(total) > 100 for *_, total in said.values()), said
