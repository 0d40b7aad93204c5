"""One object of Kubernetes, read with its model, and its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.intents.findings import Place
from reconciler.intents.places import Path
from reconciler.intents.validate import WANTED, described
from reconciler.kubernetes.manifests import FROM_KUBECTL, Manifest
from reconciler.kubernetes.objects import EndpointSlice, Node, Service
from reconciler.kubernetes.remarks import Remark

T = TypeVar("T", Node, Service, EndpointSlice)


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """An object that was read, and where it stands."""

    object: T
    at: Place

    @property
    def key(self) -> str:
        """Its name, with its namespace if it is in one."""
        metadata = self.object.metadata
        return metadata.name if isinstance(self.object, Node) else f"{metadata.namespace}/{metadata.name}"

    def place(self, *path: str | int) -> Place:
        """The place of a value in it."""
        return Place(self.at.origin, (*self.at.path, *path))

    def remark(self, message: str, *path: str | int) -> Remark:
        """Something to say of a value in it, beginning with whose it is."""
        return Remark(self.place(*path), f"{type(self.object).__name__} {self.key}: {message}")


def given(manifest: Manifest, model: type[T]) -> Given[T] | list[Remark]:
    """The object, or everything that is wrong with it."""
    try:
        return Given(model.model_validate(manifest.value), manifest.at)
    except ValidationError as error:
        return list(remarks(error, manifest))


def remarks(error: ValidationError, manifest: Manifest) -> Iterator[Remark]:
    """Everything that is wrong with an object, but not that a list is short because its items are wrong."""
    for each in error.errors(include_url=False):
        if not (each["type"] == "too_short" and each["input"]):
            yield Remark(Place(manifest.at.origin, (*manifest.at.path, *each["loc"])), wrong(each))


def wrong(error: ErrorDetails) -> str:
    """One thing that is wrong with an object, and what would be right."""
    name, value = name_of(error["loc"]), error["input"]
    match error["type"]:
        case "missing":
            return f"key '{name}' is missing: {FROM_KUBECTL}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "too_short":
            return f"{name} is empty: give at least one"
        case "greater_than_equal" | "less_than_equal":
            return f"{name} {described(value)} is out of range: give a number from 1 to 65535"
        case type_error:
            return f"{name} must be {WANTED[type_error]}, not {described(value)}"


def name_of(path: Path) -> str:
    """What to call the value at a path."""
    if not path:
        return "object"
    return f"an item of {path[-2]}" if isinstance(path[-1], int) else path[-1]
