"""What goes wrong on a node: one line that says which and what to do, exit code 1, and nothing changed."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.sandbox import namespaces, state
from reconciler.system.lock import NAME
from tests.integration.cluster import RECONCILE, Cluster
from tests.integration.others import among_others, foreign_only, snapshot

pytestmark = pytest.mark.node


def fails(cluster: Cluster, *arguments: str) -> str:
    done = cluster.reconcile(*arguments)
    assert done.returncode == 1, done.stdout
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("note:")]
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize("check", [(), ("--check",)])
class TestOneLine:
    def test_ovs_is_not_running(self, cluster: Cluster, check: tuple[str, ...], tmp_path: Path) -> None:
        line = fails(cluster, *check, "--ovs-rundir", str(tmp_path))
        assert "Open vSwitch is not running" in line
        assert "--ovs-rundir" in line

    def test_ovs_vswitchd_is_not_running(self, cluster: Cluster, check: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "db.sock").symlink_to(f"/run/reconcile-sandbox/{cluster.name}/worker-1/db.sock")
        line = fails(cluster, *check, "--ovs-rundir", str(tmp_path))
        assert "br-int.mgmt does not answer: ovs-vswitchd is not running" in line
        assert line == fails(cluster, "release", "--ovs-rundir", str(tmp_path))

    def test_no_such_bridge(self, cluster: Cluster, check: tuple[str, ...]) -> None:
        nodes = cluster.intents / "nodes.yaml"
        nodes.write_text(nodes.read_text().replace("br-int", "br-ext"))
        assert "no bridge br-ext in Open vSwitch (there is: br-int)" in fails(cluster, *check)

    def test_no_gateway_port(self, cluster: Cluster, check: tuple[str, ...]) -> None:
        nodes = cluster.intents / "nodes.yaml"
        nodes.write_text(nodes.read_text().replace("gw0", "gw9"))
        assert "no gateway port gw9 on bridge br-int" in fails(cluster, *check)

    def test_another_openflow(self, cluster: Cluster, check: tuple[str, ...]) -> None:
        set_protocols = ("ovs-vsctl", "set", "bridge", "br-int")
        cluster.must("worker-1", *set_protocols, "protocols=OpenFlow10,OpenFlow13")
        try:
            line = fails(cluster, *check)
            assert "bridge br-int speaks OpenFlow10, OpenFlow13 and not OpenFlow15" in line
            assert "`protocols` are empty or have OpenFlow15" in fails(cluster, "release")
            _, command, _ = line.split("`")
            cluster.must("worker-1", *command.split())
            assert cluster.reconcile(*check).returncode == (2 if check else 0)
        finally:
            cluster.must("worker-1", *set_protocols, "protocols=[]")

    def test_no_such_node(self, cluster: Cluster, check: tuple[str, ...]) -> None:
        assert "no Node worker-9 in" in fails(cluster, *check, "--node", "worker-9")

    def test_no_permission(self, cluster: Cluster, check: tuple[str, ...]) -> None:
        # Root without its powers: a Python that only root may read would hide what is looked at here.
        drop = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
        done = cluster.run("worker-1", *drop, *RECONCILE, "--intents", str(cluster.intents), *check)
        assert done.returncode == 1, done.stdout
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith("note:")]
        assert "run as root" in line


def test_two_writers_do_not_meet(cluster: Cluster) -> None:
    holder = "import socket; s=socket.socket(socket.AF_UNIX); s.bind(NAME); s.listen(); print(flush=True); input()"
    netns = state.load(cluster.name).find("worker-1").netns
    argv = namespaces.inside(netns, (sys.executable, "-c", holder.replace("NAME", repr(NAME))))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        line = fails(cluster)
        assert f"another reconcile is changing this node (process {process.pid})" in line
        assert cluster.reconcile("--check").returncode == 2, "a check needs no lock"
        process.kill()
    cluster.apply()


def test_a_mass_delete_is_refused(applied: Cluster) -> None:
    (applied.intents / "shop" / "paths.yaml").unlink()
    assert "--allow-deletes" in fails(applied)
    assert applied.ask("worker-1", "10.96.0.15", 80, 1) == {"worker-1/10.10.1.2:8085": 1}
    applied.apply("--allow-deletes")
    assert applied.reconcile("--check").returncode == 0


def test_a_bad_intent_changes_nothing(applied: Cluster) -> None:
    applied.write("bad.yaml", "kind: Service\nname: x\nclusterIPs: [10.96.0.10]\nports: [{port: 70000}]\n")
    (applied.intents / "shop" / "paths.yaml").unlink()
    for arguments in ((), ("--check",), ("--allow-deletes",)):
        done = applied.reconcile(*arguments)
        assert done.returncode == 1
        assert f"{applied.intents}/bad.yaml:4:16: " in done.stderr
    assert applied.ask("worker-1", "10.96.0.15", 80, 1) == {"worker-1/10.10.1.2:8085": 1}


def test_a_failing_driver_stops_only_what_depends_on_it(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "iptables-restore").write_text("#!/bin/sh\necho 'no xtables today' >&2\nexit 4\n")
    (tmp_path / "iptables-restore").chmod(0o755)
    done = cluster.run(
        "worker-1", "sh", "-c", f'PATH={tmp_path}:$PATH exec "$@"', "sh", *RECONCILE, "--intents", str(cluster.intents)
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert errors == [
        "error: netfilter: iptables-restore --noflush --wait: no xtables today",
        "error: entries: left out, because netfilter failed",
    ]
    assert cluster.ask("worker-1/client", "10.96.0.15", 80, 1) == {"worker-1/10.10.1.2:8085": 1}, (
        "the bridge was applied"
    )
    cluster.apply()
    assert cluster.ask("worker-1", "10.96.0.15", 80, 1) == {"worker-1/10.10.1.2:8085": 1}


@pytest.mark.parametrize("seed", range(10))
def test_killed_anywhere_the_next_pass_converges_and_nobody_else_notices(cluster: Cluster, seed: int) -> None:
    rng = random.Random(seed)
    netns = state.load(cluster.name).find("worker-1").netns
    rundir = f"/run/reconcile-sandbox/{cluster.name}/worker-1"
    argv = namespaces.inside(
        netns, (*RECONCILE, "--intents", str(cluster.intents), "--node", "worker-1", "--ovs-rundir", rundir)
    )
    with among_others(cluster) as before:
        for _ in range(10):
            process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(rng.uniform(0.2, 0.7))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            cluster.apply()
            assert cluster.reconcile("--check").returncode == 0
            assert foreign_only(snapshot(cluster)) == before
            assert cluster.reconcile("release").returncode == 0
        assert snapshot(cluster) == before
