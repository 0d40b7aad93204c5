"""One document against its model, with pydantic's errors put into plain words."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.intents.models import Antrea, Endpoint, Gateway, Node, Remote, Service, ServicePort, Windows
from reconciler.intents.places import KEY, Path
from reconciler.quoting import quoted

KINDS: dict[str, type[Node] | type[Service]] = {"Node": Node, "Service": Service}
INNER: dict[Path, Any] = {
    ("gateway",): Gateway,
    ("antrea",): Antrea,
    ("windows",): Windows,
    ("windows", "remote"): Remote,
    ("ports",): ServicePort,
    ("endpoints",): Endpoint,
}
"""The models inside of the kinds, by path without list indexes."""

UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""What pydantic calls a key that a model, or a dataclass, does not have."""
WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
}
"""What pydantic's errors about a type ask for."""
ITEMS = {
    "addresses": "address",
    "podCIDRs": "podCIDR",
    "virtualIPs": "virtual IP",
    "serviceCIDRs": "service network",
    "clusterIPs": "VIP",
    "ports": "port",
    "endpoints": "endpoint",
}
RANGES = {
    "port": "a number from 1 to 65535",
    "targetPort": "a number from 1 to 65535",
    "ovsdbPort": "a number from 1 to 65535",
    "openflowPort": "a number from 1 to 65535",
    "weight": "a number from 0 to 65535",
}


class Problem(NamedTuple):
    """One thing wrong with a document."""

    path: Path
    message: str


def validate(value: Any) -> Node | Service | list[Problem]:
    """The document as its kind, or everything that is wrong with it."""
    if not isinstance(value, dict):
        return [Problem((), f"a document must be a mapping that begins with 'kind:', not {described(value)}")]
    if "kind" not in value:
        return [Problem((), "key 'kind' is missing: add 'kind: Node' or 'kind: Service'")]
    kind = value["kind"]
    if not isinstance(kind, str):
        return [Problem(("kind",), f"kind must be Node or Service, not {described(kind)}")]
    if kind not in KINDS:
        return [Problem(("kind",), f"kind {quoted(kind)} is unknown: {suggestion(kind, KINDS)}")]
    try:
        return KINDS[kind].model_validate(value)
    except ValidationError as error:
        return list(problems(error.errors(include_url=False), KINDS[kind]))


def problems(errors: list[ErrorDetails], kind: type[Node] | type[Service]) -> Iterator[Problem]:
    """One problem an error, but none that only follows from another.

    Such are a key that is missing because it is misspelled, and a list that is short because its items are wrong.
    """
    misspelled: set[Path] = set()
    for error in errors:
        if error["type"] in UNKNOWN:
            *parent, key = error["loc"]
            misspelled.update((*parent, match) for match in close(str(key), model_at(kind, tuple(parent))))
    for error in errors:
        follows = error["input"] if error["type"] == "too_short" else error["loc"] in misspelled
        if not follows:
            yield problem(error, kind)


def problem(error: ErrorDetails, kind: type[Node] | type[Service]) -> Problem:
    """One error in plain words, at the place that should be changed."""
    *parent, last = path = error["loc"]
    match error["type"]:
        case unknown if unknown in UNKNOWN:
            known = model_at(kind, tuple(parent))
            return Problem((*path, KEY), f"unknown key {quoted(str(last))}: {suggestion(str(last), known)}")
        case "missing":
            given = model_at(kind, tuple(parent))[str(last)]
            example = given if isinstance(given, str) else json.dumps(given)
            return Problem(tuple(parent), f"key '{last}' is missing: add one like '{last}: {example}'")
        case _:
            return Problem(path, f"{name_of(path)} {wrong_value(error)}")


def name_of(path: Path) -> str:
    """What people call the value at a path: its key, or what its list is a list of."""
    if path[0] == "endpoints" and "ports" in path[:-1]:
        return "port"
    if isinstance(path[-1], int):
        return ITEMS[str(path[-2])]
    return str(next(step for step in reversed(path) if isinstance(step, str) and step != KEY))


def wrong_value(error: ErrorDetails) -> str:
    """What is wrong with a value, and what would be right."""
    given, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"{described(given)} is unknown: give {context['expected']}"
        case "too_short":
            return "is empty: give at least one"
        case "greater_than_equal" | "less_than_equal":
            return f"{described(given)} is out of range: give {RANGES[name_of(error['loc'])]}"
        case type_error:
            return f"must be {WANTED[type_error]}, not {described(given)}{quotes_advice(type_error, given)}"


def quotes_advice(type_error: str, given: Any) -> str:
    """What to do when YAML read a number where text was meant, or text where a number was meant."""
    if type_error == "string_type" and isinstance(given, bool | int | float):
        return ": put it in quotes"
    if type_error == "int_type" and isinstance(given, str) and given.isdecimal():
        return ": write it without quotes"
    return ""


def model_at(kind: type[Node] | type[Service], path: Path) -> Mapping[str, Any]:
    """The keys that a mapping may have, each with an example of its value."""
    model = INNER.get(tuple(step for step in path if isinstance(step, str)), kind)
    return {
        info.alias or name: info.examples[0] if info.examples else info.default
        for name, info in model.__pydantic_fields__.items()
    }


def close(key: str, known: Mapping[str, Any]) -> list[str]:
    """The one known key that was probably meant, whatever its case; or none."""
    by_folded = {name.casefold(): name for name in known}
    return [by_folded[match] for match in get_close_matches(key.casefold(), by_folded, n=1)]


def suggestion(key: str, known: Mapping[str, Any]) -> str:
    """The key or kind that was probably meant, or all that are known."""
    if meant := close(key, known):
        return f"did you mean '{meant[0]}'?"
    return "give one of " + ", ".join(known)


def described(value: Any) -> str:
    """A value as it is named in an error."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return str(value)
