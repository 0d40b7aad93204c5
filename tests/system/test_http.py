import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, RemoteDisconnected

import pytest

from reconciler.errors import NodeError
from reconciler.system.http import MOST_CLIENTS, Page, serving

HOST = "127.0.0.1"


def broken() -> Page:
    raise ConnectionResetError


PAGES = {"/good": lambda: Page(200, "good\n"), "/bad": lambda: Page(503, "bad\n"), "/broken": broken}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving((HOST, 0), PAGES) as at:
        yield at


def ask(port: int, path: str = "/good", method: str = "GET") -> tuple[int, str]:
    connection = HTTPConnection(HOST, port, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def send(port: int, data: bytes) -> socket.socket:
    client = socket.create_connection((HOST, port), 20)
    client.sendall(data)
    return client


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/good", (200, "good\n")),
        ("/good?name=x", (200, "good\n")),
        ("/bad", (503, "bad\n")),
        ("/", (404, "no such page: there are /good, /bad, /broken\n")),
    ],
)
def test_pages(port: int, path: str, answer: tuple[int, str]) -> None:
    assert ask(port, path) == answer


def test_a_head_has_no_body(port: int) -> None:
    assert ask(port, method="HEAD") == (200, "")
    with send(port, b"HEAD /good HTTP/1.0\r\n\r\n") as client, client.makefile("rb") as answer:
        assert answer.read().endswith(b"Content-Length: 5\r\n\r\n")


@pytest.mark.parametrize(
    "data",
    [b"\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"POST /good HTTP/1.1\r\n\r\n", b"x" * 70_000, b""],
    ids=["empty", "tls", "no path", "post", "endless line", "nothing"],
)
def test_nonsense_harms_nobody(port: int, data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    send(port, data).close()
    assert ask(port) == (200, "good\n")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_leaves_is_no_news(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RemoteDisconnected):
        ask(port, "/broken")
    assert ask(port) == (200, "good\n")
    assert capfd.readouterr() == ("", "")


def test_slow_clients_keep_nobody_out(port: int) -> None:
    with ExitStack() as clients:
        slow = [clients.enter_context(send(port, b"GET /go")) for _ in range(3 * MOST_CLIENTS)]
        assert ask(port) == (200, "good\n")
        assert slow[0].recv(1) == b"", "the oldest were closed"


def test_an_address_in_use_is_one_clear_error(port: int) -> None:
    with pytest.raises(NodeError) as error, serving((HOST, port), PAGES):
        pass
    advice = "Address already in use: give another address with --metrics, or `off`"
    assert str(error.value) == f"cannot listen on {HOST}:{port}: {advice}"


def test_the_address_is_free_afterwards() -> None:
    with serving((HOST, 0), PAGES) as port:
        assert ask(port) == (200, "good\n")
    with serving((HOST, port), PAGES) as again:
        assert again == port


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6() -> None:
    with serving(("::1", 0), PAGES) as port, socket.create_connection(("::1", port), 20) as client:
        client.sendall(b"GET /good HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(b"good\n")
