"""What a Linux host answers to explain: its routing, as `ip route get` asks it, counters, rules and links."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.explain.kernel_text import counted as parse_counted
from reconciler.explain.seen import Found, Lookup
from reconciler.ownership import RULE_PRIORITY
from reconciler.pipeline import MAIN_TABLE
from reconciler.resources import FAMILIES, Key, family_of, iptables
from reconciler.system import netlink
from reconciler.system.commands import run_together

TYPES = {1: "unicast", 2: "local", 3: "broadcast", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
LOOKUP_TABLE = 0x1000
"""A flag of the question: say which table the route is of. IPv6 says so unasked, and takes no flag."""


def look_up(questions: Iterable[Lookup]) -> Iterator[tuple[Lookup, Found]]:
    """The answer to each question; that there is no way is an answer."""
    asked, names = list(questions), netlink.link_names()
    indexes = {name: index for index, name in names.items()}
    answers = netlink.look_up(_arguments(question, indexes) for question in asked)
    for question, answer in zip(asked, answers, strict=True):
        complaint = isinstance(answer, str)
        yield question, Found(f"{question.text}: {answer}") if complaint else _found(answer, question, names)


def _arguments(question: Lookup, indexes: Mapping[str, int]) -> dict[str, object]:
    family = family_of(question.destination)
    arguments: dict[str, object] = {"family": netlink.AF[family], "dst": question.destination}
    if family == 4:
        arguments["flags"] = LOOKUP_TABLE
    if question.source:
        arguments["src"] = question.source
    if question.device:
        arguments["iif"] = indexes.get(question.device, 0)
    if question.mark:
        arguments["mark"] = question.mark
    return arguments


def _found(message: Any, question: Lookup, names: dict[int, str]) -> Found:
    kind = TYPES.get(message["type"], str(message["type"]))
    device = names.get(message.get_attr("RTA_OIF"), "")
    via, source = message.get_attr("RTA_GATEWAY") or "", message.get_attr("RTA_PREFSRC") or ""
    table = message.get_attr("RTA_TABLE") or message["table"]
    words = (("from", question.source), ("via", via), ("dev", device), ("table", table), ("src", source))
    said = [f"{name} {value}" for name, value in words if value and (name, value) != ("table", MAIN_TABLE)]
    to = f"{kind} " * (kind != "unicast") + question.destination
    return Found(" ".join((to, *said)), kind, device, via, source, table)


def counted() -> Mapping[Key, str]:
    """Our chains and jumps, with their counters."""
    dumps = run_together(*((f"{iptables(family)}-save", "-c") for family in FAMILIES))
    return {k: text for f, dump in zip(FAMILIES, dumps, strict=True) for k, text in parse_counted(f, dump).items()}


def rules_before() -> list[tuple[int, int, str]]:
    """Policy rules that are asked before ours: priority, table and text."""
    found = []
    for family in FAMILIES:
        for message in netlink.rules(family):
            priority, table = message.get_attr("FRA_PRIORITY") or 0, message.get_attr("FRA_TABLE") or message["table"]
            if priority < RULE_PRIORITY:
                found.append((priority, table, f"inet{'6' * (family == 6)} priority {priority} table {table}"))
    return found


def links_down() -> frozenset[str]:
    """The interfaces that are switched off."""
    return netlink.links_down()
