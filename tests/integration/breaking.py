"""Breaks every object that a service's paths depend on, one after another, and says what `explain` makes of it.

Runs on a node of a sandbox, as `python -m tests.integration.breaking SERVICE KIND…`: one line of JSON for each object.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from reconciler.cli import main
from reconciler.explain.paths import all_steps
from reconciler.explain.values import Evidence, Explanation
from reconciler.intents import load
from reconciler.witness import Asked, explain

DELETE = "ovs-ofctl -O OpenFlow15 --strict del-flows br-int cookie=0x520/-1,{key}"
SPOIL = "ovs-ofctl -O OpenFlow15 mod-group br-int {key},type=select,bucket=weight:1,actions=drop"
BREAKS: Mapping[str, str] = {
    "flow": DELETE,
    "group": SPOIL,
    "entry": "ipset del {key}",
    "rule": "ip {family} rule del priority 1312",
    "route": "ip {family} route del {key}",
    "neighbour": "ip {family} neigh del {key}",
}
"""Takes an object away, or spoils what would take others with it."""


def breaks(evidence: Evidence) -> list[str]:
    """The command that breaks the object of some evidence."""
    words = evidence.key.split()
    if evidence.kind == "sysctl":
        return ["sysctl", "-qw", f"{evidence.key}={1 if evidence.key.endswith('rp_filter') else 0}"]
    if evidence.kind == "chain":
        return [*words[:3], "-D", words[3], "1"]
    if evidence.kind == "jump":
        return [*words[:3], "-D", *words[3:]]
    family = "-6" if "::" in words[0] or words[0] == "inet6" else "-4"
    return BREAKS[evidence.kind].format(key=evidence.key, family=family).split()


def look(service: str) -> Explanation:
    folder, node = Path(os.environ["RECONCILE_INTENTS"]), os.environ["RECONCILE_NODE"]
    return explain(load(folder), node, os.environ["OVS_RUNDIR"], Asked((service,)), lambda _: None)


def first_broken(explanation: Explanation) -> list[str]:
    broken = [path.broken for path in explanation.paths]
    return sorted({f"{each.evidence.kind} {each.evidence.key}" for each in broken if each})


def mend(evidence: Evidence, settings: dict[str, str]) -> None:
    if evidence.kind == "sysctl":
        for name, value in settings.items():
            subprocess.run(["sysctl", "-qw", f"{name}={value}"], check=True)
    else:
        with redirect_stdout(StringIO()):
            assert main(["--allow-deletes"]) == 0


def run(service: str, kinds: list[str]) -> None:
    whole = look(service)
    assert whole.whole, first_broken(whole)
    evidence = {(e.kind, e.key): e for p in whole.paths for s in all_steps(p) for e in s.evidence}
    settings = {e.key: e.actual.rpartition(" ")[2] for e in evidence.values() if e.kind == "sysctl"}
    for (kind, key), each in evidence.items():
        if kind in kinds and each.desired:
            subprocess.run(breaks(each), check=True)
            named = first_broken(look(service))
            mend(each, settings)
            after = look(service)
            print(json.dumps({"broken": f"{kind} {key}", "named": named, "mended": after.whole}), flush=True)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
