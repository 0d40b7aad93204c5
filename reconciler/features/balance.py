"""Pod -> service: a flow per VIP leads to a group with a bucket per endpoint, which DNATs."""

from collections.abc import Iterator
from sys import intern

from reconciler.features.service_ports import ServicePortView
from reconciler.pipeline import BALANCED, DP_HASH_SLOTS, SERVICE, commit_balanced
from reconciler.resources import Flow, Group, Resource


def of_service_port(service_port: ServicePortView) -> Iterator[Resource]:
    """A group, and a flow per VIP; nothing without endpoints."""
    if not service_port.endpoints:
        return
    yield Group(service_port.group, _body(service_port), service_port.origin)
    for vip in service_port.vips:
        actions = f"group:{service_port.group:#x}"
        yield Flow(SERVICE, BALANCED, service_port.match(vip), actions, service_port.origin)


def _body(service_port: ServicePortView) -> str:
    kind, weights = _kind([endpoint.weight for endpoint in service_port.endpoints])
    words, port = [kind], service_port.port
    for index, endpoint in enumerate(service_port.endpoints):
        # `weight:1` is the default of a select group, which a dump leaves out.
        weight = "" if weights[index] == 1 else f"weight:{weights[index]},"
        action = commit_balanced(endpoint.ip, endpoint.port_for(port))
        words.append(f"bucket=bucket_id:{index},{weight}actions={action}")
    # One string for what is wanted and for what a dump says: a kilobyte each, and compared at a glance.
    return intern(",".join(words))


def _kind(weights: list[int]) -> tuple[str, list[int]]:
    """The kind of group that balances so, and the weights of its buckets."""
    if len(weights) == 1:
        # Nothing to choose: a select group would still send the packet through the datapath once more for its hash.
        return "type=indirect", [1]
    # dp_hash, because `hash` multiplies a 16-bit score by the weight: 2:1 would come out as 3:1.
    return "type=select,selection_method=dp_hash", fit(weights)


def fit(weights: list[int]) -> list[int]:
    """Weights that dp_hash can hold: the smallest at least a 256th of the sum, else Open vSwitch would use `hash`.

    Small ones are raised, the rest stay. With 256 endpoints or more nothing helps, and nothing is changed.
    """
    total, room = sum(weights), DP_HASH_SLOTS - len(weights)
    if room <= 0 or _ceil(total, min(weights)) <= DP_HASH_SLOTS:
        return weights
    least = min(_ceil(total, room), max(weights))
    return [max(weight, least) for weight in weights]


def _ceil(number: int, by: int) -> int:
    return -(-number // by)
