"""From text to the objects that kubectl printed, each with its place: documents, and the items of Lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.intents.findings import Place
from reconciler.intents.validate import described
from reconciler.kubernetes.remarks import Remark
from reconciler.origin import Origin
from reconciler.yaml.documents import Document

FROM_KUBECTL = "give what `kubectl get -o yaml` printed, as it is"
"""What would be right where an object is not as Kubernetes prints it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object as it was printed."""

    kind: str
    api: str
    value: Mapping[str, Any]
    at: Place

    @property
    def type(self) -> str:
        """What kind of object it is, whoever else has a kind of this name."""
        return f"{self.kind} of {self.api}"


def objects_of(document: Document, file: str) -> Iterator[Manifest | Remark]:
    """Every object of a document; in place of one that is none, what is wrong."""
    return objects(document.value, Place(Origin(file, document.line), ()))


def objects(value: Any, at: Place) -> Iterator[Manifest | Remark]:
    """The object that a document is, or the items of its List; in place of one that is none, what is wrong."""
    if not isinstance(value, dict):
        yield Remark(at, f"an object must be a mapping of keys to values, not {described(value)}: {FROM_KUBECTL}")
        return
    for key in ("kind", "apiVersion"):
        if not isinstance(value.get(key), str):
            yield Remark(child(at, key), f"{unsaid(value, key)}: {FROM_KUBECTL}")
            return
    if not value["kind"].endswith("List"):
        yield Manifest(value["kind"], value["apiVersion"], value, at)
        return
    yield from items(value.get("items"), child(at, "items"))


def unsaid(value: Mapping[str, Any], key: str) -> str:
    """What is wrong with an object that does not say what it is."""
    return f"{key} must be text, not {described(value[key])}" if key in value else f"key '{key}' is missing"


def items(value: Any, at: Place) -> Iterator[Manifest | Remark]:
    """Every object of a List; kubectl prints null for a list that was never filled."""
    if not isinstance(value, list | None):
        yield Remark(at, f"items must be a list, not {described(value)}: {FROM_KUBECTL}")
        return
    for index, item in enumerate(value or ()):
        yield from objects(item, child(at, index))


def child(at: Place, step: str | int) -> Place:
    """A place one step further in."""
    return Place(at.origin, (*at.path, step))
