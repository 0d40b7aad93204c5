"""How an explanation reads in a terminal: in the notation of the field note, with the verdict behind each step."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from reconciler.explain.sockets import socket
from reconciler.explain.values import Broken, Explanation, Path, Place, Step, Verdict, Way

ARROWS = {"forward": "->", "back": "<-"}
COLOURS: Mapping[Verdict, str] = {"ok": "\033[32m", "missing": "\033[31m", "foreign": "\033[33m"}
BOLD, RESET = "\033[1m", "\033[0m"
PLACES: Mapping[Place, str] = {
    "pod": "a pod of this node",
    "itself": "the client itself",
    "host": "this node's host network",
    "elsewhere": "elsewhere",
}


def as_text(explanation: Explanation, *, colour: bool) -> Iterator[str]:
    """Every path, with what is broken on it, and a last line that says how it stands."""
    for path in explanation.paths:
        yield from _path(path, colour)
        yield ""
    yield summary(explanation)


def summary(explanation: Explanation) -> str:
    """How many paths are whole; of those that are not, the first."""
    count, bad = len(explanation.paths), [path for path in explanation.paths if not path.whole]
    if count == 1:
        return f"{explanation.node}: not whole: {short(bad[0])}" if bad else f"{explanation.node}: whole"
    if not bad:
        return f"{explanation.node}: {count} paths, all whole"
    return f"{explanation.node}: {len(bad)} of {count} paths not whole, the first: {short(bad[0])}"


def short(path: Path) -> str:
    """What is wrong with a path, in one line."""
    if path.unserved:
        return path.unserved
    if path.broken is None:
        return "refused, as it has no endpoints" if path.refused else "whole"
    evidence = path.broken.evidence
    asked = f" ({evidence.intent})" if evidence.intent else ""
    mend = f": mend it with `{evidence.mend}`" if evidence.mend else ""
    return f"{evidence.kind} {evidence.key} is {evidence.verdict}{asked}{mend}"


def title(path: Path) -> str:
    """Which path it is."""
    client = path.client
    who = f"{client.kind} {client.name}"
    return f"{path.service}  {socket(path.vip, path.port)}/{path.protocol}  from {who}"


def _path(path: Path, colour: bool) -> Iterator[str]:  # noqa: FBT001  (whether to a terminal, all the way down)
    asked = f"  # {path.intent}" if path.intent else ""
    yield (f"{BOLD}{title(path)}{RESET}" if colour else title(path)) + asked
    if path.unserved:
        yield f"  not served: {path.unserved}"
    yield from (f"  note: {remark}" for remark in path.remarks)
    yield from _steps(path.steps, path.broken, colour)
    if path.refused:
        yield "  refused: the service has no endpoints"
    for way in path.ways:
        yield f"  {socket(way.ip, way.port)}  {_whose(way)}"
        yield from _steps(way.steps, path.broken, colour)


def _whose(way: Way) -> str:
    held = [e.actual.partition(", such as")[0] for s in way.steps for e in s.evidence if e.kind == "connections"]
    told = f"; conntrack has {held[0]}" if held else ""
    return f"{PLACES[way.place]}, {way.share * 100:.0f} % of new connections{told}"


def _steps(steps: Iterable[Step], broken: Broken | None, colour: bool) -> Iterator[str]:  # noqa: FBT001
    """A line for each part of the way, and below it what is wrong there first of all."""
    before: tuple[str, str] | None = None
    for line in _lines(steps):
        yield f"   {_arrow(line[0])} {_words(line, before, colour)}"
        before = _addresses(line[0])
        if broken and broken.step in line:
            yield from _wrong(broken, colour)


def _arrow(step: Step) -> str:
    return "  " if step.where == "client" else ARROWS[step.direction]


def _lines(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Steps that stand on one line: of one part and direction, with the same addresses."""
    line: list[Step] = []
    for step in steps:
        if line and (_kind(step) != _kind(line[-1]) or step.name == "group"):
            yield line
            line = []
        line.append(step)
    if line:
        yield line


def _kind(step: Step) -> tuple[str, str, tuple[str, str]]:
    return step.where, step.direction, _addresses(step)


def _addresses(step: Step) -> tuple[str, str]:
    return step.source, step.destination


def _words(line: list[Step], before: tuple[str, str] | None, colour: bool) -> str:  # noqa: FBT001
    """The steps of a line, and the addresses where the first of them has changed them."""
    first, *others = (f"{text}{_verdict(step, colour)}" for text, step in _named(line))
    addresses = f"({line[0].source}, {line[0].destination})"
    if line[0].where == "client":
        return f"{addresses}  {first}"
    changed = [] if _addresses(line[0]) == before else [addresses]
    return "  ".join((first, *changed, *others))


def _named(line: list[Step]) -> Iterator[tuple[str, Step]]:
    """Each step in words; tables that are passed one after another, and alike, as one."""
    for (name, _), group in groupby(line, key=lambda step: (step.name, step.verdict)):
        steps = list(group)
        if name == "table":
            yield ("tables " if len(steps) > 1 else "table ") + ", ".join(step.table for step in steps), steps[0]
        else:
            yield from ((f"{name}, {step.text}" if step.where == "client" else step.text, step) for step in steps)


def _verdict(step: Step, colour: bool) -> str:  # noqa: FBT001
    if not step.evidence:
        return ""
    return f" [{COLOURS[step.verdict]}{step.verdict}{RESET}]" if colour else f" [{step.verdict}]"


def _wrong(broken: Broken, colour: bool) -> Iterator[str]:  # noqa: FBT001
    evidence = broken.evidence
    said = f"{evidence.verdict}: {evidence.kind} {evidence.key}"
    asked = f"  # {evidence.intent}" if evidence.intent else ""
    yield f"      {COLOURS[evidence.verdict]}{said}{RESET}{asked}" if colour else f"      {said}{asked}"
    yield from (f"        is      {line}" for line in evidence.actual.splitlines())
    yield from (f"        wanted  {line}" for line in evidence.desired.splitlines())
    if evidence.mend:
        yield f"        mend it with `{evidence.mend}`"
