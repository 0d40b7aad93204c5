"""UDP goes on elsewhere at once when its endpoint leaves; nothing else is touched. After kube-proxy's own cases."""

import sys
from pathlib import Path

import pytest

from reconciler.conntrack import Connection
from reconciler.sandbox import namespaces, state
from reconciler.system import kernel_connections, switch_connections
from tests.integration.chatting import Chat, chatting
from tests.integration.cluster import CLIENT, Cluster
from tests.integration.test_connections import held
from tests.integration.watching import watching

pytestmark = pytest.mark.node

NODE, POD, ITSELF = "worker-1", "worker-1/client", "worker-1/10.10.1.2"
VIPS = {4: "10.96.0.40", 6: "fd00:96::40"}
HERE = {4: "10.10.1.2", 6: "fd00:10:1::2"}
HOST = {4: "172.30.0.1", 6: "fd00:172::1"}
ELSEWHERE = {4: "172.30.0.2", 6: "fd00:172::2"}
MOVING = """
kind: Service
name: moving
clusterIPs: [10.96.0.40, "fd00:96::40"]
ports: [{{name: dns, port: 53, protocol: UDP, targetPort: {port}}}]
endpoints: [{endpoints}]
"""
ALONE = 'endpoints: [{ip: 10.10.1.2}, {ip: "fd00:10:1::2"}]'
OTHER = ("10.96.0.15", 53)
"""VIP and port of a service that no test changes."""


@pytest.fixture
def ready(serving: Cluster) -> Cluster:
    """The node with the intents applied, whatever the test before left."""
    serving.restore()
    serving.apply("--allow-deletes")
    return serving


def served_by(cluster: Cluster, *endpoints: str, port: int = 5304) -> None:
    """Bring the service to these endpoints and no others."""
    move(cluster, *endpoints, port=port)
    cluster.apply()


def move(cluster: Cluster, *endpoints: str, port: int = 5304) -> None:
    listed = ", ".join(e if e.startswith("{") else f'{{ip: "{e}"}}' for e in endpoints)
    cluster.write("moving.yaml", MOVING.format(endpoints=listed, port=port))


def in_switch(cluster: Cluster) -> list[Connection]:
    """The UDP connections of our zone."""
    return list(switch_connections.read(cluster.must(NODE, "ovs-appctl", "dpctl/dump-conntrack", "zone=1312")))


def in_kernel(cluster: Cluster) -> list[Connection]:
    """The UDP connections of the node's own stack."""
    seen: list[Connection] = []

    def keep(connection: Connection) -> bool:
        seen.append(connection)
        return False

    with namespaces.entered(state.load(cluster.name).find(NODE).netns):
        kernel_connections.sweep(keep)
    return seen


def to(connections: list[Connection], vip: str, port: int = 53) -> list[Connection]:
    return [connection for connection in connections if connection.asked == (vip, port)]


def of(chat: Chat, connections: list[Connection]) -> list[Connection]:
    return [connection for connection in to(connections, *OTHER) if connection.client[1] == chat.port]


def who(ip: str) -> str:
    return f"[{ip}]:5304" if ":" in ip else f"{ip}:5304"


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("client", [NODE, POD, ITSELF])
@pytest.mark.parametrize(
    ("before", "after"), [(HERE, ELSEWHERE), (ELSEWHERE, HERE), (HOST, ELSEWHERE)], ids=["leaves", "comes", "moves"]
)
def test_a_client_goes_on_with_another_endpoint_and_back(
    ready: Cluster, client: str, family: int, before: dict[int, str], after: dict[int, str]
) -> None:
    served_by(ready, before[family])
    with chatting(ready, client, VIPS[family]) as chat:
        for endpoint in (before, after, before):
            served_by(ready, endpoint[family])
            assert chat.ask().endswith(who(endpoint[family]))


@pytest.mark.parametrize("client", [NODE, POD])
def test_an_endpoint_that_stays_keeps_its_clients(ready: Cluster, client: str) -> None:
    served_by(ready, HERE[4])
    with chatting(ready, client, VIPS[4]) as chat:
        assert chat.ask().endswith(who(HERE[4]))
        for others in ((ELSEWHERE[4],), (ELSEWHERE[4], HOST[4]), ()):
            served_by(ready, HERE[4], *others)
            assert chat.ask().endswith(who(HERE[4]))


@pytest.mark.parametrize("client", [NODE, POD])
def test_a_drained_endpoint_keeps_its_clients(ready: Cluster, client: str) -> None:
    served_by(ready, HERE[4])
    with chatting(ready, client, VIPS[4]) as chat:
        assert chat.ask().endswith(who(HERE[4]))
        served_by(ready, f"{{ip: {HERE[4]}, weight: 0}}", ELSEWHERE[4])
        assert chat.ask().endswith(who(HERE[4]))
        served_by(ready, ELSEWHERE[4])
        assert chat.ask().endswith(who(ELSEWHERE[4]))


@pytest.mark.parametrize(("client", "refusal"), [(NODE, "PermissionError"), (POD, "ConnectionRefusedError")])
def test_a_service_that_loses_its_endpoints_refuses_and_serves_again(ready: Cluster, client: str, refusal: str) -> None:
    served_by(ready, HERE[4])
    with chatting(ready, client, VIPS[4]) as chat:
        assert chat.ask().endswith(who(HERE[4]))
        served_by(ready)
        assert chat.ask().startswith(refusal)
        served_by(ready, ELSEWHERE[4])
        assert chat.ask().endswith(who(ELSEWHERE[4]))


@pytest.mark.parametrize("client", [NODE, POD])
def test_a_service_that_goes_leaves_nothing_behind_and_touches_no_other(ready: Cluster, client: str) -> None:
    served_by(ready, HERE[4])
    with chatting(ready, client, VIPS[4]) as chat, chatting(ready, client, *OTHER) as other:
        assert chat.ask().endswith(who(HERE[4]))
        assert other.ask().endswith("10.10.1.2:5305")
        untouched = of(other, in_switch(ready)), of(other, in_kernel(ready))
        (ready.intents / "moving.yaml").unlink()
        ready.apply()
        assert not to(in_switch(ready), VIPS[4])
        assert not to(in_kernel(ready), VIPS[4])
        assert (of(other, in_switch(ready)), of(other, in_kernel(ready))) == untouched
        assert [len(each) for each in untouched] == [1, 1 if client == NODE else 0]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("client", [NODE, POD])
@pytest.mark.parametrize("endpoint", [HERE, ELSEWHERE], ids=["here", "elsewhere"])
def test_a_client_that_was_there_before_the_service_is_served(
    ready: Cluster, client: str, family: int, endpoint: dict[int, str]
) -> None:
    with chatting(ready, client, VIPS[family]) as chat:
        assert chat.ask("send") == "sent"
        served_by(ready, endpoint[family])
        assert chat.ask().endswith(who(endpoint[family]))


def test_a_pod_that_was_there_before_a_service_without_endpoints_is_refused(ready: Cluster) -> None:
    with chatting(ready, POD, VIPS[4]) as chat:
        assert chat.ask("send") == "sent"
        served_by(ready)
        assert chat.ask().startswith("ConnectionRefusedError")


@pytest.mark.parametrize("client", [NODE, POD])
def test_tcp_to_a_removed_endpoint_goes_on(ready: Cluster, client: str) -> None:
    with held(ready, client, "10.96.0.15", 80) as connection:
        path = ready.intents / "shop" / "paths.yaml"
        text = path.read_text()
        assert text.count(ALONE) == 2, "and SCTP's"
        path.write_text(text.replace(ALONE, ALONE.replace(".2}", ".3}")))
        ready.apply()
        assert connection.echo("still here") == "still here"


def test_a_release_leaves_no_client_behind(ready: Cluster) -> None:
    with chatting(ready, NODE, *OTHER) as chat:
        assert chat.ask().endswith("10.10.1.2:5305")
        ready.apply("release")
        assert not [connection for connection in in_switch(ready) if connection.balanced]
        assert not of(chat, in_kernel(ready))


def test_what_a_run_could_not_flush_is_told_and_the_next_one_flushes(ready: Cluster) -> None:
    pidfile = Path(state.load(ready.name).topology.nodes[0].rundir, "ovs-vswitchd.pid")
    served_by(ready, HERE[4])
    with chatting(ready, POD, VIPS[4]) as chat:
        assert chat.ask().endswith(who(HERE[4]))
        move(ready, ELSEWHERE[4])
        hidden = pidfile.rename(pidfile.with_suffix(".hidden"))
        try:
            done = ready.reconcile()
        finally:
            hidden.rename(pidfile)
        assert done.returncode == 0
        assert "note: stale UDP connections stay until their clients are silent: the control socket" in done.stderr
        assert chat.ask().endswith(who(HERE[4]))
        assert ready.apply().startswith("worker-1: in sync")
        assert chat.ask().endswith(who(ELSEWHERE[4]))


def test_the_loop_flushes(ready: Cluster, tmp_path: Path) -> None:
    served_by(ready, HERE[4])
    with watching(ready, tmp_path) as loop, chatting(ready, NODE, VIPS[4]) as chat:
        loop.until_state("in sync")
        assert chat.ask().endswith(who(HERE[4]))
        move(ready, ELSEWHERE[4])
        loop.until(lambda: chat.ask().endswith(who(ELSEWHERE[4])), "answered by the other")


def test_a_hundred_thousand_clients_of_one_endpoint(ready: Cluster) -> None:
    served_by(ready, HERE[4], port=9)
    with chatting(ready, POD, *OTHER) as other:
        assert other.ask().endswith("10.10.1.2:5305")
        ready.must(POD, sys.executable, str(CLIENT), "flood", VIPS[4], "53", "100000")
        assert len(to(in_switch(ready), VIPS[4])) > 50_000
        served_by(ready, ELSEWHERE[4], port=9)
        assert not to(in_switch(ready), VIPS[4])
        assert of(other, in_switch(ready))
