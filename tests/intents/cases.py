"""The format of the cases in `bad/`: `######## title`, then files as `-- name --`, and last `-- faults --`."""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """A folder of intents, and every line that `load` has to say of it."""

    title: str
    files: dict[str, str]
    faults: list[str]


def cases() -> list[Case]:
    return [case for path in sorted((HERE / "bad").glob("*.txt")) for case in parse(path.read_text(encoding="utf-8"))]


def parse(text: str) -> list[Case]:
    return [parse_case(part) for part in re.split(r"^######## ", text, flags=re.MULTILINE)[1:]]


def parse_case(text: str) -> Case:
    title, *rest = re.split(r"^-- (\S+) --\n", text, flags=re.MULTILINE)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    faults = sections.pop("faults").strip().splitlines()
    return Case(title.strip(), sections, faults)
