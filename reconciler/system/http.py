"""A small server of pages for scrapers and probes, whatever they send, and however slowly."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

from reconciler.errors import NodeError

PATIENCE = 5.0
"""Seconds that a client may be silent."""
MOST_CLIENTS = 16
"""Connections at a time; one more, and the oldest is closed, so that slow clients keep no probe out."""

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    code: int
    text: str
    content_type: str = "text/plain; charset=utf-8"


Pages = Mapping[str, Callable[[], Page]]


@contextmanager
def serving(address: Address, pages: Pages) -> Iterator[int]:
    """Answer at an address until the block ends, and say at which port. Raises NodeError when that is refused."""
    try:
        server = _Server(address, pages)
    except OSError as error:
        advice = "give another address with --metrics, or `off`"
        raise NodeError(f"cannot listen on {address[0]}:{address[1]}: {error.strerror}: {advice}") from None
    Thread(target=server.serve_forever, name="http", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingTCPServer):
    # Not http.server's own, which asks the resolver for this machine's name before it listens.
    allow_reuse_address = sys.platform != "win32"  # there it would let two programs have one port
    daemon_threads, block_on_close = True, False

    def __init__(self, address: Address, pages: Pages) -> None:
        self.address_family, self.pages = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0], pages
        self._clients: dict[socket.socket, None] = {}
        self._lock = Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            oldest = next(iter(self._clients)) if len(self._clients) == MOST_CLIENTS else None
            if oldest:
                del self._clients[oldest]
            self._clients[request] = None
        if oldest:
            with suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)  # its own thread reads an end, and closes it
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._clients.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that has left is no news
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server_version, sys_version = "reconcile", ""
    server: _Server

    def do_GET(self) -> None:
        self.wfile.write(self._begun())

    def do_HEAD(self) -> None:
        self._begun()

    def _begun(self) -> bytes:
        """The body, after its head was sent."""
        make = self.server.pages.get(self.path.partition("?")[0])
        known = ", ".join(self.server.pages)
        page = make() if make else Page(404, f"no such page: there are {known}\n")
        body = page.text.encode(errors="backslashreplace")
        self.send_response(page.code)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Nothing: the log is about the node."""
