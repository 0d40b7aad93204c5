"""Run on the node: the raw C tools bring about the same state, and read it; prints seconds as JSON."""

import json
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

from reconciler.desired import compile_node
from reconciler.intents import load
from reconciler.resources import Chain, Entry, Flow, Group, IpSet, Jump, Resource, Route, Rule
from reconciler.system.node_facts import read_facts

OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")
READS = (
    (*OFCTL, "--no-stats", "dump-flows", "br-int"),
    (*OFCTL, "dump-groups", "br-int"),
    ("ipset", "save"),
    ("ip", "route", "show", "table", "1312"),
    ("ip", "rule"),
    ("ip", "-6", "rule"),
    ("iptables-save",),
    ("ip6tables-save",),
)


def main(folder: str, rundir: str) -> None:
    """Apply from nothing, then read."""
    intents = load(Path(folder))
    node = intents.nodes["worker-1"].spec
    desired = list(compile_node(intents, "worker-1", read_facts(node, rundir)).values())
    inputs = list(commands(desired))
    begun = perf_counter()
    for argv, text in inputs:
        done = subprocess.run(argv, input=text, text=True, check=False, capture_output=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)}: {done.stderr}")
    applied = perf_counter()
    with ThreadPoolExecutor(len(READS)) as pool:
        size = sum(pool.map(lambda argv: len(subprocess.check_output(argv)), READS))
    print(json.dumps({"apply": applied - begun, "read": perf_counter() - applied, "bytes": size}))


def commands(desired: list[Resource]) -> Iterable[tuple[tuple[str, ...], str]]:
    """What an operator would run: one call of each tool."""
    flows = [f"group add {r.text}" for r in desired if isinstance(r, Group)]
    flows += [f"flow add {r.text}" for r in desired if isinstance(r, Flow)]
    yield (*OFCTL, "bundle", "br-int", "-"), "\n".join(flows)
    routes = [f"route add {r.text} proto 82" for r in desired if isinstance(r, Route)]
    rules = [f"rule add {r.text.partition(' ')[2]}" for r in desired if isinstance(r, Rule)]
    yield ("ip", "-batch", "-"), "\n".join(sorted(routes, key=lambda line: " via " in line) + rules) + "\n"
    sets = [f"{r.text} maxelem 1048576" for r in desired if isinstance(r, IpSet)]
    yield ("ipset", "restore"), "\n".join(sets + [r.text for r in desired if isinstance(r, Entry)]) + "\n"
    yield ("iptables-restore", "--noflush"), "".join(tables(desired))


def tables(desired: list[Resource]) -> Iterable[str]:
    """The input of iptables-restore."""
    for table in ("mangle", "nat", "filter"):
        chains = [r for r in desired if isinstance(r, Chain) and r.table == table]
        yield f"*{table}\n"
        yield from (f":{chain.name} - [0:0]\n" for chain in chains)
        yield from (f"-A {chain.name} {rule}\n" for chain in chains for rule in chain.rules)
        yield from (f"-I {r.rule}\n" for r in desired if isinstance(r, Jump) and r.table == table)
        yield "COMMIT\n"


main(*sys.argv[1:])
