import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import sandbox
from reconciler.errors import NodeError, ToolError
from reconciler.sandbox import echo, names, namespaces, state
from tests.sandbox.cluster import YAML

pytestmark = pytest.mark.node

UP = """
import sys
from pathlib import Path
from reconciler import sandbox
sandbox.up(Path(sys.argv[1]), sys.argv[2], lambda line: print(line, flush=True))
"""

CLIENTS = ["worker-1", "worker-1/client", "worker-1/10.10.1.2", "worker-2", "worker-2/client"]
ENDPOINTS = {
    "10.10.1.2": "worker-1/10.10.1.2",
    "fd00:10:1::2": "worker-1/[fd00:10:1::2]",
    "10.10.2.2": "worker-2/10.10.2.2",
    "fd00:10:2::2": "worker-2/[fd00:10:2::2]",
    "172.30.0.2": "worker-2/172.30.0.2",
    "203.0.113.9": "world/203.0.113.9",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("intents")
    (folder / "all.yaml").write_text(YAML)
    return folder


@pytest.fixture(scope="module")
def box(folder: Path) -> Iterator[str]:
    name = f"tb{os.getpid()}"
    sandbox.up(folder, name, lambda _: None)
    try:
        yield name
    finally:
        sandbox.down(name)
        assert_nothing_left(name)


@pytest.fixture
def gone() -> Iterator[str]:
    """The name of a sandbox that a test makes and removes itself."""
    name = f"tg{os.getpid()}"
    try:
        yield name
    finally:
        sandbox.down(name)


def assert_nothing_left(name: str) -> None:
    assert namespaces.existing(name) == []
    assert not names.rundir(name).exists()
    words = (f"/{name}/", f"\0{name}\0")
    commands = {entry: command_of(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    assert [each for each in commands.values() if any(word in each for word in words)] == []


def command_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace") if process.name != str(os.getpid()) else ""
    except OSError:
        return ""


def connect(box: str, client: str, ip: str, port: int, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with namespaces.entered(state.load(box).find(client).netns):
        connection = socket.socket(family, kind)
    connection.settimeout(5)
    connection.connect((ip, port))
    return connection


def said(box: str, client: str, ip: str, port: int, kind: socket.SocketKind) -> str:
    """What an endpoint says to a client that says `hello`: who it is, and the same again."""
    with connect(box, client, ip, port, kind) as connection:
        connection.sendall(b"hello\n")
        heard = b""
        while heard.count(b"\n") < 2:
            more = connection.recv(100)
            assert more, heard
            heard += more
        return heard.decode()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("ip", ENDPOINTS)
def test_every_endpoint_answers_everybody(box: str, client: str, ip: str) -> None:
    assert said(box, client, ip, 8080, socket.SOCK_STREAM) == f"{ENDPOINTS[ip]}:8080\nhello\n"
    assert said(box, client, ip, 5353, socket.SOCK_DGRAM) == f"{ENDPOINTS[ip]}:5353\nhello\n"


def test_pods_meet_on_the_bridge_and_nowhere_else(box: str) -> None:
    said(box, "worker-1/client", "10.10.1.2", 8080, socket.SOCK_STREAM)
    pod = state.load(box).find("10.10.1.2")
    neighbours = sandbox.run_in(box, "worker-1/client", ["ip", "neigh", "show", "10.10.1.2"])
    assert getattr(pod, "mac", "") in neighbours.stdout


def test_the_bridge_answers_for_the_gateway_not_the_port(box: str) -> None:
    said(box, "worker-1/client", "203.0.113.9", 8080, socket.SOCK_STREAM)
    node = state.load(box).find("worker-1")
    neighbours = sandbox.run_in(box, "worker-1/client", ["ip", "neigh", "show", "10.10.1.1"])
    assert getattr(node, "gateway_mac", "") in neighbours.stdout


def test_an_endpoint_elsewhere_sees_who_really_asked(box: str) -> None:
    with connect(box, "worker-1/client", "10.10.2.2", 8080, socket.SOCK_STREAM):
        sockets = sandbox.run_in(box, "10.10.2.2", ["ss", "-Htn", "state", "established"])
    assert "10.10.1.250:" in sockets.stdout


def test_a_pod_is_in_ovsdb_as_a_cni_plugin_writes_it(box: str) -> None:
    asked = ["ovs-vsctl", "get", "Interface", "pod2", "external_ids:attached-mac", "external_ids:ip-address"]
    pod = state.load(box).find("10.10.1.2")
    told = sandbox.run_in(box, "worker-1", asked).stdout.splitlines()
    assert told == [f'"{getattr(pod, "mac", "")}"', '"10.10.1.2,fd00:10:1::2"']


@pytest.mark.parametrize(
    "setting", ["net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.gw0.rp_filter=0", "net.ipv4.ip_forward=1"]
)
def test_a_node_is_set_as_the_paths_need_it(box: str, setting: str) -> None:
    key, value = setting.split("=")
    path = Path("/proc/sys") / key.replace(".", "/")
    assert sandbox.run_in(box, "worker-1", ["cat", str(path)]).stdout.strip() == value


def test_a_crowd_is_served_at_once(box: str) -> None:
    crowd = [connect(box, "worker-1/client", "10.10.1.2", 8080, socket.SOCK_STREAM) for _ in range(400)]
    try:
        assert {each.recv(100) for each in crowd} == {b"worker-1/10.10.1.2:8080\n"}
    finally:
        for each in crowd:
            each.close()


def test_more_than_fits_a_buffer_comes_back_whole(box: str) -> None:
    sent, heard = os.urandom(1 << 22), bytearray()
    with connect(box, "worker-1/client", "10.10.2.2", 8080, socket.SOCK_STREAM) as connection:
        sender = threading.Thread(target=say, args=(connection, sent))
        sender.start()
        while more := connection.recv(1 << 16):
            heard += more
        sender.join()
    assert heard == b"worker-2/10.10.2.2:8080\n" + sent


def say(connection: socket.socket, everything: bytes) -> None:
    connection.sendall(everything)
    connection.shutdown(socket.SHUT_WR)


def test_exec_becomes_the_command_in_the_namespace(box: str, folder: Path) -> None:
    script = "echo $RECONCILE_NODE $RECONCILE_INTENTS $OVS_RUNDIR; cat; ovs-vsctl br-exists br-int; exit 7"
    done = run_exec(box, "worker-2", "sh", "-c", script, stdin="typed\n")
    rundir = names.rundir(box) / "worker-2"
    assert (done.returncode, done.stdout) == (7, f"worker-2 {folder} {rundir}\ntyped\n")


def run_exec(box: str, target: str, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    code = "import sys; from reconciler.sandbox import execute; execute(sys.argv[1], sys.argv[2], sys.argv[3:])"
    command = [sys.executable, "-c", code, box, target, *argv]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_up_on_a_running_sandbox_is_refused_and_harms_nothing(box: str, folder: Path) -> None:
    with pytest.raises(NodeError, match=f"sandbox {box} exists: run `reconcile sandbox down --name {box}` first"):
        sandbox.up(folder, box, lambda _: None)
    assert said(box, "worker-1", "10.10.1.2", 8080, socket.SOCK_STREAM)


def test_a_probe_of_nodes_without_services_fails_in_every_row(box: str) -> None:
    probes = sandbox.probe(box)
    assert {probe.client for probe in probes} == {*CLIENTS, "worker-2/10.10.2.2"}
    assert {(probe.answered_by, probe.ok, probe.error) for probe in probes} == {
        ((), False, "4 of 4: no answer in time")
    }


def test_a_probe_refuses_endpoints_that_nobody_serves(box: str, folder: Path) -> None:
    (folder / "all.yaml").write_text(f"{YAML}  - {{ip: 10.10.1.77}}\n")
    try:
        with pytest.raises(NodeError, match=r"newer than the sandbox: worker-1/10\.10\.1\.77:8080"):
            sandbox.probe(box)
    finally:
        (folder / "all.yaml").write_text(YAML)


@pytest.mark.parametrize("step", ["network", "node worker-1", "node worker-2", "echo"])
def test_down_after_up_was_killed(folder: Path, gone: str, step: str) -> None:
    with subprocess.Popen([sys.executable, "-c", UP, str(folder), gone], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert next(line for line in process.stdout if line.startswith(step))
        process.kill()
    assert process.returncode == -signal.SIGKILL
    sandbox.down(gone)
    assert_nothing_left(gone)


def test_down_after_the_servers_were_killed(folder: Path, gone: str) -> None:
    sandbox.up(folder, gone, lambda _: None)
    for pidfile in names.rundir(gone).glob("**/*.pid"):
        os.kill(int(pidfile.read_text()), signal.SIGKILL)
    sandbox.down(gone)
    assert_nothing_left(gone)


def test_down_finds_processes_whose_namespace_lost_its_name(folder: Path, gone: str) -> None:
    sandbox.up(folder, gone, lambda _: None)
    for netns in namespaces.existing(gone):
        subprocess.run(["ip", "netns", "delete", netns], check=True)
    sandbox.down(gone)
    assert_nothing_left(gone)


def test_down_ends_what_people_left_running(folder: Path, gone: str) -> None:
    sandbox.up(folder, gone, lambda _: None)
    with subprocess.Popen(namespaces.inside(state.load(gone).find("10.10.1.2").netns, ["sleep", "1000"])) as process:
        sandbox.down(gone)
    assert process.returncode == -signal.SIGKILL
    assert_nothing_left(gone)


def test_down_spares_a_process_that_has_an_old_pid(gone: str) -> None:
    with subprocess.Popen(["sleep", "1000"]) as innocent:
        names.rundir(gone).mkdir(parents=True)
        (names.rundir(gone) / echo.PIDFILE).write_text(f"{innocent.pid}\n")
        sandbox.down(gone)
        assert innocent.poll() is None
        innocent.kill()
    assert_nothing_left(gone)


def test_down_of_nothing_is_fine(gone: str) -> None:
    sandbox.down(gone)
    sandbox.down(gone)


def test_up_that_fails_half_way_cleans_up(folder: Path, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "__name__", "reconciler.sandbox.nowhere")
    with pytest.raises(ToolError, match="No module named"):
        sandbox.up(folder, gone, lambda _: None)
    assert_nothing_left(gone)


def test_up_names_the_packages_that_are_missing(folder: Path, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NodeError, match="apt-get install ethtool iproute2 openvswitch-switch"):
        sandbox.up(folder, gone, lambda _: None)
    monkeypatch.undo()


def test_only_root_can(folder: Path, gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NodeError, match="run as root"):
        sandbox.up(folder, gone, lambda _: None)
    monkeypatch.undo()
