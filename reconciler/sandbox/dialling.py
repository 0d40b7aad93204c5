"""Connects from everywhere to every VIP.

All sockets are opened by one thread, each in its client's namespace, and waited for together: a cluster where nothing
answers costs a few time-outs, not one for every row.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from reconciler.errors import NodeError
from reconciler.intents import load
from reconciler.sandbox import namespaces, state
from reconciler.sandbox.lifecycle import require_root
from reconciler.sandbox.probes import Probe, row, verdict
from reconciler.sandbox.targets import Target, targets
from reconciler.sandbox.topology import Topology, plan

ATTEMPTS = 4
"""Connections to each VIP, so that different endpoints show."""
TOGETHER = 512
"""Connections at a time: half of the usual limit of open files."""
PATIENCE, AT_ONCE = 2.0, 1.0
"""Seconds until an answer, and until a refusal."""
RESEND = 0.9
"""Seconds until a datagram is sent once more: a TCP client repeats its SYN as well."""
WORD = b"ping\n"
NO_SCTP = "skipped: the userspace datapath does not track SCTP"


def probe(name: str) -> list[Probe]:
    """Ask every target of a running sandbox, by its intents as they are now.

    Raises NodeError when the intents have endpoints that the sandbox was made without.
    """
    require_root()
    running = state.load(name)
    intents = load(Path(running.intents))
    _require_endpoints(plan(intents, name), running.topology)
    return asyncio.run(_ask_all(list(targets(intents, running.topology))))


def _require_endpoints(wanted: Topology, running: Topology) -> None:
    """An edit may move a VIP or take an endpoint away; a new endpoint answers nobody."""
    served = {listener.identity for listener in running.listeners}
    if new := [listener.identity for listener in wanted.listeners if listener.identity not in served]:
        again = f"run `reconcile sandbox down --name {running.name}` and `up`"
        raise NodeError(f"endpoints are newer than the sandbox: {', '.join(new)}: {again}")


async def _ask_all(wanted: Sequence[Target]) -> list[Probe]:
    gate = asyncio.Semaphore(TOGETHER)
    return await asyncio.gather(*(_ask(target, gate) for target in wanted))


async def _ask(target: Target, gate: asyncio.Semaphore) -> Probe:
    if target.protocol == "SCTP":
        return row(target, (), NO_SCTP, ok=True)
    attempts = ATTEMPTS if target.expected else 1
    return verdict(target, await asyncio.gather(*(_attempt(target, gate) for _ in range(attempts))))


async def _attempt(target: Target, gate: asyncio.Semaphore) -> str | OSError:
    async with gate:
        try:
            with _socket(target) as connection:
                async with asyncio.timeout(PATIENCE if target.expected else AT_ONCE):
                    return await _converse(connection, (target.vip, target.port))
        except OSError as error:
            return error


def _socket(target: Target) -> socket.socket:
    family = socket.AF_INET6 if ":" in target.vip else socket.AF_INET
    kind = socket.SOCK_STREAM if target.protocol == "TCP" else socket.SOCK_DGRAM
    with namespaces.entered(target.client.netns):
        opened = socket.socket(family, kind)
    opened.settimeout(0)
    return opened


async def _converse(connection: socket.socket, vip: tuple[str, int]) -> str:
    """The identity of who answers, once a word has gone there and come back."""
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, vip)
    await loop.sock_sendall(connection, WORD)
    if connection.type == socket.SOCK_DGRAM:
        with suppress(TimeoutError):
            async with asyncio.timeout(RESEND):
                return await _hear(connection)
        await loop.sock_sendall(connection, WORD)
    return await _hear(connection)


async def _hear(connection: socket.socket) -> str:
    loop, heard = asyncio.get_running_loop(), b""
    while not heard.endswith(b"\n" + WORD):
        more = await loop.sock_recv(connection, 4096)
        if not more:
            raise ConnectionAbortedError("closed before it had answered")
        heard += more
    return heard.partition(b"\n")[0].decode(errors="replace")
