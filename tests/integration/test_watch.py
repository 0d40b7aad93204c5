"""`reconcile --watch` on a real node: what wakes it, what it repairs, and what it never does.

No audit and no scan helps where events are to do it: they are an hour apart there.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.sandbox import switches
from tests.integration.cluster import RECONCILE, Cluster
from tests.integration.test_drift import BY_HAND, group_of_pods
from tests.integration.watching import (
    BY_EVENTS_ALONE,
    NODE,
    OTHER_PORT,
    PORT,
    Watching,
    address_gateway,
    answers,
    edit,
    git,
    installed,
    machine_of,
    restart,
    served,
    watching,
)

pytestmark = pytest.mark.node

TOLD = [name for name in BY_HAND if not any(word in name for word in ("set", "entry", "chain", "jump", "tables"))]
"""The drift that an event tells of."""


class TestTriggers:
    """However people change a folder."""

    def test_a_plain_edit(self, loop: Watching) -> None:
        path = loop.cluster.intents / "shop" / "paths.yaml"
        path.write_text(edit(path))
        served(loop)

    def test_a_file_that_is_written_slowly_is_read_when_it_is_whole(self, loop: Watching) -> None:
        path = loop.cluster.intents / "shop" / "paths.yaml"
        text = edit(path)
        first = text.index("---\n", len(text) // 2)
        passes = loop.status()["passes"]
        with path.open("w") as writer:
            writer.write(text[:first])
            writer.flush()
            other = loop.cluster.intents / "other.yaml"
            other.write_text("kind: Service\nname: other\nclusterIPs: [10.96.0.99]\nports: [{port: 80}]\n")
            loop.until(lambda: loop.status()["passes"] > passes, "the other file is applied meanwhile")
            assert answers(loop.cluster, 80), "and half of this one is not"
            writer.write(text[first:])
        served(loop)

    def test_an_atomic_rename(self, loop: Watching) -> None:
        path = loop.cluster.intents / "shop" / "paths.yaml"
        draft = path.with_name(".paths.yaml.swp")
        draft.write_text(edit(path))
        draft.rename(path)
        served(loop)

    def test_git_checkout_back_and_forth(self, ready: Cluster, tmp_path: Path) -> None:
        path = ready.intents / "shop" / "paths.yaml"
        git(ready.intents, "init", "-q", "-b", "main")
        git(ready.intents, "add", ".")
        git(ready.intents, "commit", "-qm", "one")
        path.write_text(edit(path))
        git(ready.intents, "commit", "-qam", "two")
        with watching(ready, tmp_path, *BY_EVENTS_ALONE) as loop:
            served(loop)
            for revision, port in (("main~1", 80), ("main", 81), ("main~1", 80)):
                git(ready.intents, "checkout", "-q", revision)
                served(loop, port)
                commit = git(ready.intents, "rev-parse", "HEAD").strip()
                loop.until(lambda wanted=commit: loop.status()["revision"] == wanted, "at the commit")  # type: ignore[misc]

    def test_files_of_a_commit_that_look_like_a_repository_run_nothing(self, ready: Cluster, tmp_path: Path) -> None:
        """Ordinary files, from which git would take the name of a program to run as the loop's user."""
        upstream, clone, trace = tmp_path / "upstream", tmp_path / "clone", tmp_path / "ran"
        folder = upstream / "intents"
        shutil.copytree(ready.intents, folder)
        for name in ("objects", "refs/heads"):
            (folder / name).mkdir(parents=True)
            (folder / name / ".keep").touch()
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / "config").write_text(f'[core]\nbare = false\nworktree = ..\nfsmonitor = "touch {trace}; false"\n')
        git(upstream, "init", "-q", "-b", "main")
        git(upstream, "add", ".")
        git(upstream, "commit", "-qm", "one")
        git(tmp_path, "clone", "-q", str(upstream), str(clone))
        commit = git(clone, "rev-parse", "HEAD").strip()
        path = clone / "intents" / "shop" / "paths.yaml"
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, intents=clone / "intents") as loop:
            served(loop, 80)
            loop.until(lambda: loop.status()["revision"] == commit, "at the commit")
            path.write_text(edit(path))
            served(loop)
            loop.until(lambda: loop.status()["revision"] == f"{commit}-dirty", "not what the commit has")
        assert not trace.exists()

    def test_a_configmap_swaps_a_link_inside(self, ready: Cluster, tmp_path: Path) -> None:
        mounted = tmp_path / "mounted"
        first, second = mounted / "..1", mounted / "..2"
        mounted.mkdir()
        for revision in (first, second):
            shutil.copytree(ready.intents, revision)
        (second / "shop" / "paths.yaml").write_text(edit(second / "shop" / "paths.yaml"))
        (mounted / "..data").symlink_to("..1")
        for name in ("nodes.yaml", "shop"):
            (mounted / name).symlink_to(f"..data/{name}")
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, intents=mounted) as loop:
            served(loop, 80)
            swap(mounted / "..data", "..2")
            served(loop, 81)

    def test_git_sync_swaps_the_folder_itself(self, ready: Cluster, tmp_path: Path) -> None:
        for revision in ("1", "2"):
            shutil.copytree(ready.intents, tmp_path / "trees" / revision)
        changed = tmp_path / "trees" / "2" / "shop" / "paths.yaml"
        changed.write_text(edit(changed))
        current = tmp_path / "current"
        current.symlink_to("trees/1")
        with watching(ready, tmp_path, *BY_EVENTS_ALONE, intents=current) as loop:
            served(loop, 80)
            swap(current, "trees/2")
            served(loop, 81)
            changed.write_text(edit(changed, OTHER_PORT, PORT))
            served(loop, 80)

    def test_the_folder_is_removed_and_made_again(self, loop: Watching) -> None:
        folder, aside = loop.cluster.intents, loop.cluster.intents.with_name("aside")
        folder.rename(aside)
        loop.until_state("error")
        assert "no such folder" in loop.status()["intentErrors"][0]
        assert answers(loop.cluster, 80), "the last good intents stay"
        path = aside / "shop" / "paths.yaml"
        path.write_text(edit(path))
        aside.rename(folder)
        served(loop)


def swap(link: Path, target: str) -> None:
    draft = link.with_name("..swap")
    draft.symlink_to(target)
    os.replace(draft, link)


@pytest.fixture(scope="class")
def keeping(built: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    built.restore()
    built.apply("--allow-deletes")
    with watching(built, tmp_path_factory.mktemp("drift"), *BY_EVENTS_ALONE) as running:
        running.until_state("in sync")
        yield running


class TestDrift:
    """One loop for all of it."""

    @pytest.mark.parametrize("drift", TOLD)
    def test_what_events_tell_of_is_repaired_by_the_event(self, keeping: Watching, drift: str) -> None:
        cluster, before = keeping.cluster, sum(keeping.status()["repaired"].values())
        cluster.must(NODE, *BY_HAND[drift].replace("GROUP", group_of_pods(cluster)).split(" "))
        keeping.until(lambda: sum(keeping.status()["repaired"].values()) > before, "repaired")
        keeping.until_in_sync()


def test_what_no_event_tells_of_is_repaired_by_the_audit(ready: Cluster, tmp_path: Path) -> None:
    with watching(ready, tmp_path, "--audit", "0.5") as loop:
        loop.until_state("in sync")
        for drift in ("set emptied", "chain emptied", "jump deleted", "all tables emptied"):
            before = sum(loop.status()["repaired"].values())
            ready.must(NODE, *BY_HAND[drift].split(" "))
            loop.until(lambda: sum(loop.status()["repaired"].values()) > before, "repaired")  # noqa: B023
            loop.until_in_sync()


class TestOpenVSwitch:
    """It goes away and comes back; the node's scripts give the gateway its addresses again."""

    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
    def test_ovs_vswitchd(self, loop: Watching, by: int) -> None:
        restart(loop.cluster, "ovs-vswitchd", by)
        address_gateway(loop.cluster)
        self.serves(loop)

    def test_ovs_vswitchd_again_and_again_is_no_fight(self, loop: Watching) -> None:
        for _ in range(8):
            restart(loop.cluster, "ovs-vswitchd", signal.SIGKILL)
            address_gateway(loop.cluster)
            loop.until(lambda: installed(loop.cluster, 80), "back")
        self.serves(loop)
        assert not any("somebody else" in message["message"] for message in loop.messages())

    def test_ovsdb_server(self, loop: Watching) -> None:
        restart(loop.cluster, "ovsdb-server", signal.SIGTERM)
        loop.cluster.must(NODE, "ovs-vsctl", "--timeout=10", "del-port", "br-int", "gw0")
        loop.until_state("error")
        self.make_gateway(loop.cluster)
        self.serves(loop)

    def test_the_gateway_port_is_made_again(self, loop: Watching) -> None:
        loop.cluster.must(NODE, "ovs-vsctl", "--timeout=10", "del-port", "br-int", "gw0")
        self.make_gateway(loop.cluster)
        self.serves(loop)

    def test_the_bridge_is_deleted_and_made_again(self, loop: Watching) -> None:
        machine = machine_of(loop.cluster)
        loop.cluster.must(NODE, "ovs-vsctl", "--timeout=10", "del-br", "br-int")
        loop.until(lambda: "no bridge br-int" in str(loop.status()["errors"]), "told")
        loop.cluster.must(NODE, "ovs-vsctl", "--timeout=10", *switches.transaction(machine))
        address_gateway(loop.cluster)
        self.serves(loop)

    @staticmethod
    def make_gateway(cluster: Cluster) -> None:
        words = ("add-port", "br-int", "gw0", "--", "set", "Interface", "gw0", "type=internal")
        cluster.must(NODE, "ovs-vsctl", "--timeout=10", *words, f'mac="{machine_of(cluster).gateway_mac}"')
        address_gateway(cluster)

    @staticmethod
    def serves(loop: Watching) -> None:
        loop.until_in_sync()
        loop.until_state("in sync")
        for client in (NODE, "worker-1/client"):
            assert loop.cluster.ask(client, "10.96.0.15", 80, 2) == {"worker-1/10.10.1.2:8085": 2}


class TestRestarts:
    """Of the loop itself."""

    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
    def test_nothing_that_is_right_is_touched(self, ready: Cluster, tmp_path: Path, by: int) -> None:
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            with watching(ready, folder, *BY_EVENTS_ALONE) as loop:
                loop.until_state("in sync")
                assert loop.status()["changes"] == {}
                assert loop.stop(by) == (0 if by == signal.SIGTERM else -signal.SIGKILL)
            assert ready.reconcile("--check").returncode == 0, "stopping removes nothing"

    def test_another_writer_is_kept_out_and_told_who_has_the_node(self, loop: Watching) -> None:
        done = loop.cluster.reconcile()
        assert done.returncode == 1
        assert "another reconcile is changing this node (process " in done.stderr
        assert loop.cluster.reconcile("--check").returncode == 0


def test_a_fight_is_noticed_and_paused(loop: Watching) -> None:
    delete = BY_HAND["flow deleted"].split(" ")

    def contested() -> bool:
        loop.cluster.must(NODE, *delete)
        return bool(loop.status()["contested"])

    loop.until(contested, "contested")
    assert any("somebody else keeps changing" in message["message"] for message in loop.messages())
    loop.until_in_sync()


def test_what_nobody_fights_for_is_repaired_during_a_fight(loop: Watching) -> None:
    delete = BY_HAND["flow deleted"].split(" ")

    def contested() -> bool:
        loop.cluster.must(NODE, *delete)
        return bool(loop.status()["contested"])

    loop.until(contested, "contested")
    rules = loop.status()["repaired"].get("rule", 0)
    loop.cluster.must(NODE, *BY_HAND["rule deleted"].split(" "))

    def repaired() -> bool:
        loop.cluster.must(NODE, *delete)
        return bool(loop.status()["repaired"].get("rule", 0) > rules)

    loop.until(repaired, "the rule is back while the flow is fought for")
    loop.until_in_sync()


def test_the_status_command(loop: Watching) -> None:
    told = loop.cluster.run(NODE, *RECONCILE_STATUS, str(loop.state))
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(f"{NODE}: in sync since ")
    assert "services     11 applied, 0 not" in told.stdout
    loop.stop()
    told = loop.cluster.run(NODE, *RECONCILE_STATUS, str(loop.state))
    assert told.returncode == 2
    assert "no loop is running" in told.stdout


RECONCILE_STATUS = (*RECONCILE, "status", "--state")
