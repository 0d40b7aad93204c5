"""An intent that was made of objects of Kubernetes, and where each part of it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.intents.findings import Place
from reconciler.intents.models import Node, Service
from reconciler.intents.places import Path
from reconciler.intents.validate import validate
from reconciler.kubernetes.remarks import Remark

Sources = Mapping[Path, Place]
"""By path in the intent: the place in a manifest of what stands there; the empty path is the whole."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An intent, valid by itself."""

    spec: Node | Service
    sources: Sources

    def source(self, path: Path) -> Place:
        """Where the value at a path of the intent came from."""
        return source(self.sources, path)


def source(sources: Sources, path: Path) -> Place:
    """The place of the longest part of the path that has one."""
    known = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in sources)
    at = sources[known]
    return Place(at.origin, (*at.path, *path[len(known) :]))


def converted(document: Mapping[str, Any], sources: Sources, title: str) -> Converted | list[Remark]:
    """The document as an intent, or everything that is wrong with it, at the places where it came from."""
    spec = validate(document)
    if isinstance(spec, list):
        return [Remark(source(sources, path), f"{title}: {message}") for path, message in spec]
    return Converted(spec, sources)
