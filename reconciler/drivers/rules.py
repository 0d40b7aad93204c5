"""Policy rules of priority 1312 that lead to table 1312: one place a family."""

from collections.abc import Iterator, Sequence
from errno import EEXIST, ENOENT
from typing import Any

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.ownership import ROUTE_PROTOCOL, ROUTE_TABLE, RULE_PRIORITY
from reconciler.resources import FAMILIES, Family, Rule
from reconciler.system import netlink

INVERT = 2
"""FIB_RULE_INVERT: the rule selects what it does not name."""
NO_SUPPRESSION = 0xFFFFFFFF
NARROWING = (
    *("iifname", "oifname", "ip_proto", "sport_range", "dport_range", "uid_range", "tun_id", "l3mdev"),
    *("suppress_prefixlen", "suppress_ifgroup"),
)
MOST_RULES = 100
"""In one place; there is one, unless somebody put more there."""


class Rules:
    """The rules of this network namespace."""

    stages = ("rules",)

    def read(self) -> Dump:
        """What is in our place, of both families."""
        return Dump.of(Live([rule for family in FAMILIES for rule in in_place(netlink.rules(family), family)]))

    def apply(self, changes: Sequence[Change]) -> None:
        """Empty the place, and fill it: the kernel's deletion does not look at everything that makes a rule another."""
        for change in changes:
            rule = change.subject
            if not isinstance(rule, Rule):
                raise TypeError(f"bug: no rule: {change}")
            if change.actual:
                _empty(rule.family)
            if change.desired:
                _fill(rule)


def in_place(messages: Sequence[Any], family: Family) -> Iterator[Rule]:
    """The rule of a family, or all that stand in its place as one, or nothing."""
    place = (RULE_PRIORITY, ROUTE_TABLE)
    selectors = [selector(m) for m in messages if (m.get_attr("FRA_PRIORITY"), m.get_attr("FRA_TABLE")) == place]
    if selectors:
        yield Rule(family, RULE_PRIORITY, " and ".join(selectors), ROUTE_TABLE)


def selector(message: Any) -> str:
    """What a kernel rule message selects, as `ip rule` reads it."""
    return " ".join(["not"] * bool(message["flags"] & INVERT) + [f"{name} {value}" for name, value in _words(message)])


def _words(message: Any) -> Iterator[tuple[str, object]]:
    for name, attribute, length in (("from", "FRA_SRC", "src_len"), ("to", "FRA_DST", "dst_len")):
        if message.get_attr(attribute):
            yield name, f"{message.get_attr(attribute)}/{message[length]}"
    if message.get_attr("FRA_FWMASK"):
        yield "fwmark", f"{message.get_attr('FRA_FWMARK') or 0:#x}/{message.get_attr('FRA_FWMASK'):#x}"
    for name in NARROWING:
        value = message.get_attr(f"FRA_{name.upper()}")
        if value not in (None, "", NO_SUPPRESSION) and (value or name.startswith("suppress")):
            yield name, value
    if message["tos"]:
        yield "tos", message["tos"]


def _empty(family: Family) -> None:
    place = {"family": netlink.AF[family], "priority": RULE_PRIORITY, "table": ROUTE_TABLE}
    for _ in range(MOST_RULES):
        if netlink.gone("ip rule del priority 1312", lambda n: n.rule("del", **place), ENOENT):
            return


def _fill(rule: Rule) -> None:
    mark, _, mask = rule.selector.removeprefix("fwmark ").partition("/")
    arguments = {"family": netlink.AF[rule.family], "priority": rule.priority, "table": rule.table}
    arguments |= {"fwmark": int(mark, 16), "fwmask": int(mask, 16), "protocol": ROUTE_PROTOCOL}
    netlink.request(f"ip rule add {rule.text}", lambda n: n.rule("add", **arguments), absent=(EEXIST,))
