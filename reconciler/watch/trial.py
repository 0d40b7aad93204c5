"""New intents on trial, in a thread of its own: the node is kept meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from threading import Event, Thread
from time import monotonic

from reconciler.intents import Intents
from reconciler.system.reaching import Target, succeeds, unreached

PAUSE = 0.5
"""Seconds between two tries."""

Try = Callable[[float, Event], bool]
"""One try: until when, and what is set when nobody waits for it any more."""


class Trial:
    """Intents that are applied and not confirmed yet: tried again and again until they work or the time is up."""

    def __init__(self, digest: str, seconds: float, try_once: Try, tell: Callable[[], None]) -> None:
        self.digest = digest
        self.worked: bool | None = None
        """None until it is known; then `tell` is called."""
        self._until, self._over = monotonic() + seconds, Event()
        self.thread = Thread(target=self._run, args=(try_once, tell), daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Stop trying soon: nobody waits for it any more."""
        self._over.set()

    def _run(self, try_once: Try, tell: Callable[[], None]) -> None:
        while not (worked := try_once(self._until, self._over)) and not self._over.wait(PAUSE):
            if monotonic() >= self._until:
                break
        self.worked = worked
        tell()


def trying(command: Sequence[str], intents: Intents) -> Try:
    """By a command; without one every TCP service with endpoints is called."""
    if command:
        return lambda until, over: succeeds(command, until, over)
    targets = list(_targets(intents))
    return lambda _until, _over: not unreached(targets)


def _targets(intents: Intents) -> Iterator[Target]:
    for declared in intents.services.values():
        service = declared.spec
        families = {":" in endpoint.ip for endpoint in service.endpoints if endpoint.weight}
        for vip in service.cluster_ips:
            for port in service.ports:
                if port.protocol == "TCP" and (":" in vip) in families:
                    yield vip, port.port
