"""The style sheets: one of the drawing, which also stands alone, and one of the page around it."""

from importlib.resources import files

HERE = files("reconciler.explain.picture")


def drawing_style() -> str:
    """Colours and the drawing."""
    return f"{_read('palette.css')}{_read('drawing.css')}"


def page_style() -> str:
    """Everything."""
    return f"{drawing_style()}{_read('page.css')}"


def _read(name: str) -> str:
    return HERE.joinpath(name).read_text(encoding="utf-8")
