"""A small cluster that the tests of this folder build their own from, as text and as intents."""

from typing import Any

from reconciler.intents import Declared, Intents, Node, Service
from reconciler.origin import Origin

WRITTEN = Origin("intents/all.yaml", 1)

YAML = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1, "fd00:172::1"]
podCIDRs: [10.10.1.0/24, "fd00:10:1::/64"]
---
kind: Node
name: worker-2
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.2, "fd00:172::2"]
podCIDRs: [10.10.2.0/24, "fd00:10:2::/64"]
---
kind: Service
name: web
clusterIPs: [10.96.0.10, "fd00:96::10"]
ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: dns, protocol: UDP, port: 53, targetPort: 5353}
endpoints:
  - {ip: 10.10.1.2}
  - {ip: "fd00:10:1::2"}
  - {ip: 10.10.2.2}
  - {ip: "fd00:10:2::2"}
  - {ip: 172.30.0.2}
  - {ip: 203.0.113.9}
"""


def node(name: str = "worker-1", number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "Node",
        "name": name,
        "bridge": "br-int",
        "gateway": {"interface": "gw0"},
        "addresses": [f"172.30.0.{number}"],
        "podCIDRs": [f"10.10.{number}.0/24", f"fd00:10:{number}::/64"],
        **changes,
    }


def service(*endpoints: str | dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "Service",
        "name": "web",
        "clusterIPs": ["10.96.0.10"],
        "ports": [{"port": 80, "targetPort": 8080}],
        "endpoints": [{"ip": endpoint} if isinstance(endpoint, str) else endpoint for endpoint in endpoints],
        **changes,
    }


def intents(*documents: dict[str, Any]) -> Intents:
    nodes = [Node.model_validate(each) for each in documents if each["kind"] == "Node"]
    services = [Service.model_validate(each) for each in documents if each["kind"] == "Service"]
    return Intents(
        {each.name: Declared(each, WRITTEN) for each in nodes},
        {each.key: Declared(each, WRITTEN) for each in services},
    )
