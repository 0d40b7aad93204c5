"""A captured node as an explanation; `python -m tests.explain.telling` writes the texts that must follow again."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from reconciler.desired import compile_node
from reconciler.drivers import ipsets, netfilter
from reconciler.explain.clients import named
from reconciler.explain.kernel_text import counted
from reconciler.explain.packets import Packet
from reconciler.explain.paths import apart, paths
from reconciler.explain.scene import Scene
from reconciler.explain.seen import Found, Held, Lookup, Port, Seen, Trace
from reconciler.explain.text import as_text
from reconciler.explain.trace_text import parse_trace
from reconciler.explain.values import Explanation
from reconciler.facts import Facts, Pod, View
from reconciler.features.service_ports import names, service_ports
from reconciler.group_ids import assign
from reconciler.intents import load
from reconciler.ofctl_text import parse_flows, parse_groups
from reconciler.ownership import COOKIE
from reconciler.resources import Resource, by_key

HERE = Path(__file__).parent / "captured"
CAPTURED = sorted(path.stem for path in HERE.glob("*.json"))
ROOT = Path(__file__).parents[2]
DUMPED = ("flow", "group", "ipset", "entry", "chain", "jump")
NODE = "worker-1"


class Answers(dict[Packet, Trace]):
    """The traces of a capture, by the text of the packets."""

    def __init__(self, told: dict[str, str]) -> None:
        super().__init__()
        self._told = told

    def get(self, packet: Packet, default: Any = None) -> Any:
        return parse_trace(self._told[packet.flow]) if packet.flow in self._told else default

    def __contains__(self, packet: object) -> bool:
        return isinstance(packet, Packet) and packet.flow in self._told


def explanation(name: str) -> Explanation:
    told = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    with chdir(ROOT):
        intents = load(Path("tests/integration/intents"))
    view = View(intents.nodes[NODE], intents.services, facts(told["facts"]))
    desired = compile_node(intents, NODE, view.facts)
    scene = Scene(view, desired, seen(told, desired.values()))
    groups = assign(name for s in intents.services.values() for name, _, _ in names(s.spec))
    client = named(view, told["client"], scene.seen.ports, ())
    found = tuple(
        p for of in service_ports(view, view.services[told["service"]], groups) for p in paths(scene, of, client)
    )
    assert scene.take_wanted() == ([], []), "the capture lacks an answer"
    return Explanation(NODE, view.node.spec.bridge, found, tuple(apart(scene, found)))


def facts(told: dict[str, Any]) -> Facts:
    ips = {int(family): ip for family, ip in told["gateway_ips"].items()}
    pods = {ip: Pod(**pod) for ip, pod in told["pods"].items()}
    return Facts(**{**told, "gateway_ips": ips, "pods": pods, "default_routes": frozenset(told["default_routes"])})


def seen(told: dict[str, Any], desired: Any) -> Seen:
    """Routes, rules and neighbours are as they should be; everything else is as it was dumped."""
    dumps = told["dumps"]
    return Seen(
        by_key([*(r for r in desired if r.kind not in DUMPED), *dumped(dumps)]),
        {},
        {ip: Port(**{**port, "learned": tuple(port["learned"])}) for ip, port in told["ports"].items()},
        {Lookup(**question): Found(**answer) for question, answer in told["lookups"]},
        Answers(told["traces"]),
        {**counted(4, dumps["iptables"]), **counted(6, dumps["ip6tables"])},
        [Held(**held) for held in told["connections"]],
    )


def dumped(dumps: dict[str, str]) -> Iterator[Resource]:
    yield from (flow for cookie, flow in parse_flows(dumps["flows"]) if cookie == COOKIE)
    yield from parse_groups(dumps["groups"])
    yield from ipsets.parse(dumps["ipset"]).owned
    for family, tool in ((4, "iptables"), (6, "ip6tables")):
        bare = "".join(f"{line.partition('] ')[2] or line}\n" for line in dumps[tool].splitlines())
        yield from netfilter.parse(family, bare).owned  # type: ignore[arg-type]


def text(name: str) -> str:
    return "".join(f"{line}\n" for line in as_text(explanation(name), colour=False))


if __name__ == "__main__":
    for each in CAPTURED:
        (HERE / f"{each}.txt").write_text(text(each), encoding="utf-8")
