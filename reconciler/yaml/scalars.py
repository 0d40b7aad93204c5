"""What a plain YAML scalar means: the core schema of YAML 1.2, so `on` and `no` are text and 0777 is 777."""

import re

Scalar = str | int | float | bool | None

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
NUMERIC = frozenset("0123456789+-.")
NUMBER = re.compile(
    r"(?P<decimal>[-+]?[0-9]+)|(?P<based>0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<real>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)

LONGEST = 100
"""Characters of a number. Python refuses to read 4,301 digits, and no value here has more than five."""


class TooLongError(ValueError):
    """A number with more digits than any value has."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar; TooLongError when it is a number beyond all reason."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMERIC:
        return text
    return number(text)


def number(text: str) -> int | float | str:
    """The number that the text spells, or the text itself when it spells none, like an address."""
    found = NUMBER.fullmatch(text)
    if not found:
        return text
    if found.lastgroup == "real":
        return float(text)
    if len(text) > LONGEST:
        raise TooLongError
    return int(text, 10 if found.lastgroup == "decimal" else 0)
