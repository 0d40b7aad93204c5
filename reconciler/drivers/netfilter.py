"""Our iptables chains and the jumps into them, through `iptables-save` and `iptables-restore --noflush`."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.ownership import CHAIN_PREFIX, COMMENT
from reconciler.resources import FAMILIES, Chain, Family, Jump, Key, Resource, iptables
from reconciler.system.commands import run, run_together

MARK = f"--comment {COMMENT} "
JUMP = re.compile(f" -[jg] {CHAIN_PREFIX}")
DECIDING = re.compile(" -j (ACCEPT|DROP|REJECT|RETURN)( |$)")


class Netfilter:
    """The chains `R520-*` of both families, and the rules elsewhere that lead into them."""

    stages = ("netfilter",)

    def read(self) -> Dump:
        """One dump a family."""
        dumps = run_together(*((f"{iptables(family)}-save",) for family in FAMILIES))
        read = [parse(family, dump) for family, dump in zip(FAMILIES, dumps, strict=True)]
        foreign = {key: text for live in read for key, text in live.foreign.items()}
        return Dump.of(Live([resource for live in read for resource in live.owned], foreign))

    def apply(self, changes: Sequence[Change]) -> None:
        """One restore a family, atomic for each table."""
        for family in FAMILIES:
            script = restore_script([change for change in changes if _family(change) == family])
            if script:
                run((f"{iptables(family)}-restore", "--noflush", "--wait"), script)


def parse(family: Family, dump: str) -> Live:
    """Our chains and jumps in `iptables-save`; a chain of our name whose rules all lack our comment is foreign."""
    rules: dict[tuple[str, str], list[str]] = defaultdict(list)
    elsewhere: dict[str, list[str]] = defaultdict(list)
    table = ""
    for line in dump.splitlines():
        name, _, rest = line[3:].partition(" ")
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(f":{CHAIN_PREFIX}"):
            rules[table, line[1:].split()[0]] = []
        elif line.startswith(f"-A {CHAIN_PREFIX}"):
            rules[table, name].append(rest)
        elif line.startswith("-A "):
            elsewhere[table].append(line[3:])
    chains = [Chain(family, table, name, tuple(of_chain)) for (table, name), of_chain in rules.items()]
    foreign: dict[Key, str] = {("chain", c.key): c.text for c in chains if not _marked(c)}
    jumps = [jump for table, lines in elsewhere.items() for jump in _jumps(family, table, lines)]
    return Live([*(c for c in chains if _marked(c)), *jumps], foreign)


def _jumps(family: Family, table: str, rules: Sequence[str]) -> Iterator[Jump]:
    """Our jumps among the rules of other chains, each with the first rule before it that decides for good."""
    deciding: dict[str, str] = {}
    copies: Counter[str] = Counter()
    for rule in rules:
        chain = rule.partition(" ")[0]
        if MARK in rule and JUMP.search(rule):
            yield Jump(family, table, rule, copies[rule], deciding.get(chain, ""))
            copies[rule] += 1
        elif DECIDING.search(rule):
            deciding.setdefault(chain, rule)


def _marked(chain: Chain) -> bool:
    return not chain.rules or any(MARK in rule for rule in chain.rules)


def restore_script(changes: Sequence[Change]) -> str:
    """The input of `iptables-restore` for changes of one family, a section a table; empty without changes."""
    tables: Mapping[str, list[str]] = defaultdict(list)
    for change in changes:
        tables[_object(change).table].extend(_commands(change))
    return "".join(f"*{table}\n" + "".join(f"{c}\n" for c in cs) + "COMMIT\n" for table, cs in tables.items())


def _commands(change: Change) -> Iterator[str]:
    match change.desired, change.actual:
        case Chain() as chain, _:
            # Declaring a chain also flushes it, so an update is the same as a creation.
            yield f":{chain.name} - [0:0]"
            yield from (f"-A {chain.name} {rule}" for rule in chain.rules)
        case Jump() as jump, actual:
            if actual:
                yield f"-D {jump.rule}"
            yield f"-I {jump.rule}"
        case None, Chain() as chain:
            yield f"-F {chain.name}"
            yield f"-X {chain.name}"
        case None, Jump() as jump:
            yield f"-D {jump.rule}"


def _object(change: Change) -> Chain | Jump:
    subject: Resource = change.subject
    if not isinstance(subject, Chain | Jump):
        raise TypeError(f"bug: no chain or jump: {change}")
    return subject


def _family(change: Change) -> Family:
    return _object(change).family
