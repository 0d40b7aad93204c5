"""How an error repeats a value."""

SHOWN = 60
"""Characters of a wrong value that an error repeats."""


def quoted(text: str) -> str:
    """The text on one line, in quotes, control characters escaped, cut when it is long."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")
