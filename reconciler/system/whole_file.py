"""Writes a file so that whoever looks, also after a crash, finds the old one or the new one, whole."""

import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: str | bytes, *, synced: bool = False) -> None:
    """Put a file with this content in place; `synced` also against a loss of power. Raises OSError."""
    # Hidden, so that one that a crash leaves behind is taken for nothing.
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            if synced:
                stream.flush()
                os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
