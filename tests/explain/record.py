"""Records what a node answers while one of its services is explained: `python -m tests.explain.record SERVICE CLIENT`.

Runs on a node of a sandbox of `tests/integration/intents`; what it prints is a file of `captured/`.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path
from unittest.mock import patch

from reconciler import witness
from reconciler.explain.scene import Scene
from reconciler.intents import load
from reconciler.system.commands import run
from reconciler.system.unixctl import control

OFCTL = ("ovs-ofctl", "-O", "OpenFlow15", "--no-names")
DUMPS = {
    "flows": (*OFCTL, "--no-stats", "dump-flows", "br-int"),
    "groups": (*OFCTL, "dump-groups", "br-int"),
    "ipset": ("ipset", "save"),
    "iptables": ("iptables-save", "-c"),
    "ip6tables": ("ip6tables-save", "-c"),
}


def record(service: str, client: str) -> dict[str, object]:
    scenes: list[Scene] = []

    class Kept(Scene):
        def __init__(self, *words: object, **named: bool) -> None:
            super().__init__(*words, **named)  # type: ignore[arg-type]
            scenes.append(self)

    rundir, folder = os.environ["OVS_RUNDIR"], Path(os.environ["RECONCILE_INTENTS"])
    with patch.object(witness, "Scene", Kept):
        asked = witness.Asked((service,), client)
        witness.explain(load(folder), os.environ["RECONCILE_NODE"], rundir, asked, lambda _: None)
    facts, seen = scenes[0].view.facts, scenes[0].seen
    with control(rundir) as switch:
        traces = {p.flow: switch.ask("ofproto/trace", "br-int", p.flow, *p.options) for p in seen.traces or ()}
    return {
        "service": service,
        "client": client,
        "facts": {**dataclasses.asdict(facts), "default_routes": sorted(facts.default_routes or ())},
        "ports": {ip: dataclasses.asdict(port) for ip, port in seen.ports.items()},
        "lookups": [[dataclasses.asdict(of) for of in both] for both in seen.lookups.items()],
        "traces": traces,
        "connections": [dataclasses.asdict(held) for held in seen.connections],
        "dumps": {name: run(command) for name, command in DUMPS.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(record(*sys.argv[1:]), indent=1)}\n")
