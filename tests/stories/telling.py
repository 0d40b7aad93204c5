"""A story is a folder: `intents/`, `facts.json` (else names stand for facts) and what must follow from them.

`show.txt` is the whole desired state, `notes.txt` what the operator is told, and with `before/` (older intents;
the node holds what they ask for) `plan.txt` is the plan. `python -m tests.stories.telling` writes these again.
"""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from reconciler.advice import notes
from reconciler.desired import compile_node
from reconciler.facts import Facts, Pod, View, symbolic
from reconciler.intents import Intents, load
from reconciler.plan import in_order, make_plan
from reconciler.plan_text import as_text, summary

HERE = Path(__file__).parent
STORIES = sorted(path.parent.name for path in HERE.glob("*/intents"))
NODE = "worker-1"


def facts(intents: Intents) -> Facts:
    if not Path("facts.json").exists():
        return symbolic(intents.nodes[NODE].spec, intents)
    said = json.loads(Path("facts.json").read_text(encoding="utf-8"))
    said["gateway_ips"] = {6 if ":" in ip else 4: ip for ip in said["gateway_ips"]}
    said["pods"] = {pod["ip"]: Pod(**pod) for pod in said["pods"]}
    return Facts(**said)


def told(story: str) -> Iterator[tuple[str, str]]:
    """The name and the text of every file that must follow."""
    with chdir(HERE / story):
        intents = load(Path("intents"))
        known = facts(intents)
        desired = compile_node(intents, NODE, known)
        yield "show.txt", text(f"{r.kind} {r.text}" for r in in_order(desired.values()))
        said = list(notes(View(intents.nodes[NODE], intents.services, known)))
        if said:
            yield "notes.txt", text(iter(said))
        if Path("before").exists():
            plan = make_plan(NODE, desired, compile_node(load(Path("before")), NODE, known))
            yield "plan.txt", text(iter([*as_text(plan, colour=False), summary(plan)]))


def text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    for each in STORIES:
        for name, content in told(each):
            (HERE / each / name).write_text(content, encoding="utf-8")
