"""Netlink attributes: a length, a number and bytes, each padded to a multiple of four."""

import struct

HEADER = struct.Struct("=HH")
NESTED = 0x8000
"""Set in the number of an attribute that holds others."""


def attributes(told: bytes) -> dict[int, bytes]:
    """The values by their numbers, without the mark of the nested ones."""
    found, place = {}, 0
    while place + HEADER.size <= len(told):
        length, kind = HEADER.unpack_from(told, place)
        if length < HEADER.size:
            break  # padding, or nothing that we know
        found[kind & ~NESTED] = told[place + HEADER.size : place + length]
        place += aligned(length)
    return found


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute."""
    length = HEADER.size + len(value)
    return HEADER.pack(length, kind) + value + bytes(aligned(length) - length)


def aligned(length: int) -> int:
    """The length with its padding; messages have the same."""
    return (length + 3) & ~3
