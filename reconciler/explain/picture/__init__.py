"""The picture of an explanation: one page or one drawing, of the same values as the text, without any script."""

from reconciler.explain.picture.alone import alone as svg
from reconciler.explain.picture.page import page as html

__all__ = ["html", "svg"]
