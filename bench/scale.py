"""`python -m bench.scale`: far more services and nodes than one machine has; writes the tables of `docs/scale.md`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import apiserver, changes, cluster, ours, ovn, usage
from bench.chart import duration
from bench.counters import Switch
from bench.database import follow
from bench.looping import FOR_EVENTS_ALONE, looping
from bench.node import BRIDGE, Node, private
from bench.report import table, written
from bench.repository import Fetch, fetch
from bench.timing import say, spread
from reconciler.group_ids import assign
from reconciler.ownership import GROUP_SPACE

DOCUMENT = Path("docs/scale.md")
COMPILED = 5
"""Nodes that are compiled, of all; what they hold is in memory together."""
RUNS = 10
COMING = 200
"""Services that come one by one, to see whose group moves."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One repository, loaded once and compiled for some nodes, without a machine; seconds, and MiB."""

    load: float
    intents: float
    compile: float
    state: float
    resources: int
    bytes: int
    own: int
    own_bytes: int


@dataclass(frozen=True, slots=True)
class Lived:
    """One real node with so many services; seconds, and MiB."""

    cold: float
    warm: float
    check: float
    change: float
    loop: float
    switch: float
    sets: float


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[1000, 10000, 100000])
    services = parser.parse_args().services
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    text = DOCUMENT.read_text()
    for mark, part in parts(services):
        print(f"{mark}\n{part}\n", flush=True)
        text = written(text, mark, part)
    DOCUMENT.write_text(text)


def parts(services: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Each table with the mark of its place."""
    yield "machine", usage.machine()
    yield "ids", ids([*services, 4 * services[-1]])
    yield "simulated", simulated(services, [simulate(count) for count in services])
    layouts = {a_file: layout(services[-1], a_file) for a_file in (100, 1)}
    yield "git", git(layouts)
    yield "carriers", carriers(services[-1], layouts[1])
    yield "lived", lived(services, [live(count) for count in services])


def simulate(services: int) -> Simulated:
    """In a process of its own, whose memory is that of this alone."""
    say(f"{services} services, {cluster.NODES} nodes: load once, compile {COMPILED} nodes ...")
    with tempfile.TemporaryDirectory() as place:
        cluster.write(Path(place, "intents"), services)
        argv = (sys.executable, "-m", cluster.__name__, f"{place}/intents", str(services), str(COMPILED))
        found = json.loads(subprocess.check_output(argv))
    return Simulated(**{name.replace(" ", "_"): value for name, value in found.items()})


def simulated(services: Sequence[int], found: Sequence[Simulated]) -> str:
    """The table of the simulation."""
    rows = (
        ("resources of a node", [f"{each.resources:,}" for each in found]),
        ("of these its own: another node has them otherwise or not at all", [share(each) for each in found]),
        ("the repository, loaded once", [f"{duration(each.load)}, {each.intents:,.0f} MiB" for each in found]),
        ("compiled for one more node", [f"{duration(each.compile)}, {each.state:,.1f} MiB" for each in found]),
        ("its state as text, MiB", [f"{each.bytes / 2**20:,.1f}" for each in found]),
    )
    heads = ["services", *(f"{count:,}" for count in services)]
    return table(heads, [[name, *cells] for name, cells in rows])


def share(of: Simulated) -> str:
    """How much depends on the node."""
    return f"{of.own} ({of.own_bytes / of.bytes:.3%} of the text)"


def layout(services: int, a_file: int) -> Fetch:
    """A repository with so many services a file."""
    say(f"git: {services} services, {a_file} a file ...")
    with tempfile.TemporaryDirectory() as place:
        return fetch(Path(place), services, a_file)


def git(layouts: Mapping[int, Fetch]) -> str:
    """The table of layouts."""
    heads = ["services a file", "files", "clone, MiB", "pack of one changed endpoint, bytes", "fetch and checkout"]
    return table(heads, [_layout(a_file, each) for a_file, each in layouts.items()])


def _layout(a_file: int, of: Fetch) -> Sequence[str]:
    return [str(a_file), f"{of.files:,}", f"{of.clone:.1f}", f"{of.transfer:,}", duration(of.seconds)]


def carriers(services: int, by_git: Fetch) -> str:
    """The table of what carries the intents to the nodes."""
    say(f"OVN's northbound database: {services} services ...")
    with tempfile.TemporaryDirectory() as place, ovn.unpacked(Path(place)) as files:
        by_ovn = follow(files, services, cluster.ENDPOINTS)
    everything = services * (len(apiserver.service(services)) + len(apiserver.endpoint_slice(services)))
    change = len(apiserver.endpoint_slice(services))
    heads = ["carrier", "all of it, MiB", "one changed endpoint, bytes", f"the same to {cluster.NODES:,} nodes, MiB"]
    found = (
        ("git, a file for each service", by_git.clone, by_git.transfer),
        ("Kubernetes: Services and EndpointSlices, as JSON", everything / 2**20, change),
        (f"OVN's northbound database (server: {by_ovn.server:.0f} MiB)", by_ovn.first / 2**20, by_ovn.change),
    )
    rows = [[name, f"{first:.1f}", f"{each:,}", f"{each * cluster.NODES / 2**20:.1f}"] for name, first, each in found]
    return table(heads, rows)


def ids(counts: Sequence[int]) -> str:
    """The table of group ids that met."""
    heads = ["names", "share of all ids", "not at their own hash", "moved by one name more"]
    return table(heads, [_ids(count) for count in counts])


def _ids(count: int) -> Sequence[str]:
    names = [f"team-{number // 100}/service-{number} TCP/80 IPv4" for number in range(count)]
    before = assign(names)
    away = sum(assign([name])[name] != given for name, given in before.items())
    moved = _moved(names, before)
    return [f"{count:,}", f"{count / GROUP_SPACE:.1%}", f"{away:,} ({away / count:.2%})", f"{moved:.2f} on average"]


def _moved(names: Sequence[str], before: dict[str, int]) -> float:
    """Ids that one name more moves, on average: all of the coming ones at once, each in its turn."""
    coming = [f"coming/service-{number} TCP/80 IPv4" for number in range(COMING)]
    after = assign([*names, *coming])
    return sum(after[name] != given for name, given in before.items()) / COMING


def live(services: int) -> Lived:
    """A node with that many services, and nothing else on the machine."""
    say(f"{services} services on a real node ...")
    with private("scale") as node:
        intents = node.place / "intents"
        changes.write(intents, services, cluster.ENDPOINTS)
        switch = Switch(node.run, node.machine.rundir, BRIDGE)
        empty = usage.memory(switch.pid)
        cold = ours.must(node, intents)
        used = usage.memory(switch.pid) - empty
        ours.release(node, intents)
        warm, check = ours.must(node, intents), ours.must(node, intents, "--check")
        with looping(node, intents, *FOR_EVENTS_ALONE) as loop:
            loop.until_in_sync()
            change = spread(changes.changes(loop, intents, services, cluster.ENDPOINTS, RUNS)["change"])
            return Lived(cold, warm, check, change.p50, loop.memory(), used, sets(node))


def sets(node: Node) -> float:
    """MiB that the kernel's sets take."""
    told = node.run("ipset", "list", "-terse")
    return sum(int(line.split()[-1]) for line in told.splitlines() if line.startswith("Size in memory")) / 2**20


def lived(services: Sequence[int], found: Sequence[Lived]) -> str:
    """The table of real nodes."""
    rows = (
        ("from files to a verified node, cold", [duration(each.cold) for each in found]),
        ("the same, files parsed before", [duration(each.warm) for each in found]),
        ("`--check` in sync, files parsed before", [duration(each.check) for each in found]),
        ("one endpoint changed, in the loop", [duration(each.change) for each in found]),
        ("memory of the loop, MiB", [f"{each.loop:,.0f}" for each in found]),
        ("what ovs-vswitchd grew by, MiB", [f"{each.switch:,.0f}" for each in found]),
        ("the kernel's sets, MiB", [f"{each.sets:.1f}" for each in found]),
    )
    return table(["services", *(f"{count:,}" for count in services)], [[name, *cells] for name, cells in rows])


if __name__ == "__main__":
    main()
