"""`reconcile --watch` on a real node while newer intents cannot be applied: it is kept as those before want it."""

import signal
from pathlib import Path

import pytest

from tests.integration.watching import (
    BY_EVENTS_ALONE,
    NODE,
    Watching,
    address_gateway,
    answers,
    edit,
    installed,
    restart,
    served,
    watching,
)

pytestmark = pytest.mark.node

DEL_GROUPS = ("ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")


class TestBadIntents:
    """A bad commit changes nothing, is said once, and mends itself."""

    def test_the_last_good_ones_stay(self, loop: Watching) -> None:
        bad = loop.cluster.intents / "bad.yaml"
        bad.write_text("kind: Service\nname: BAD\n")
        loop.until_state("error")
        assert any("'BAD' is not a DNS label" in line for line in loop.status()["intentErrors"])
        loop.cluster.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")
        loop.until(lambda: loop.status()["repaired"].get("group"), "repaired by the last good intents")
        assert answers(loop.cluster, 80)
        bad.unlink()
        loop.until_state("in sync")
        said = [message for message in loop.messages() if "'BAD'" in message["message"]]
        assert len(said) == 1

    def test_a_mass_delete_is_refused_until_allowed(self, loop: Watching, tmp_path: Path) -> None:
        cluster = loop.cluster
        (cluster.intents / "shop" / "paths.yaml").unlink()
        loop.until_state("error")
        assert "--allow-deletes" in loop.status()["errors"][0]
        assert answers(cluster, 80)
        assert loop.stop() == 0
        again = tmp_path / "again"
        again.mkdir()
        with watching(cluster, again, *BY_EVENTS_ALONE, "--allow-deletes") as allowed:
            allowed.until_state("in sync")
            assert cluster.reconcile("--check").returncode == 0
            assert cluster.must(NODE, "ipset", "save", "0x520-svc4").count("add ") == 0

    def test_after_a_restart_the_state_that_was_applied_last_is_kept(self, loop: Watching, tmp_path: Path) -> None:
        loop.until(lambda: list((loop.state / "applied").glob("*.json")), "kept")
        (loop.cluster.intents / "bad.yaml").write_text("kind: Service\nname: BAD\n")
        loop.until_state("error")
        process = loop.status()["process"]
        loop.stop(signal.SIGKILL)
        with watching(loop.cluster, tmp_path, *BY_EVENTS_ALONE) as again:
            again.until(lambda: again.status()["process"] != process and again.status()["passes"], "after a pass")
            loop.cluster.must(NODE, *DEL_GROUPS)
            again.until(lambda: again.status()["repaired"].get("group"), "repaired by the state that was applied last")
            assert answers(loop.cluster, 80)

    def test_the_node_is_kept_while_a_mass_delete_is_refused(self, loop: Watching) -> None:
        cluster, paths = loop.cluster, loop.cluster.intents / "shop" / "paths.yaml"
        aside = cluster.intents.with_name("paths.yaml")
        paths.rename(aside)
        loop.until_state("error")
        cluster.must(NODE, *DEL_GROUPS)
        loop.until(lambda: loop.status()["repaired"].get("group"), "repaired by the intents before")
        restart(cluster, "ovs-vswitchd", signal.SIGKILL)
        address_gateway(cluster)
        loop.until(lambda: installed(cluster, 80), "everything back, though less would be deleted now")
        assert answers(cluster, 80)
        loop.until(lambda: "--allow-deletes" in str(loop.status()["errors"]), "still refused")
        aside.rename(paths)
        loop.until_state("in sync")

    def test_the_node_is_kept_while_a_foreign_object_is_in_the_way(self, loop: Watching) -> None:
        cluster, path = loop.cluster, loop.cluster.intents / "shop" / "paths.yaml"
        foreign = "cookie=0x999,table=20,priority=200,tcp,nw_dst=10.96.0.15,tp_dst=81,actions=drop"
        cluster.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "add-flow", "br-int", foreign)
        path.write_text(edit(path))
        loop.until_state("error")
        assert "a foreign flow is in the way" in loop.status()["errors"][0]
        cluster.must(NODE, *DEL_GROUPS)
        loop.until(lambda: loop.status()["repaired"].get("group"), "repaired by the intents before")
        assert answers(cluster, 80)
        cluster.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "del-flows", "br-int", "cookie=0x999/-1")
        served(loop)
