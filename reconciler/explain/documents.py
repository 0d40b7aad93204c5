"""The JSON form of an explanation, documented in docs/explain.md and stable: keys may be added, none goes."""

from collections.abc import Mapping

from reconciler.explain.values import Broken, Client, Evidence, Explanation, Path, Step, Way
from reconciler.origin import Origin

Document = Mapping[str, object]


def document(explanation: Explanation) -> Document:
    """An explanation."""
    return {
        "node": explanation.node,
        "bridge": explanation.bridge,
        "whole": explanation.whole,
        "notes": list(explanation.notes),
        "paths": [_path(path) for path in explanation.paths],
    }


def _path(path: Path) -> Document:
    return {
        "service": path.service,
        "vip": path.vip,
        "protocol": path.protocol,
        "port": path.port,
        "client": _client(path.client),
        "intent": _origin(path.intent),
        "whole": path.whole,
        "refused": path.refused,
        "unserved": path.unserved or None,
        "remarks": list(path.remarks),
        "broken": _broken(path.broken),
        "steps": [_step(step) for step in path.steps],
        "endpoints": [_way(way) for way in path.ways],
    }


def _client(client: Client) -> Document:
    return {"kind": client.kind, "name": client.name, "address": client.address}


def _way(way: Way) -> Document:
    return {
        "ip": way.ip,
        "port": way.port,
        "share": round(way.share, 4),
        "place": way.place,
        "whole": way.broken is None,
        "broken": _broken(way.broken),
        "steps": [_step(step) for step in way.steps],
    }


def _step(step: Step) -> Document:
    return {
        "name": step.name,
        "direction": step.direction,
        "where": step.where,
        "table": step.table or None,
        "text": step.text,
        "source": step.source,
        "destination": step.destination,
        "verdict": step.verdict,
        "evidence": [_evidence(evidence) for evidence in step.evidence],
    }


def _evidence(evidence: Evidence) -> Document:
    return {
        "kind": evidence.kind,
        "key": evidence.key,
        "verdict": evidence.verdict,
        "desired": evidence.desired or None,
        "actual": evidence.actual or None,
        "intent": _origin(evidence.intent),
        "mend": evidence.mend or None,
    }


def _broken(broken: Broken | None) -> Document | None:
    return {"step": broken.step.name, **_evidence(broken.evidence)} if broken else None


def _origin(origin: Origin | None) -> Document | None:
    return {"file": origin.file, "line": origin.line} if origin else None
