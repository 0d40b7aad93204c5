"""Intents and facts as Python values, for tests that are about what follows from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.desired import Desired, compile_node
from reconciler.facts import Facts, Pod
from reconciler.intents.models import Declared, Intents, Node, Service
from reconciler.origin import Origin
from reconciler.resources import Chain, Entry, Flow, Group, IpSet, Jump, Neighbour, Resource, Route, Rule
from reconciler.windows_resources import NetNat, NetNeighbor, NetRoute

HERE = Origin("intents/all.yaml", 3)
NODE = "worker-1"

FACTS = Facts(
    gateway_port="1",
    gateway_mac="0a:00:00:00:00:01",
    gateway_ips={4: "10.10.1.1", 6: "fd00:10:1::1"},
    pods={
        ip: Pod(ip, port, f"0a:00:00:00:00:0{port}")
        for ip, port in (("10.10.1.2", "2"), ("fd00:10:1::2", "2"), ("10.10.1.3", "3"), ("fd00:10:1::3", "3"))
    },
)

ONE_OF_EACH: Sequence[Resource] = (
    Group(0x52000001, "type=select"),
    Flow(20, 200, "tcp", "group:1"),
    Neighbour("169.254.0.253", "gw0", "aa:bb:cc:dd:ee:ff"),
    Route(4, 1312, "0.0.0.0/0", "gw0", "169.254.0.253"),
    Rule(4, 1312, "fwmark 0x1/0x1", 1312),
    IpSet("0x520-svc4", 4),
    Chain(4, "nat", "R520-X", ()),
    Jump(4, "nat", "OUTPUT -j R520-X"),
    NetNeighbor("169.254.0.253", "gw0", "AA-BB-CC-DD-EE-FF"),
    NetNat("169.254.0.253/32"),
    NetRoute("10.96.0.1/32", "gw0", "10.96.0.1"),
    Entry("0x520-svc4", "10.96.0.1,tcp:80"),
)
"""A resource of every kind, in the order in which they are created."""


def node(**changed: Any) -> Node:
    """worker-1, with the fields of the YAML form changed as given."""
    document: Mapping[str, Any] = {
        "name": NODE,
        "bridge": "br-int",
        "gateway": {"interface": "gw0"},
        "addresses": ["172.30.0.1", "fd00:172::1"],
        "podCIDRs": ["10.10.1.0/24", "fd00:10:1::/64"],
        **changed,
    }
    return Node.model_validate(document)


def service(name: str, vips: list[str], endpoints: list[str | dict[str, Any]], **changed: Any) -> Service:
    """A service on TCP port 80 that its endpoints (addresses, or documents) serve on 8080."""
    document = {
        "name": name,
        "clusterIPs": vips,
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        "endpoints": [{"ip": e} if isinstance(e, str) else e for e in endpoints],
        **changed,
    }
    return Service.model_validate(document)


def intents(*services: Service, of: Node | None = None) -> Intents:
    """A folder with one node and these services."""
    only = of or node()
    return Intents({only.name: Declared(only, HERE)}, {s.key: Declared(s, HERE) for s in services})


def desired(*services: Service, facts: Facts = FACTS) -> Desired:
    """What worker-1 should hold for these services."""
    return compile_node(intents(*services), NODE, facts)
