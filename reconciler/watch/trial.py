"""New intents on trial: when they are seen to work, and when the time is up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.intents import Intents
from reconciler.system.reaching import Target, succeeds, unreached

PAUSE = 0.5
"""Seconds between two tries."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Intents that are applied and not confirmed yet."""

    digest: str
    until: float
    """By the monotonic clock."""


def works(command: Sequence[str], intents: Intents) -> bool:
    """One try, of a few seconds at the most; without a command every TCP service with endpoints is called."""
    return succeeds(command) if command else not unreached(list(_targets(intents)))


def _targets(intents: Intents) -> Iterator[Target]:
    for declared in intents.services.values():
        service = declared.spec
        families = {":" in endpoint.ip for endpoint in service.endpoints if endpoint.weight}
        for vip in service.cluster_ips:
            for port in service.ports:
                if port.protocol == "TCP" and (":" in vip) in families:
                    yield vip, port.port
