"""Intents as YAML text: block style, and quotes wherever any reader of YAML could take a text for something else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from reconciler.intents.models import Node, Service

Value: TypeAlias = "str | int | bool | Mapping[str, Value] | Sequence[Value] | None"

WORD = re.compile(r"[A-Za-z][A-Za-z0-9./-]*")
IPV4 = re.compile(r"[0-9]+(\.[0-9]+){3}(/[0-9]+)?")
NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What YAML 1.1 or 1.2 reads as something else, in lower case."""

STRANGE = re.compile(r"[^\x20-\x7e]")


def spelled(spec: Node | Service) -> str:
    """An intent as one document; what is as by default is left out."""
    said = spec.model_dump(by_alias=True, exclude_defaults=True)
    return "".join(f"{line}\n" for line in lines({"kind": spec.kind, **said}))


def lines(value: Value) -> Iterator[str]:
    """A value as lines of a block."""
    match value:
        case Mapping() if value:
            for key, inner in value.items():
                yield from pair(f"{text(key)}:", inner)
        case str() | int() | None:
            yield scalar(value)
        case Sequence() if value:
            for item in value:
                yield from after("- ", lines(item))
        case _:
            yield "{}" if isinstance(value, Mapping) else "[]"


def pair(key: str, value: Value) -> Iterator[str]:
    """A key, and its value behind or below it."""
    if isinstance(value, Mapping | Sequence) and value and not isinstance(value, str):
        yield key
        yield from (f"  {line}" for line in lines(value))
    else:
        yield from (f"{key} {line}" for line in lines(value))


def after(bullet: str, item: Iterator[str]) -> Iterator[str]:
    """The lines of an item, the first one behind the bullet and the others below it."""
    yield f"{bullet}{next(item)}"
    yield from (f"{' ' * len(bullet)}{line}" for line in item)


def scalar(value: str | int | None) -> str:
    """A value that is no mapping and no list."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return text(value)


def text(value: str) -> str:
    """A text, in quotes unless it is a plain word or an IPv4 address."""
    if IPV4.fullmatch(value) or (WORD.fullmatch(value) and value.lower() not in NOT_TEXT):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return STRANGE.sub(lambda strange: f"\\U{ord(strange[0]):08x}", quoted)
