"""Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One line of a family."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""
    """What a histogram's lines have behind the family's name."""


class Family(NamedTuple):
    """Everything of one name."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Iterable[Sample]


def as_text(families: Iterable[Family]) -> str:
    """The families as a scraper reads them."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.type}"
    for sample in family.samples:
        yield f"{family.name}{sample.suffix}{_labels(sample.labels)} {number(sample.value)}"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")


def number(value: float) -> str:
    """A value as Go writes and reads it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(value)
