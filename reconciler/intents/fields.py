"""The kinds of text an intent may hold: names, addresses and CIDRs, each checked and brought to its one spelling.

A check raises ValueError with what is wrong and what would be right. Addresses stay strings: building ipaddress
objects for 100,000 endpoints costs longer than all other checks together.
"""

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from reconciler.quoting import quoted

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
INTERFACE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}")
ANTREA_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3})?")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")
USER = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.@\\-]{0,103})")
PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


def label(text: str) -> str:
    """A DNS label of RFC 1123."""
    if LABEL.fullmatch(text):
        return text
    raise ValueError(
        f"{quoted(text)} is not a DNS label: use 1 to 63 of a-z, 0-9 and '-', with a letter or digit at both ends"
    )


def interface(text: str) -> str:
    """A Linux interface or bridge name that is safe in every tool's own syntax."""
    if INTERFACE.fullmatch(text) and text not in {".", ".."}:
        return text
    raise ValueError(
        f"{quoted(text)} is not an interface name: use 1 to 15 of A-Z, a-z, 0-9, '_', '.', '-', and no '-' at first"
    )


def antrea_version(text: str) -> str:
    """A release of Antrea, in two or three numbers."""
    if ANTREA_VERSION.fullmatch(text):
        return text
    raise ValueError(f'{quoted(text)} is not a version of Antrea: give two or three numbers in quotes, like "1.3"')


def host(text: str) -> str:
    """A host name or address that no tool takes for an option."""
    if HOST.fullmatch(text):
        return text
    raise ValueError(f"{quoted(text)} is not a host: give a name or an address, like win-1.example.org")


def user(text: str) -> str:
    """A user name, also with its domain, as Windows writes it, or `name@domain`, that no tool takes for an option."""
    if USER.fullmatch(text):
        return text
    raise ValueError(f"{quoted(text)} is not a user name: give one like Administrator, with no blank in it")


def packed(text: str) -> bytes:
    """The 4 or 16 bytes of an address that is known to be valid."""
    return inet_pton(AF_INET6 if ":" in text else AF_INET, text)


def spelled(text: str) -> tuple[str, bytes]:
    """An address in its one spelling, and its bytes."""
    family = AF_INET6 if ":" in text else AF_INET
    try:
        data = inet_pton(family, text)
    except (OSError, ValueError):
        raise ValueError(malformed(text)) from None
    canonical = inet_ntop(family, data)
    if family == AF_INET and canonical != text:
        raise ValueError(malformed(text))
    if family == AF_INET6 and not any(data[:10]) and any(data[10:14]):
        raise ValueError(f"{quoted(text)} is an IPv4 address inside IPv6: write {inet_ntop(AF_INET, data[12:])}")
    return canonical, data


def malformed(text: str) -> str:
    """What to say of text that is no address."""
    if "%" in text:
        return f"{quoted(text)} has a zone: write the address without '%'"
    if "/" in text:
        return f"{quoted(text)} is a network: give one address without '/'"
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text) and re.search(r"(^|\.)0[0-9]", text):
        return f"{quoted(text)} has a number with leading zeros: write each number without them"
    return f'{quoted(text)} is not an IP address: give one like 10.96.0.10 or "fd00:96::10"'


def unusable(data: bytes) -> str | None:
    """Why no packet can be sent to this address from another machine, or None."""
    if len(data) == 4:
        return unusable_ipv4(data)
    if data[0] == 0xFF:
        return "a multicast address"
    if any(data[:15]):
        return None
    return {0: "the unspecified address", 1: "a loopback address"}.get(data[15])


def unusable_ipv4(data: bytes) -> str | None:
    """The same for the four bytes of an IPv4 address."""
    if data[0] == 0:
        return "an unspecified address"
    if data[0] == 127:
        return "a loopback address"
    if 224 <= data[0] < 240:
        return "a multicast address"
    return "the broadcast address" if data == b"\xff\xff\xff\xff" else None


def link_local(data: bytes) -> bool:
    """Whether the address is valid on one link only."""
    if len(data) == 4:
        return data[:2] == b"\xa9\xfe"
    return data[0] == 0xFE and data[1] & 0xC0 == 0x80


def virtual_address(text: str) -> str:
    """An address that other machines or this node's own interfaces can use; link-local is allowed."""
    canonical, data = spelled(text)
    if reason := unusable(data):
        raise ValueError(f"{canonical} is {reason}: give a unicast address")
    return canonical


def address(text: str) -> str:
    """An address that other machines can reach."""
    canonical, data = spelled(text)
    reason = "a link-local address" if link_local(data) else unusable(data)
    if reason:
        raise ValueError(f"{canonical} is {reason}: give a unicast address that other nodes can reach")
    return canonical


def cidr(text: str) -> str:
    """A network in its one spelling, with no host bits set."""
    start, slash, prefix = text.partition("/")
    if not slash:
        raise ValueError(f"{quoted(text)} is not a network: give an address and a prefix length, like 10.10.1.0/24")
    canonical, data = spelled(start)
    if not PREFIX.fullmatch(prefix) or int(prefix) > len(data) * 8:
        raise ValueError(
            f"{quoted(text)} has no valid prefix length: give a number from 0 to {len(data) * 8} after '/'"
        )
    network = masked(data, int(prefix))
    if network != data:
        right = inet_ntop(AF_INET if len(data) == 4 else AF_INET6, network)
        raise ValueError(f"{quoted(text)} has host bits set: the network is {right}/{prefix}")
    if reason := "a link-local address" if link_local(data) else unusable(data):
        raise ValueError(f"{quoted(text)} begins with {reason}: give a network that other nodes can reach")
    return f"{canonical}/{prefix}"


def masked(data: bytes, prefix: int) -> bytes:
    """The address with everything after the prefix set to zero."""
    host_bits = len(data) * 8 - prefix
    return (int.from_bytes(data, "big") >> host_bits << host_bits).to_bytes(len(data), "big")


ADDRESS_SCHEMA = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}

Label = Annotated[
    str, AfterValidator(label), WithJsonSchema({"type": "string", "maxLength": 63, "pattern": f"^{LABEL.pattern}$"})
]
Interface = Annotated[
    str,
    AfterValidator(interface),
    WithJsonSchema({"type": "string", "maxLength": 15, "pattern": f"^{INTERFACE.pattern}$"}),
]
AntreaVersion = Annotated[
    str,
    AfterValidator(antrea_version),
    WithJsonSchema({"type": "string", "pattern": f"^{ANTREA_VERSION.pattern}$"}),
]
Host = Annotated[str, AfterValidator(host), WithJsonSchema({"type": "string", "pattern": f"^{HOST.pattern}$"})]
User = Annotated[str, AfterValidator(user), WithJsonSchema({"type": "string", "pattern": f"^{USER.pattern}$"})]
Address = Annotated[str, AfterValidator(address), WithJsonSchema(ADDRESS_SCHEMA)]
VirtualAddress = Annotated[str, AfterValidator(virtual_address), WithJsonSchema(ADDRESS_SCHEMA)]
Cidr = Annotated[
    str, AfterValidator(cidr), WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"})
]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Weight = Annotated[int, Field(strict=True, ge=0, le=65535)]
