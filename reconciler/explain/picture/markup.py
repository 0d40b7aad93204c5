"""Markup that is safe by its making: what is not markup yet is text, and is escaped."""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is markup already; made by this module alone."""

    __slots__ = ()


WBR = Markup("<wbr>")


def tag(name: str, /, *children: "Markup | str | Iterable[Markup]", **attributes: object) -> Markup:
    """An element; attributes that are None are left out, and `_` in their names stands for `-`, but at the end."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    shown = "".join(f' {key}="{shown_text(str(value))}"' for key, value in given.items())
    inner = "".join(map(_child, children))
    return Markup(f"<{name}{shown}>{inner}</{name}>")


def _child(child: "Markup | str | Iterable[Markup]") -> str:
    if isinstance(child, Markup):
        return child
    return shown_text(child) if isinstance(child, str) else "".join(child)


def together(*parts: Markup) -> Markup:
    """Elements one after another."""
    return Markup("".join(parts))


def shown(text: str) -> Markup:
    """Text alone."""
    return Markup(shown_text(text))


def shown_text(text: str) -> str:
    """Text as text in HTML and in SVG: what neither could hold, or what would turn its order around, is spelled out."""
    plain = text.replace("\n", "").replace("\t", "").isprintable()
    return escape(text if plain else "".join(map(_visible, text)))


def _visible(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    return (
        character.encode("ascii", "backslashreplace").decode() if ord(character) > 127 else f"\\x{ord(character):02x}"
    )
