"""Where an intent was written: what every change points back to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in an intent file, as `file:line`."""

    file: str
    """Path as the user named it: the intents folder joined with the path below it."""
    line: int
    """1-based."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
