"""`reconcile --watch --confirm`, and `reconcile rollback`."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.sandbox import namespaces
from reconciler.system.lock import NAME
from tests.integration.cluster import RECONCILE, Cluster
from tests.integration.watching import (
    BY_EVENTS_ALONE,
    NODE,
    OTHER_PORT,
    Watching,
    answers,
    edit,
    installed,
    machine_of,
    served,
    watching,
)

pytestmark = pytest.mark.node


class TestConfirming:
    """New intents are on trial, and the state before comes back when they do not work."""

    @pytest.fixture
    def trying(self, ready: Cluster, tmp_path: Path) -> Iterator[Watching]:
        command = f"sh -c 'test ! -e {tmp_path}/broken'"
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "1", "--verify", command) as loop:
            loop.until(lambda: kept(loop) == 1, "kept")
            yield loop

    def test_what_works_is_kept(self, trying: Watching) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        trying.until(lambda: kept(trying) == 2, "kept")
        served(trying)

    def test_what_does_not_is_taken_back_until_it_changes(self, trying: Watching, tmp_path: Path) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        (tmp_path / "broken").touch()
        path.write_text(edit(path))
        trying.until_state("error")
        trying.until(lambda: installed(trying.cluster, 80), "taken back")
        assert "not confirmed within 1 s: the state before is applied" in trying.status()["intentErrors"][0]
        assert answers(trying.cluster, 80)
        (tmp_path / "broken").unlink()
        path.write_text(edit(path, OTHER_PORT, "port: 82, targetPort: 8085"))
        served(trying, 82)
        trying.until(lambda: kept(trying) == 2, "kept")

    def test_a_restart_does_not_try_what_is_marked_bad(self, trying: Watching, tmp_path: Path) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        (tmp_path / "broken").touch()
        path.write_text(edit(path))
        trying.until(lambda: trying.status()["intentErrors"] and installed(trying.cluster, 80), "taken back")
        trying.stop(signal.SIGKILL)
        with watching(trying.cluster, tmp_path, *BY_EVENTS_ALONE) as again:
            again.until(lambda: again.status()["intentErrors"], "the fault")
            assert not installed(trying.cluster, 81)

    def test_without_a_command_every_service_is_called(self, ready: Cluster, tmp_path: Path) -> None:
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "1") as loop:
            loop.until(lambda: kept(loop) == 1, "kept")
            path = ready.intents / "shop" / "paths.yaml"
            alone = 'endpoints: [{ip: 10.10.1.2}, {ip: "fd00:10:1::2"}]'
            path.write_text(edit(path, alone, alone.replace("10.10.1.2", "10.10.1.99")))
            loop.until(lambda: loop.status()["intentErrors"], "not confirmed")
            loop.until(lambda: answers(ready, 80), "put back")

    def test_what_cannot_be_applied_whole_is_taken_back(
        self, ready: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{refusing_ipset(tmp_path / 'bin', '10.96.0.99')}:{os.environ['PATH']}")
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "1", "--verify", "true") as loop:
            loop.until(lambda: kept(loop) == 1, "kept")
            path = ready.intents / "shop" / "paths.yaml"
            path.write_text(edit(path))
            ready.write("more.yaml", ONE_MORE)
            loop.until(lambda: "not applied within 1 s: the state before is applied" in intent_errors(loop), "said")
            loop.until(lambda: installed(ready, 80) and not loop.status()["errors"], "put back")
            assert answers(ready, 80)
            assert "10.96.0.99" not in ready.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int")
            (ready.intents / "more.yaml").unlink()
            served(loop)

    def test_what_was_not_confirmed_never_gets_among_the_states_to_go_back_to(
        self, trying: Watching, tmp_path: Path
    ) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        trying.until(lambda: kept(trying) == 2, "kept")
        assert trying.cluster.run(NODE, *RECONCILE, "rollback", "--state", str(trying.state)).returncode == 0
        trying.until(lambda: installed(trying.cluster, 80), "rolled back")
        (tmp_path / "broken").touch()
        path.write_text(edit(path, OTHER_PORT, "port: 82, targetPort: 8085"))
        trying.until(lambda: "not confirmed" in str(trying.status()["intentErrors"]), "taken back")
        trying.until(lambda: installed(trying.cluster, 80), "taken back")
        states = [folder for folder in (trying.state / "applied").iterdir() if folder.is_dir()]
        assert len(states) == 2
        assert not any("port: 82" in (state / "shop" / "paths.yaml").read_text() for state in states)

    def test_a_faulty_commit_during_a_trial_does_not_lose_what_is_on_trial(
        self, ready: Cluster, tmp_path: Path
    ) -> None:
        command = f"sh -c 'test -e {tmp_path}/works'"
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "60", "--verify", command) as loop:
            loop.until(lambda: loop.status()["trial"], "on trial")
            (ready.intents / "bad.yaml").write_text("kind: Service\nname: BAD\n")
            loop.until_state("error")
            (tmp_path / "works").touch()
            loop.until(lambda: kept(loop) == 1, "kept")

    def test_a_command_may_take_its_time_and_drift_does_not_wait_for_it(self, ready: Cluster, tmp_path: Path) -> None:
        command = f"sh -c 'until test -e {tmp_path}/done; do sleep 0.1; done'"
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "600", "--verify", command) as loop:
            loop.until(lambda: loop.status()["trial"], "on trial")
            ready.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")
            loop.until(lambda: loop.status()["repaired"].get("group"), "repaired")
            assert loop.status()["trial"], "meanwhile"
            (tmp_path / "done").touch()
            loop.until(lambda: kept(loop) == 1, "kept")
            loop.until(lambda: not loop.status()["trial"], "over")

    def test_rollback_by_hand_during_a_trial_is_of_what_is_on_trial(self, ready: Cluster, tmp_path: Path) -> None:
        command = f"sh -c 'test ! -e {tmp_path}/broken'"
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, "--confirm", "600", "--verify", command) as loop:
            loop.until(lambda: kept(loop) == 1, "kept")
            (tmp_path / "broken").touch()
            path = ready.intents / "shop" / "paths.yaml"
            path.write_text(edit(path))
            loop.until(lambda: loop.status()["trial"] and installed(ready, 81), "on trial")
            done = ready.run(NODE, *RECONCILE, "rollback", "--state", str(loop.state))
            assert done.returncode == 0, done.stderr
            loop.until(lambda: installed(ready, 80), "rolled back")
            loop.until(lambda: "rolled back by hand" in str(loop.status()["intentErrors"]), "said")

    def test_rollback_by_hand_with_the_loop(self, trying: Watching) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        trying.until(lambda: kept(trying) == 2, "kept")
        done = trying.cluster.run(NODE, *RECONCILE, "rollback", "--state", str(trying.state))
        assert done.returncode == 0, done.stderr
        trying.until(lambda: installed(trying.cluster, 80), "rolled back")
        trying.until(lambda: "rolled back by hand" in str(trying.status()["intentErrors"]), "said")

    def test_rollback_by_hand_without_the_loop(self, trying: Watching) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        trying.until(lambda: kept(trying) == 2, "kept")
        trying.stop()
        done = trying.cluster.run(NODE, *RECONCILE, "rollback", "--state", str(trying.state))
        assert done.returncode == 0, done.stderr
        assert answers(trying.cluster, 80)
        done = trying.cluster.run(NODE, *RECONCILE, "rollback", "--state", str(trying.state))
        assert done.returncode == 1
        assert "nothing to go back to" in done.stderr

    def test_somebody_else_who_holds_the_lock_is_not_taken_for_the_loop(self, trying: Watching) -> None:
        path = trying.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        trying.until(lambda: kept(trying) == 2, "kept")
        trying.stop()
        with holding(trying.cluster) as holder:
            done = trying.cluster.run(NODE, *RECONCILE, "rollback", "--state", str(trying.state))
            assert done.returncode == 1
            assert f"another reconcile is changing this node (process {holder.pid})" in done.stderr
            assert holder.poll() is None, "it was not sent a signal"
            told = trying.cluster.run(NODE, *RECONCILE, "status", "--state", str(trying.state))
            assert "no loop is running" in told.stdout
        assert trying.cluster.apply("rollback", "--state", str(trying.state))
        assert answers(trying.cluster, 80)


@contextmanager
def holding(cluster: Cluster) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lock of the node, as a `reconcile` does while it applies."""
    hold = f"import socket; s = socket.socket(socket.AF_UNIX); s.bind({NAME!r}); s.listen(); print(flush=True); input()"
    argv = namespaces.inside(machine_of(cluster).netns, (sys.executable, "-c", hold))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


ONE_MORE = """
kind: Service
name: more
clusterIPs: [10.96.0.99]
ports: [{protocol: TCP, port: 80}]
endpoints: [{ip: 10.10.1.2}]
"""


def refusing_ipset(folder: Path, word: str) -> Path:
    """A folder with an `ipset` that takes no command with this word."""
    folder.mkdir()
    stand_in = folder / "ipset"
    real = shutil.which("ipset")
    stand_in.write_text(
        f"""#!/bin/sh
case "$*" in *restore*) ;; *) exec {real} "$@" ;; esac
text=$(cat)
case "$text" in *{word}*) echo refused >&2; exit 1 ;; esac
printf '%s\\n' "$text" | {real} "$@"
"""
    )
    stand_in.chmod(0o755)
    return folder


def intent_errors(loop: Watching) -> str:
    return str(loop.status()["intentErrors"])


def kept(loop: Watching) -> int:
    return len(list((loop.state / "applied").glob("[0-9]*.json")))
