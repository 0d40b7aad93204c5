"""Reading and flushing connections, without Open vSwitch and without a kernel."""

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.conntrack import Connection, Expected, Place
from reconciler.errors import ToolError
from reconciler.platforms.linux import Machine
from reconciler.site import Site
from reconciler.system import kernel_connections, switch_connections
from reconciler.system.unixctl import control
from tests.declared import node

CAPTURED = """\
udp,orig=(src=10.10.1.250,dst=10.96.0.10,sport=35268,dport=53),reply=(src=10.10.1.3,dst=10.10.1.250,sport=53,dport=35268),zone=1312,mark=1312
udp,orig=(src=10.10.1.250,dst=10.96.0.40,sport=35269,dport=53),reply=(src=10.96.0.40,dst=10.10.1.250,sport=53,dport=35269),zone=1312
udp,orig=(src=fd00:10:1::fa,dst=fd00:96::10,sport=7,dport=53),reply=(src=fd00:10:1::3,dst=fd00:10:1::fa,sport=53,dport=7),zone=1312,mark=1312,labels=0x1
udp,orig=(src=10.10.1.9,dst=10.10.1.2,sport=8,dport=53),reply=(src=10.10.1.2,dst=10.10.1.9,sport=53,dport=8),zone=1312,mark=13120
tcp,orig=(src=10.10.1.1,dst=10.96.0.10,sport=1,dport=80),reply=(src=10.10.1.2,dst=10.10.1.1,sport=80,dport=1),zone=1312,mark=1312,protoinfo=(state=ESTABLISHED)
icmp,orig=(src=10.10.1.1,dst=10.10.1.2,id=1,type=8,code=0),reply=(src=10.10.1.2,dst=10.10.1.1,id=1,type=0,code=0),zone=1312
"""
MESSAGE = bytes.fromhex(
    "0200000034000180140001800800 0100ac1e0001080002000a60000a1c000280050001001100000006000200e1170000060003000035"
    "00003400028014000180080001000a60000a080002000a0a01011c000280050001001100000006000200003500000600 0300e1170000"
    "080003000000019a080008000000000008000c00686c591708000b000000000108000700 0000001d"
)
"""A message of the kernel about one of the node's own."""


VIP = ("10.96.0.10", 53)


def test_the_udp_connections_of_a_dump() -> None:
    assert list(switch_connections.read(CAPTURED)) == [
        Connection(("10.10.1.250", 35268), ("10.96.0.10", 53), ("10.10.1.3", 53), "10.10.1.250", balanced=True),
        Connection(("10.10.1.250", 35269), ("10.96.0.40", 53), ("10.96.0.40", 53), "10.10.1.250"),
        Connection(("fd00:10:1::fa", 7), ("fd00:96::10", 53), ("fd00:10:1::3", 53), "fd00:10:1::fa", balanced=True),
        Connection(("10.10.1.9", 8), ("10.10.1.2", 53), ("10.10.1.2", 53), "10.10.1.9"),
    ]


def test_a_connection_of_the_kernel() -> None:
    assert kernel_connections.read(MESSAGE) == Connection(("172.30.0.1", 57623), VIP, VIP, "10.10.1.1")


def test_a_connection_in_a_zone_is_not_the_nodes_own() -> None:
    assert kernel_connections.read(MESSAGE + bytes.fromhex("0600120005200000")) is None


def test_a_connection_of_another_protocol_is_passed_over() -> None:
    assert kernel_connections.read(MESSAGE.replace(bytes.fromhex("0500010011"), bytes.fromhex("0500010006"))) is None


class Switch:
    """Open vSwitch, with connections of UDP and nothing else."""

    def __init__(self, connections: list[Connection], *, together: bool = True, leaves: int = 0) -> None:
        self.connections, self._together, self._leaves = connections, together, leaves
        self.asked: list[tuple[str, ...]] = []

    def ask(self, command: str, *arguments: str) -> str:
        self.asked.append((command, *arguments))
        match command:
            case "dpctl/dump-dps":
                return "netdev@ovs-netdev\n"
            case "dpctl/dump-conntrack":
                return "".join(map(shown, self.connections))
            case "dpctl/flush-conntrack":
                self._flush(*arguments[1:])
        return ""

    def _flush(self, original: str, reply: str = "") -> None:
        if reply and not self._together:
            raise ToolError("no such thing")
        matched = [c for c in self.connections if fits(c, original, reply)]
        for connection in matched[self._leaves if reply else 0 :]:
            self.connections.remove(connection)
        self._leaves //= 2

    def count(self, command: str) -> int:
        return sum(name == command for name, *_ in self.asked)


def shown(c: Connection) -> str:
    mark = ",mark=1312" if c.balanced else ""
    return (
        f"udp,orig=(src={c.client[0]},dst={c.asked[0]},sport={c.client[1]},dport={c.asked[1]}),"
        f"reply=(src={c.answers[0]},dst={c.returned},sport={c.answers[1]},dport={c.client[1]}),zone=1312{mark}\n"
    )


def fits(c: Connection, original: str, reply: str) -> bool:
    sides = {"ct_nw_proto=17", f"ct_nw_src={c.client[0]}", f"ct_tp_src={c.client[1]}"}
    sides |= {f"ct_nw_dst={c.asked[0]}", f"ct_tp_dst={c.asked[1]}"}
    answers = {"ct_nw_proto=17", f"ct_nw_src={c.answers[0]}", f"ct_tp_src={c.answers[1]}"}
    return set(original.split(",")) <= sides and (not reply or set(reply.split(",")) <= answers)


def clients(count: int, endpoint: str, first: int = 1) -> list[Connection]:
    return [
        Connection(("10.10.1.9", port), ("10.96.0.10", 53), (endpoint, 53), "10.10.1.9", balanced=True)
        for port in range(first, first + count)
    ]


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch) -> Callable[[Switch], None]:
    def swept(switch: Switch) -> None:
        class Opened:
            def __enter__(self) -> Switch:
                return switch

            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(switch_connections, "control", lambda _: Opened())
        switch_connections.sweep("", lambda connection: connection.answers[0] == "10.10.1.2")

    return swept


def test_nothing_stale_is_one_look(sweep: Callable[[Switch], None]) -> None:
    switch = Switch(clients(10, "10.10.1.3"))
    sweep(switch)
    assert switch.asked == [("dpctl/dump-dps",), ("dpctl/dump-conntrack", "zone=1312")]


def test_a_few_are_flushed_one_by_one_by_their_whole_tuples(sweep: Callable[[Switch], None]) -> None:
    switch = Switch(clients(2, "10.10.1.2") + clients(5, "10.10.1.3", 100))
    sweep(switch)
    assert len(switch.connections) == 5
    flushed = [arguments for command, *arguments in switch.asked if command == "dpctl/flush-conntrack"]
    assert flushed == [
        ["zone=1312", f"ct_nw_proto=17,ct_nw_src=10.10.1.9,ct_tp_src={port},ct_nw_dst=10.96.0.10,ct_tp_dst=53"]
        for port in (1, 2)
    ]


def test_many_of_one_endpoint_are_one_command(sweep: Callable[[Switch], None]) -> None:
    switch = Switch(clients(5000, "10.10.1.2") + clients(5, "10.10.1.3", 10000))
    sweep(switch)
    assert len(switch.connections) == 5
    assert switch.count("dpctl/flush-conntrack") == 1


def test_what_a_flush_leaves_is_flushed_again(sweep: Callable[[Switch], None]) -> None:
    switch = Switch(clients(5000, "10.10.1.2"), leaves=2500)
    sweep(switch)
    assert not switch.connections
    assert switch.count("dpctl/flush-conntrack") < 1010, "halved until few are left"


def test_an_open_vswitch_that_knows_whole_tuples_only(sweep: Callable[[Switch], None]) -> None:
    switch = Switch(clients(1500, "10.10.1.2"), together=False)
    sweep(switch)
    assert not switch.connections


def test_connections_that_come_again_and_again_are_told(sweep: Callable[[Switch], None]) -> None:
    class Hydra(Switch):
        def _flush(self, original: str, reply: str = "") -> None: ...

    switch = Hydra(clients(3, "10.10.1.2"))
    with pytest.raises(ToolError, match="zone=1312 had 3 more of them after 20 flushes"):
        sweep(switch)
    assert switch.count("dpctl/dump-conntrack") == 20


def answering(folder: Path, *answers: bytes) -> threading.Thread:
    """A daemon that answers its first connection, each in two pieces."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(folder / "ovs-vswitchd.7.ctl"))
    door.listen()
    (folder / "ovs-vswitchd.pid").write_text("7\n")

    def serve() -> None:
        with door, door.accept()[0] as guest:
            for answer in answers:
                guest.recv(1 << 16)
                guest.sendall(answer[:-1])
                guest.sendall(answer[-1:])

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_questions_to_the_daemon(tmp_path: Path) -> None:
    said = [{"id": 0, "result": "a {b}\n", "error": None}, {"id": 0, "result": None, "error": "no\nsuch\n"}]
    thread = answering(tmp_path, *(json.dumps(each).encode() for each in said))
    with control(str(tmp_path)) as switch:
        assert switch.ask("version") == "a {b}\n"
        with pytest.raises(ToolError, match=r"^nonsense: no such$"):
            switch.ask("nonsense")
        thread.join()
        with pytest.raises(ToolError, match="ovs-vswitchd, asked for version"):
            switch.ask("version")


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="No such file"), control(str(tmp_path)):
        pass


@pytest.mark.parametrize(
    ("pipeline", "expected", "gone", "where"),
    [
        ("standalone", Expected(), frozenset(), ["switch"]),
        ("standalone", Expected({VIP: frozenset()}, {4: "10.10.1.1"}), frozenset(), ["switch", "kernel"]),
        ("standalone", Expected({VIP: frozenset()}), frozenset(), ["switch"]),
        ("standalone", Expected(), frozenset({VIP}), ["switch", "kernel"]),
        ("antrea", Expected({VIP: frozenset()}, {4: "10.10.1.1"}), frozenset(), ["kernel"]),
    ],
)
def test_which_tables_of_a_node_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, pipeline: str, expected: Expected, gone: frozenset[Place], where: list[str]
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(switch_connections, "sweep", lambda *_: looked.append("switch"))
    monkeypatch.setattr(kernel_connections, "sweep", lambda _: looked.append("kernel"))
    assert Machine(Site.of(node(pipeline=pipeline)), "/nowhere").sweep(expected, gone) == ()
    assert looked == where


def test_what_cannot_be_flushed_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_connections, "sweep", lambda _: None)
    (note,) = Machine(Site.of(node()), str(tmp_path)).sweep(Expected(), frozenset({VIP}))
    assert note.startswith("stale UDP connections stay until their clients are silent: the control socket")
