"""Tells systemd how a service is: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html."""

import os
import socket
from contextlib import suppress


def notify(*states: str) -> None:
    """Send states such as `READY=1`; nothing happens outside of systemd."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = f"\0{path[1:]}" if path.startswith("@") else path
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messenger:
        messenger.sendto("\n".join(states).encode(), address)


def watchdog() -> float | None:
    """Seconds between two signs of life that are sure to be in time, or None when nobody waits for any."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2_000_000 if microseconds.isdecimal() else None
