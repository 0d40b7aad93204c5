"""`explain` on bridges that Antrea programs: its tables by name, what its flows lead to, and each flow of ours."""

import json
import sys
from typing import Any

import pytest

from tests.integration.cluster import Cluster
from tests.integration.test_antrea import ANTREA, ISSUE1, OFCTL, applied, built

pytestmark = pytest.mark.node
__all__ = ["applied", "built"]


def explain(cluster: Cluster, node: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = cluster.reconcile("explain", *arguments, "--output", "json", node=node)
    assert done.returncode in (0, 2), done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("node", ANTREA)
def test_every_path_is_whole_through_tables_with_names(applied: Cluster, node: str) -> None:
    code, told = explain(applied, node, "--all")
    assert (code, [path["broken"] for path in told["paths"] if not path["whole"]]) == (0, [])
    steps = [s for p in told["paths"] for part in (p, *p["endpoints"]) for s in part["steps"]]
    assert {"Classifier", "ConntrackZone", "ServiceLB", "L3Forwarding", "Output"} <= {step["table"] for step in steps}
    assert {"group", "dnat", "unsnat", "undnat", "output"} <= {step["name"] for step in steps}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", ["pods-1", "host-1"])
def test_every_flow_of_ours_that_is_broken_is_named(applied: Cluster, service: str) -> None:
    argv = (sys.executable, "-m", "tests.integration.breaking", f"default/{service}", "flow")
    lines = applied.must("worker-1", "env", f"RECONCILE_INTENTS={applied.intents}", *argv).splitlines()
    broken = [json.loads(line) for line in lines]
    assert [each for each in broken if each["named"] != [each["broken"]] or not each["mended"]] == []
    assert len(broken) == {"pods-1": 2, "host-1": 10}[service], "of both families"


def test_the_flow_against_the_mark_conflict_is_among_them(applied: Cluster) -> None:
    key = ISSUE1.partition(" ")[0]
    applied.must("worker-1", *OFCTL, "--strict", "del-flows", "br-int", f"cookie=0x520/-1,{key}")
    code, told = explain(applied, "worker-1", "pods-1", "--from", "node")
    applied.apply(node="worker-1")
    broken = {f"{p['broken']['kind']} {p['broken']['key']}" for p in told["paths"] if p["broken"]}
    assert (code, broken) == (2, {f"flow {key}"})


def test_where_antreas_own_flows_lead_nowhere_its_agent_is_to_be_restarted(applied: Cluster) -> None:
    pods = "table=70,ip,nw_dst=10.10.1.2"
    flows = applied.must("worker-1", *OFCTL, "--no-stats", "dump-flows", "br-int", pods).splitlines()
    (theirs,) = [line.strip() for line in flows if "nw_dst=10.10.1.2 " in line]
    applied.must("worker-1", *OFCTL, "del-flows", "br-int", pods)
    code, told = explain(applied, "worker-1", "pods-1", "--from", "node")
    applied.must("worker-1", *OFCTL, "add-flow", "br-int", theirs.replace(" actions=", ",actions="))
    (broken,) = [p["broken"] for p in told["paths"] if not p["whole"] and p["protocol"] == "TCP"]
    assert (code, broken["kind"], broken["verdict"]) == (2, "trace", "foreign")
    assert "component=antrea-agent" in broken["mend"]
    assert explain(applied, "worker-1", "pods-1", "--from", "node")[0] == 0
