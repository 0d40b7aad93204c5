"""How a review reads: nodes, what they do to every service, the services, and at the end the paths that they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from reconciler.explain.review.service_text import clients, count, head, service_lines
from reconciler.explain.review.steps import Steps
from reconciler.explain.review.values import FieldChange, NodeChange, NodePathChange, Review, ServiceChange
from reconciler.plan import SIGNS

WIDTH = 110
DONE: Mapping[str, str] = {"create": "added", "update": "changed", "delete": "removed"}


def as_text(review: Review) -> Iterator[str]:
    """The review; a sign at the beginning of what is added, changed or removed."""
    numbers: dict[Steps, int] = {}
    for node in review.nodes:
        yield from _node(node)
    if review.paths:
        yield "~ every service"
        yield from _node_paths(review.paths)
    for service in review.services:
        yield from service_lines(service, numbers)
    if numbers:
        yield ""
    for steps, number in numbers.items():
        yield from _wrapped(f"[{number}] ", steps)


def summary(review: Review) -> str:
    """How much changes, on one line."""
    if review.unchanged:
        return f"no path changes, {count(review.total, 'service')}"
    parts = [_counts(noun, changes) for noun, changes in (("service", review.services), ("node", review.nodes))]
    return ", ".join(filter(None, parts))


def _counts(noun: str, changes: Sequence[ServiceChange] | Sequence[NodeChange]) -> str:
    by_action = {action: sum(change.action == action for change in changes) for action in DONE}
    return ", ".join(f"{count(number, noun)} {DONE[action]}" for action, number in by_action.items() if number)


def _node(node: NodeChange) -> Iterator[str]:
    yield head(SIGNS[node.action], f"node {node.name}", node.after or node.before)
    if node.action == "create":
        yield "    it and its pods become clients of every service"
    for field in node.fields:
        yield f"    {field.name}: {_values(field)}"
    if node.release:
        yield f"    first run `reconcile release` there: {node.release}"


def _values(field: FieldChange) -> str:
    if isinstance(field.before, tuple) and isinstance(field.after, tuple):
        gone = [f"- {each}" for each in field.before if each not in field.after]
        come = [f"+ {each}" for each in field.after if each not in field.before]
        return ", ".join((*gone, *come)) or "in another order"
    return f"{_value(field.before)} -> {_value(field.after)}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "not given" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _node_paths(paths: Iterable[NodePathChange]) -> Iterator[str]:
    """Only the steps that differ, each once, whatever the family and the endpoint."""
    by_clients: dict[str, dict[str, None]] = {}
    for path in paths:
        lines = by_clients.setdefault(clients(path.client, path.nodes), {})
        lines.update(dict.fromkeys(_differing(path)))
    for who, lines in by_clients.items():
        yield f"    {who}"
        for both in lines:
            yield from both.split("\n")


def _differing(path: NodePathChange) -> Iterator[str]:
    if not (path.before and path.after):
        yield f"      {'+' if path.after else '-'} served over IPv{path.family}"
        return
    for tag, begin, end, start, stop in SequenceMatcher(None, path.before, path.after, autojunk=False).get_opcodes():
        if tag != "equal":
            # Together, since the same step may come or go at two places.
            gone, come = (
                list(_wrapped(f"      {sign} ", steps))
                for sign, steps in (("-", path.before[begin:end]), ("+", path.after[start:stop]))
            )
            yield "\n".join((*gone, *come))


def _wrapped(beginning: str, steps: Steps) -> Iterator[str]:
    """Steps behind a beginning, on as many lines as they need."""
    line = beginning
    for index, step in enumerate(steps):
        piece = f" -> {step}" if index else step
        if index and len(line) + len(piece) > WIDTH:
            yield line
            line = " " * (len(beginning) - 1) + piece
        else:
            line += piece
    if steps:
        yield line
