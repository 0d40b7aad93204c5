"""The JSON Schemas of the intents, for editors: generated from the models, so that both say the same."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from reconciler.intents.models import Node, Service, Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """The text of each schema file, by file name: one a kind, and one for a document of any kind."""
    models: dict[str, Any] = {"node": Node, "service": Service, "intent": Spec}
    return {f"{name}.schema.json": json.dumps(schema(model), indent=2) + "\n" for name, model in models.items()}


def write(folder: Path) -> list[Path]:
    """Write every schema into the folder, which is made if it is not there; the paths that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schemas().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def schema(model: Any) -> dict[str, Any]:
    """The schema of a model or a union, in the words of YAML."""
    generated = TypeAdapter(model).json_schema(by_alias=True)
    generated.pop("discriminator", None)  # OpenAPI's, not JSON Schema's
    for kind in (generated, *generated.get("$defs", {}).values()):
        require_kind(kind)
    title = generated.get("title", "Intent")
    description = generated.get("description", "One document of the intents: a node of the cluster, or a service.")
    return {"$schema": DIALECT, "title": title, "description": description, **generated}


def require_kind(definition: dict[str, Any]) -> None:
    """A document says its kind, although Python may leave it out."""
    kind = definition.get("properties", {}).get("kind")
    if kind:
        del kind["default"]
        definition["required"] = ["kind", *definition["required"]]
