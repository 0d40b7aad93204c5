"""Objects as kubectl prints them, with what a test changes in them, and the intents that follow."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.intents import Endpoint, Intents, Service, load
from reconciler.kubernetes import Imported, import_into
from tests.kubernetes.telling import BRIDGING

Object = Mapping[str, Any]


def node(name: str = "worker-1", number: int = 1, **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "spec": {"podCIDRs": [f"10.10.{number}.0/24", f"fd00:10:{number}::/64"], **spec},
        "status": {"addresses": [{"type": "InternalIP", "address": f"172.30.0.{number}"}]},
    }


def service(name: str = "web", vips: Sequence[str] = ("10.96.0.10",), **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "clusterIP": vips[0],
            "clusterIPs": list(vips),
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
            **spec,
        },
    }


def endpoint_slice(name: str, endpoints: Sequence[Object], service: str = "web", **changed: Any) -> Object:
    return {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": "shop", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": endpoints,
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        **changed,
    }


def endpoint(ip: str, node_name: str | None = None, **conditions: bool | None) -> Object:
    return {"addresses": [ip], "conditions": conditions, "nodeName": node_name}


def listing(objects: Sequence[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}, indent=1)


def imported(folder: Path, *objects: Object) -> tuple[Intents, Imported]:
    """What a cluster of one node and these objects becomes."""
    dump = folder / "dump.json"
    dump.write_text(listing([node(), *objects]), encoding="utf-8")
    outcome = import_into(folder / "intents", [str(dump)], BRIDGING)
    return load(folder / "intents"), outcome


def web(folder: Path, *objects: Object) -> tuple[Service, list[str]]:
    """The service shop/web of such a cluster, and the notes without their places."""
    intents, outcome = imported(folder, *objects)
    notes = [note.partition(": ")[2] for note in outcome.notes]
    return intents.services["shop/web"].spec, notes


def ips(service: Service) -> list[str]:
    return [each.ip for each in service.endpoints]


def by_ip(service: Service) -> dict[str, Endpoint]:
    return {each.ip: each for each in service.endpoints}
