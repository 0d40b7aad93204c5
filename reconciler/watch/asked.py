"""What a loop is asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Watch:
    """What the loop is asked for."""

    folder: Path
    node: str
    rundir: str
    audit: float
    """Seconds between two passes without a reason."""
    allow_deletes: bool
    state: Path
    """Folder for the status, and for the states that were applied."""
    confirm: float = 0.0
    """Seconds within which new intents must be seen to work, or the state before is put back; 0: at once good."""
    verify: tuple[str, ...] = ()
    """The command that sees it; empty: every TCP service is called from this node."""
