"""The size of a service as a Kubernetes API server sends it to everybody who watches."""

import json

from bench import cluster


def service(number: int) -> str:
    """A Service, as compact JSON."""
    metadata = _metadata(f"service-{number}", number)
    ports = [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]
    ip = cluster.vip(number)
    spec = {
        "ports": ports,
        "selector": {"app": f"service-{number}"},
        "clusterIP": ip,
        "clusterIPs": [ip],
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    return _text(
        {"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}
    )


def endpoint_slice(number: int, endpoints: int = cluster.ENDPOINTS) -> str:
    """Its EndpointSlice, without managedFields: what is sent anew when one endpoint changes."""
    metadata = _metadata(f"service-{number}-abcde", number)
    metadata["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Service", "name": f"service-{number}", "uid": _uid(number)}
    ]
    first = number * endpoints
    listed = [_endpoint(number, first + index) for index in range(endpoints)]
    ports = [{"name": "http", "port": 8080, "protocol": "TCP"}]
    body = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": metadata, "addressType": "IPv4"}
    return _text({**body, "endpoints": listed, "ports": ports})


def _endpoint(service: int, number: int) -> dict[str, object]:
    namespace = f"team-{service // 100}"
    pod = {
        "kind": "Pod",
        "namespace": namespace,
        "name": f"service-{service}-6b7f9c8d5-{number:05}",
        "uid": _uid(number),
    }
    return {
        "addresses": [cluster.endpoint(number)],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "targetRef": pod,
        "nodeName": cluster.node_name(number % cluster.NODES),
        "zone": "zone-a",
    }


def _metadata(name: str, number: int) -> dict[str, object]:
    return {
        "name": name,
        "namespace": f"team-{number // 100}",
        "uid": _uid(number),
        "resourceVersion": f"{10**8 + number}",
        "generation": 12,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": f"service-{number}", "kubernetes.io/service-name": f"service-{number}"},
    }


def _uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _text(of: object) -> str:
    return json.dumps(of, separators=(",", ":"))
