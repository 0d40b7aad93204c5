"""The bridge's own bytes tell two states apart exactly where what `ovs-ofctl` prints does; counters and ages do not."""

import time
from pathlib import Path

import pytest

from reconciler.drivers import openflow
from reconciler.drivers.openflow import OpenFlow
from reconciler.errors import ToolError
from reconciler.ofctl_text import parse_flows
from reconciler.reading import observe
from reconciler.system.openflow_state import in_words, tell
from tests.integration.cluster import Cluster
from tests.integration.watching import NODE, machine_of

pytestmark = pytest.mark.node

FLOW = "cookie=0x7,table=90,priority=5,ip,nw_src=10.0.0.0/8"
GROUP = "group_id=77,type=select,selection_method=dp_hash,bucket=bucket_id:1,weight:5,actions=output:1"
STEPS = (
    ("add-flow", f"{FLOW},actions=drop"),
    ("add-flow", f"{FLOW},actions=NORMAL"),
    ("add-flow", f"{FLOW},idle_timeout=9,actions=NORMAL"),
    ("add-flow", f"{FLOW},hard_timeout=999,actions=NORMAL"),
    ("add-flow", f"{FLOW},send_flow_rem,actions=NORMAL"),
    ("add-flow", f"{FLOW},importance=3,actions=NORMAL"),
    ("add-flow", f"{FLOW.replace('0x7', '0x8')},actions=NORMAL"),
    ("add-flow", f"{FLOW.replace('priority=5', 'priority=6')},actions=NORMAL"),
    ("add-flow", f"{FLOW.replace('table=90', 'table=91')},actions=NORMAL"),
    ("add-flow", f"{FLOW.replace('/8', '/9')},actions=NORMAL"),
    ("add-flow", "table=92,ipv6,ipv6_dst=fd00::/64,ct_state=+trk+new,actions=ct(commit,zone=9,nat(dst=[fd00::1]:80))"),
    ("add-flow", "table=92,priority=1,arp,arp_tpa=10.0.0.1,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],in_port"),
    ("del-flows", "table=90"),
    ("add-group", GROUP),
    ("mod-group", GROUP.replace("weight:5", "weight:6")),
    ("mod-group", GROUP.replace("dp_hash", "hash,fields(ip_src)")),
    ("mod-group", f"{GROUP},bucket=bucket_id:2,actions=drop"),
    ("mod-group", GROUP.replace("output:1", "output:2")),
)
OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")


def management(cluster: Cluster) -> Path:
    return Path(machine_of(cluster).rundir) / "br-int.mgmt"


def printed(cluster: Cluster) -> str:
    return dumped(cluster, "dump-flows", "--no-stats") + dumped(cluster, "dump-groups")


def dumped(cluster: Cluster, verb: str, *options: str) -> str:
    return cluster.must(NODE, *OFCTL, *options, verb, "br-int")


def lines(groups: str) -> list[str]:
    return [line for line in groups.splitlines() if line.startswith(" group_id=")]


def clean(cluster: Cluster) -> None:
    for table in (90, 91, 92):
        cluster.must(NODE, *OFCTL, "del-flows", "br-int", f"table={table}")
    cluster.must(NODE, *OFCTL, "del-groups", "br-int", "group_id=77")


def test_it_tells_apart_what_the_tool_tells_apart(serving: Cluster) -> None:
    path = str(management(serving))
    seen = {tell(path).digest: printed(serving)}
    for verb, what in STEPS:
        serving.must(NODE, *OFCTL, verb, "br-int", what)
        now, text = tell(path).digest, printed(serving)
        assert now not in seen, (verb, what)
        assert text not in seen.values(), (verb, what)
        seen[now] = text
    clean(serving)
    assert tell(path).digest in seen, "as before, in whatever order"


def test_in_words_it_is_what_the_tool_prints(serving: Cluster) -> None:
    for verb, what in STEPS:
        serving.must(NODE, *OFCTL, verb, "br-int", what)
    try:
        flows, groups = in_words(tell(str(management(serving))))
        assert list(parse_flows(flows)) == list(parse_flows(dumped(serving, "dump-flows", "--no-stats")))
        assert lines(groups) == lines(dumped(serving, "dump-groups"))
        assert len(lines(groups)) > 20
    finally:
        clean(serving)


def test_traffic_and_time_are_no_change(serving: Cluster) -> None:
    before = tell(str(management(serving))).digest
    time.sleep(1.1)
    assert serving.ask("worker-1/client", "10.96.0.15", 80, 5).total() == 5
    assert tell(str(management(serving))).digest == before


def test_what_is_the_same_is_not_put_in_words(serving: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = OpenFlow(f"unix:{management(serving)}")
    first = observe([driver])
    assert first.owned
    monkeypatch.setattr(openflow, "in_words", lambda _: pytest.fail("put in words"))
    assert observe([driver], first) is first


def test_a_bridge_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="does not tell the bridge's flows and groups"):
        OpenFlow(f"unix:{tmp_path}/none.mgmt").read()
