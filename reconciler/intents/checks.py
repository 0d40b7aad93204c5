"""What must hold between declarations: names, addresses and ports that belong to one owner each."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from reconciler.intents.endpoint_checks import check_endpoints
from reconciler.intents.findings import Finding, place
from reconciler.intents.models import Declared, M, Node, Service
from reconciler.intents.network import network
from reconciler.intents.node_checks import check_nodes
from reconciler.intents.service_checks import check_services, first_vips


def check(
    nodes: Sequence[Declared[Node]], services: Sequence[Declared[Service]], *, nodes_known: bool
) -> Iterator[Finding]:
    """Every contradiction. The second declaration of a name is one finding, and is not looked into any further.

    `nodes_known` is False when something that may be a Node could not be read: a nodeName that nobody declares may
    still be right then.
    """
    by_name = first_of_each(nodes, lambda node: node.name)
    by_key = first_of_each(services, lambda service: service.key)
    yield from repeated(nodes, by_name, lambda node: node.name, "node")
    yield from repeated(services, by_key, lambda service: service.key, "service")
    table = network(by_name.values())
    vips = first_vips(by_key.values())
    yield from check_nodes(by_name.values(), table)
    yield from check_services(by_key.values(), table)
    yield from check_endpoints(by_key.values(), table, vips, by_name if nodes_known else None)


def first_of_each(declarations: Sequence[Declared[M]], key: Callable[[M], str]) -> dict[str, Declared[M]]:
    """The first declaration of each name."""
    first: dict[str, Declared[M]] = {}
    for declared in declarations:
        first.setdefault(key(declared.spec), declared)
    return first


def repeated(
    declarations: Sequence[Declared[M]], first: Mapping[str, Declared[M]], key: Callable[[M], str], kind: str
) -> Iterator[Finding]:
    """Every further declaration of a name."""
    if len(first) == len(declarations):
        return
    for declared in declarations:
        name = key(declared.spec)
        if first[name] is not declared:
            yield Finding(
                place(declared, "name"),
                f"{kind} {name} is declared twice",
                "keep one of them, or give this one another name",
                place(first[name], "name"),
            )
