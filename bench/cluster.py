"""A cluster of any size as intents, and what one node knows of itself, without any machine.

Run as a program it loads the folder once and compiles it for some nodes, and prints what that took as JSON.
"""

import gc
import json
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench import usage
from bench.folder import A_FILE
from reconciler.desired import Desired, compile_node
from reconciler.facts import Facts, Pod
from reconciler.intents import load

NODES = 10_000
ENDPOINTS = 10
HOSTS = 250
"""Pods of one node have the addresses .2 to .251 of its network."""


def network(node: int) -> str:
    """The first three numbers of a node's pod network."""
    high, low = divmod(node, 256)
    return f"10.{128 + high}.{low}"


def node_name(node: int) -> str:
    """What a node is called."""
    return f"node-{node}"


def node_document(node: int) -> str:
    """One node."""
    high, low = divmod(node, 256)
    return (
        f"kind: Node\nname: {node_name(node)}\nbridge: br-int\ngateway: {{interface: gw0}}\n"
        f"addresses: [172.16.{high}.{low}]\npodCIDRs: [{network(node)}.0/24]\n"
    )


def vip(service: int) -> str:
    """The address of a service."""
    high, low = divmod(service % 65536, 256)
    return f"10.{96 + service // 65536}.{high}.{low}"


def endpoint(number: int) -> str:
    """The address of the n-th pod of the cluster: pods are dealt to the nodes in turn."""
    round_, node = divmod(number, NODES)
    return f"{network(node)}.{2 + round_ % HOSTS}"


def service_document(service: int, endpoints: int = ENDPOINTS) -> str:
    """One service; its pods are on nodes next to each other."""
    first = service * endpoints
    backends = "".join(f"  - {{ip: {endpoint(first + index)}}}\n" for index in range(endpoints))
    return (
        f"kind: Service\nname: service-{service}\nnamespace: team-{service // A_FILE}\nclusterIPs: [{vip(service)}]\n"
        f"ports:\n  - {{name: http, protocol: TCP, port: 80, targetPort: 8080}}\nendpoints:\n{backends}"
    )


def write(folder: Path, services: int, a_file: int = A_FILE) -> None:
    """Nodes, and services in folders by namespace, so many a file."""
    (folder / "nodes").mkdir(parents=True)
    for first in range(0, NODES, A_FILE):
        numbers = range(first, min(first + A_FILE, NODES))
        (folder / "nodes" / f"{first:05}.yaml").write_text("---\n".join(map(node_document, numbers)))
    for first in range(0, services, a_file):
        path = file_of(folder, first, a_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers = range(first, min(first + a_file, services))
        path.write_text("---\n".join(map(service_document, numbers)))


def file_of(folder: Path, service: int, a_file: int) -> Path:
    """Where a service is written."""
    return folder / "services" / f"team-{service // A_FILE}" / f"{service // a_file * a_file:06}.yaml"


def facts(node: int, services: int) -> Facts:
    """What a node reads of itself: its gateway, and its pods among all endpoints."""
    numbers = range(node, services * ENDPOINTS, NODES)
    pods = {endpoint(n): Pod(endpoint(n), str(index + 10), mac(n)) for index, n in enumerate(numbers)}
    return Facts("1", mac(services * ENDPOINTS + node), {4: f"{network(node)}.1"}, pods)


def mac(number: int) -> str:
    """A MAC of its own for every pod and every gateway."""
    return ":".join(("02", *(f"{byte:02x}" for byte in number.to_bytes(5, "big"))))


def text_of(desired: Desired) -> dict[str, str]:
    """What a node holds, as text by key."""
    return {f"{kind} {key}": resource.text for (kind, key), resource in desired.items()}


def alike(one: dict[str, str], other: dict[str, str]) -> Iterator[str]:
    """What two nodes hold alike."""
    return (key for key, text in one.items() if other.get(key) == text)


def main(folder: str, services: int, nodes: int) -> None:
    """Load once, compile for nodes that are far from each other."""
    empty, begun = usage.memory(os.getpid()), perf_counter()
    intents = load(Path(folder))
    loaded, with_intents = perf_counter() - begun, usage.memory(os.getpid())
    gc.freeze()
    seconds, states = [], []
    for node in range(0, NODES, NODES // nodes):
        known = facts(node, services)
        gc.disable()
        begun = perf_counter()
        states.append(compile_node(intents, node_name(node), known))
        seconds.append(perf_counter() - begun)
        gc.enable()
    memory = (usage.memory(os.getpid()) - with_intents) / len(states)
    one, other = text_of(states[0]), text_of(states[-1])
    same = list(alike(one, other))
    size = sum(map(len, one.values()))
    told = {
        "load": loaded,
        "intents": with_intents - empty,
        "compile": statistics.median(seconds),
        "state": memory,
        "resources": len(one),
        "bytes": size,
        "own": len(one) - len(same),
        "own bytes": size - sum(len(one[key]) for key in same),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
