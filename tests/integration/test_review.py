"""What a review says of paths without a node is what the live node's packets do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.explain.review.places import places
from reconciler.explain.review.steps import steps
from reconciler.intents import load
from reconciler.resources import family_of
from tests.integration.cluster import Cluster

pytestmark = pytest.mark.node

NAMES = {
    "(node,": "socket",
    "(pod,": "socket",
    "ipset": "set",
    "table": "route",
    "OVS": "port",
    "gw0": "output",
    "its": "output",
    "host": "deliver",
    "the": "forward",
    "REJECT": "refuse",
}
"""What a live step is called, by the first word of a review's."""


def names(told: tuple[str, ...]) -> list[str]:
    first = [step.split()[0] for step in told]
    return [NAMES.get(word, word.lower()) for word in first]


def follows(told: list[str], live: list[str]) -> bool:
    """Whether every step that is told is there, in that order."""
    rest = iter(live)
    return all(step in rest for step in told)


def ways(path: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each endpoint's address and the steps to it; an empty address for a path that is refused."""
    shared = [step["name"] for step in path["steps"]]
    for way in path["endpoints"]:
        if way["place"] != "itself":
            yield way["ip"], shared + [step["name"] for step in way["steps"] if step["direction"] == "forward"]
    if not path["endpoints"]:
        yield "", shared


def test_every_step_that_a_review_tells_is_on_the_live_path(serving: Cluster) -> None:
    intents = load(serving.intents)
    where, node = places(intents.nodes.values()), intents.nodes["worker-1"].spec
    compared = set()
    for service in ("shop/pods", "shop/host", "shop/remote-pod", "shop/remote-host", "shop/nobody"):
        told = json.loads(serving.reconcile("explain", service, "--output", "json").stdout)
        assert told["whole"], told["paths"]
        for path in told["paths"]:
            for ip, live in ways(path):
                target = where(ip).seen_from("worker-1") if ip else "nowhere"
                family = family_of(path["vip"])
                review = names(steps(node, path["client"]["kind"], family, target))
                # The host marks a refused pod's packet on its own, which the live path tells with the refusal.
                expected = [step for step in review if target != "nowhere" or step in ("socket", "port", "refuse")]
                assert follows(expected, live), (service, path["client"], ip, expected, live)
                compared.add((path["client"]["kind"], family, target))
    assert {target for _, _, target in compared} == {"pod here", "host here", "pod elsewhere", "elsewhere", "nowhere"}
    assert {client for client, _, _ in compared} == {"node", "pod"}
    assert {family for _, family, _ in compared} == {4, 6}
