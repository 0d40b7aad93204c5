"""The JSON form of a review, documented in docs/explain.md and stable: keys may be added, none goes."""

from collections.abc import Mapping

from reconciler.explain.review.places import Place
from reconciler.explain.review.values import (
    Backend,
    EndpointChange,
    FieldChange,
    NodeChange,
    NodePathChange,
    PathChange,
    PortChange,
    PortState,
    Review,
    ServiceChange,
)
from reconciler.origin import Origin

Document = Mapping[str, object]


def document(review: Review) -> Document:
    """A review."""
    return {
        "unchanged": review.unchanged,
        "nodes": [_node(node) for node in review.nodes],
        "everyService": [_node_path(path) for path in review.paths],
        "services": [_service(service) for service in review.services],
    }


def _node(node: NodeChange) -> Document:
    return {
        "action": node.action,
        "node": node.name,
        "before": _origin(node.before),
        "after": _origin(node.after),
        "fields": [_field(field) for field in node.fields],
        "release": node.release or None,
    }


def _field(field: FieldChange) -> Document:
    return {"name": field.name, "before": field.before, "after": field.after}


def _node_path(path: NodePathChange) -> Document:
    return {
        "client": path.client,
        "nodes": list(path.nodes),
        "family": path.family,
        "targets": list(path.targets),
        "before": list(path.before),
        "after": list(path.after),
    }


def _service(service: ServiceChange) -> Document:
    return {
        "action": service.action,
        "service": service.key,
        "before": _origin(service.before),
        "after": _origin(service.after),
        "ports": [_port(port) for port in service.ports],
    }


def _port(port: PortChange) -> Document:
    return {
        "action": port.action,
        "family": port.family,
        "protocol": port.protocol,
        "port": port.port,
        "before": _state(port.before),
        "after": _state(port.after),
        "endpoints": [_endpoint(endpoint) for endpoint in port.endpoints],
        "paths": [_path(path) for path in port.paths],
    }


def _state(state: PortState | None) -> Document | None:
    return {"vips": list(state.vips), "refused": state.refused} if state else None


def _endpoint(change: EndpointChange) -> Document:
    before, after = _backend(change.before), _backend(change.after)
    return {"action": change.action, "ip": change.ip, "before": before, "after": after}


def _backend(backend: Backend | None) -> Document | None:
    if not backend:
        return None
    share = round(float(backend.share), 4)
    return {"port": backend.port, "weight": backend.weight, "share": share, "place": _place(backend.place)}


def _place(place: Place) -> Document:
    return {"kind": place.kind, "node": place.node or None}


def _path(path: PathChange) -> Document:
    pairs = [{"nodes": list(each.nodes), "endpoints": list(each.endpoints)} for each in path.pairs]
    return {"client": path.client, "pairs": pairs, "before": list(path.before), "after": list(path.after)}


def _origin(origin: Origin | None) -> Document | None:
    return {"file": origin.file, "line": origin.line} if origin else None
