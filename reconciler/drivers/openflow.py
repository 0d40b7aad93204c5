"""Flows and groups of one bridge: two dumps to read, one atomic OpenFlow 1.5 bundle to apply."""

import os
from collections.abc import Sequence

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.ofctl_text import parse_flows, parse_groups
from reconciler.ownership import COOKIE, COOKIE_MASK
from reconciler.resources import Flow, Group, Key, Resource
from reconciler.system.commands import run, run_together
from reconciler.system.openflow_state import in_words, tell
from reconciler.system.switch import OFCTL


class OpenFlow:
    """The flows and groups of a bridge; `target` is how `ovs-ofctl` finds it, such as `unix:/…/br-int.mgmt`."""

    stages = ("openflow",)

    def __init__(self, target: str) -> None:
        self._target = target
        scheme, _, path = target.partition(":")
        self._path = path if scheme == "unix" and os.name == "posix" else None

    def read(self) -> Dump:
        """What the switch itself tells, where it is on this machine: it is put in words when somebody asks for them."""
        if self._path:
            told = tell(self._path)
            return Dump((told.digest,), lambda _: parse(*in_words(told)))
        flows, groups = (*OFCTL, "--no-stats", "dump-flows", self._target), (*OFCTL, "dump-groups", self._target)
        return Dump(tuple(run_together(flows, groups)), parse)

    def apply(self, changes: Sequence[Change]) -> None:
        """All or nothing: one bundle."""
        run((*OFCTL, "bundle", self._target, "-"), "".join(f"{_message(change)}\n" for change in changes))


def parse(flows: str, groups: str) -> Live:
    """Our flows and groups, and everybody else's flows."""
    owned: list[Resource] = list(parse_groups(groups))
    foreign: dict[Key, str] = {}
    for cookie, flow in parse_flows(flows):
        if cookie == COOKIE:
            owned.append(flow)
        else:
            foreign["flow", flow.key] = f"cookie={cookie:#x},{flow.key} actions={flow.actions}"
    return Live(owned, foreign)


def _message(change: Change) -> str:
    match change.desired, change.actual:
        case Group() as group, _:
            return f"group add_or_mod {group.text}"
        case Flow() as flow, _:
            return f"flow add {flow.text}"
        case None, Group() as group:
            return f"group delete {group.key}"
        case None, Flow() as flow:
            return f"flow delete_strict cookie={COOKIE:#x}/{COOKIE_MASK:#x},{flow.key}"
    raise TypeError(f"bug: no flow or group: {change}")
