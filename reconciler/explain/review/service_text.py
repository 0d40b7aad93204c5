"""How a service reads in a review: port by port its endpoints, then whose paths are new or other than before."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.explain.review.steps import Client, Steps
from reconciler.explain.review.values import Backend, EndpointChange, PathChange, PortChange, ServiceChange
from reconciler.origin import Origin
from reconciler.plan import SIGNS

MOST = 4
"""Names that are told one by one."""

Numbers = dict[Steps, int]
"""Every path that was named so far, by its number."""
Row = tuple[str, str, str, str]
"""A sign, an endpoint, its place and its share."""


def service_lines(service: ServiceChange, numbers: Numbers) -> Iterator[str]:
    """A service."""
    yield head(SIGNS[service.action], f"service {service.key}", service.after or service.before)
    for port in service.ports:
        sign = "" if port.action in ("update", service.action) else f"{SIGNS[port.action]} "
        yield f"    {sign}{port.port}/{port.protocol} on {', '.join(_vips(port))}{_served(port)}"
        if port.after:
            yield from _table(list(_endpoints(port.endpoints)))
        yield from _paths(port.paths, numbers)


def head(sign: str, what: str, origin: Origin | None) -> str:
    """The first line of a node or a service, with its place as a plan has it."""
    return f"{sign} {what}  # {origin}"


def _vips(port: PortChange) -> Iterator[str]:
    before, after = (state.vips if state else () for state in (port.before, port.after))
    changed = port.action == "update"
    yield from (f"+ {vip}" if changed and vip not in before else vip for vip in after)
    yield from (f"- {vip}" if changed else vip for vip in before if vip not in after)


def _served(port: PortChange) -> str:
    if not port.after:
        return ": no longer served"
    was_refused = port.before is not None and port.before.refused
    if port.after.refused:
        now = "refused" if was_refused or not port.before else "refused from now on"
        return f": {now}, no endpoint takes connections"
    return ": served from now on" if was_refused else ""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max((len(row[index]) for row in rows), default=0) for index in (1, 2)]
    for sign, endpoint, place, share in rows:
        yield f"      {sign} {endpoint:{widths[0]}}  {place:{widths[1]}}  {share}"


def _endpoints(changes: Iterable[EndpointChange]) -> Iterator[Row]:
    """A row an endpoint; one for many that differ in nothing but a share that others took or left."""
    alike: dict[str, list[Row]] = {}
    for change in changes:
        row = (SIGNS[change.action], _socket(change), _place(change), _share(change))
        if _bystander(change):
            alike.setdefault(row[3], []).append(row)
        else:
            yield row
    for share, rows in alike.items():
        yield from rows if len(rows) <= MOST else [("~", f"{len(rows)} others", "", share)]


def _bystander(change: EndpointChange) -> bool:
    old, new = change.before, change.after
    return old is not None and new is not None and _own(old) == _own(new)


def _own(backend: Backend) -> tuple[object, ...]:
    return backend.port, backend.weight, backend.place


def _socket(change: EndpointChange) -> str:
    ports = [str(backend.port) for backend in (change.before, change.after) if backend]
    address = f"[{change.ip}]" if ":" in change.ip else change.ip
    return f"{address}:{_arrow(ports)}"


def _place(change: EndpointChange) -> str:
    return _arrow([str(backend.place) for backend in (change.before, change.after) if backend])


def _share(change: EndpointChange) -> str:
    old, new = change.before, change.after
    shares = _arrow([_percent(backend) if backend else "gone" for backend in (old or new, new)])
    if old and new and old.weight and not new.weight:
        return f"{shares}, drains"
    if old and new and old.weight != new.weight and old.share == new.share:
        return f"{shares}, weight {old.weight} -> {new.weight}"
    return shares


def _percent(backend: Backend) -> str:
    percent = backend.share * 100
    exact = percent.denominator == 1 or percent >= 10
    return f"{float(percent):.0f} %" if exact else f"{float(percent):.1f} %"


def _arrow(texts: Sequence[str]) -> str:
    """Before and after, or the one if they are the same."""
    return " -> ".join(dict.fromkeys(texts))


def _paths(paths: Sequence[PathChange], numbers: Numbers) -> Iterator[str]:
    by_client = sorted(paths, key=lambda path: path.client)
    rows = [(whose, _change(path, numbers)) for path in by_client for whose in _whose(path)]
    width = max((len(whose) for whose, _ in rows), default=0)
    yield from (f"      {whose:{width}}  {change}" for whose, change in rows)


def _whose(path: PathChange) -> Iterator[str]:
    for pairs in path.pairs[:MOST]:
        who = clients(path.client, pairs.nodes)
        yield f"{who} to {_names(pairs.endpoints)}" if pairs.endpoints else who
    if more := sum(len(pairs.nodes) for pairs in path.pairs[MOST:]):
        yield f"those of {more} more nodes"


def clients(client: Client, nodes: Sequence[str]) -> str:
    """Clients of some nodes."""
    if client == "pod":
        return f"pods of {_names(nodes)}"
    return f"{'node' if len(nodes) == 1 else 'nodes'} {_names(nodes)}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST
    return ", ".join((*names[:MOST], *([f"{more} more"] if more > 0 else [])))


def _change(path: PathChange, numbers: Numbers) -> str:
    both = (path.before, path.after) if path.before else (path.after,)
    return _arrow([_number(steps, numbers) for steps in both])


def _number(steps: Steps, numbers: Numbers) -> str:
    return f"[{numbers.setdefault(steps, len(numbers) + 1)}]"


def count(number: int, noun: str) -> str:
    """`1 service`, `2 services`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
