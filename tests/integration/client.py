"""Run inside a namespace: opens connections and says who answered, a line each. No part of the package is imported.

client.py tcp IP PORT COUNT        connect COUNT times, one after the other
client.py udp IP PORT COUNT        ask COUNT times, each from a port of its own
client.py turns COUNT IP PORT ...  connect to each target in turn, COUNT rounds; prints the failures only
client.py idle IP PORT SECONDS     ask over one UDP socket, wait, and ask again
client.py on PROTOCOL IP PORT      connect until SIGTERM; prints the failures, and last how many connections it made
client.py chat IP PORT             say the own port, and ask over one UDP socket for each line of standard input;
                                   `send` does not wait
client.py flood IP PORT COUNT      send a datagram from each of COUNT addresses and ports of this network
client.py hold IP PORT             connect, then echo each line of standard input through the connection
"""

import signal
import socket
import struct
import sys
import time

TIMEOUT = 3.0
BREATH = 0.002
FLOOD_ADDRESSES, FLOOD_PORTS = ("10.10.1.201", "10.10.1.202"), 60000
"""Of the pods of worker-1 that nobody has."""


def main(verb: str, *arguments: str) -> None:
    if verb == "hold":
        hold(arguments[0], int(arguments[1]))
    elif verb == "on":
        on(tcp if arguments[0] == "tcp" else udp, arguments[1], int(arguments[2]))
    elif verb == "chat":
        chat(arguments[0], int(arguments[1]))
    elif verb == "flood":
        flood(arguments[0], int(arguments[1]), int(arguments[2]))
    elif verb == "idle":
        idle(arguments[0], int(arguments[1]), float(arguments[2]))
    elif verb == "turns":
        turns(int(arguments[0]), list(zip(arguments[1::2], map(int, arguments[2::2]), strict=True)))
    else:
        ask = tcp if verb == "tcp" else udp
        for _ in range(int(arguments[2])):
            print(attempt(ask, arguments[0], int(arguments[1])))


def attempt(ask, ip: str, port: int) -> str:  # type: ignore[no-untyped-def]
    try:
        return str(ask(ip, port))
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def tcp(ip: str, port: int) -> str:
    with socket.create_connection((ip, port), TIMEOUT) as connection:
        answer = connection.makefile().readline().strip()
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
        return answer


def udp(ip: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(TIMEOUT)
        asker.connect((ip, port))
        asker.send(b"who")
        return asker.recv(2048).decode().splitlines()[0]


def on(ask, ip: str, port: int) -> None:  # type: ignore[no-untyped-def]
    going, count = [True], 0
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    while going:
        answer = attempt(ask, ip, port)
        if ask is udp and answer.startswith("TimeoutError"):
            # An answer on its way from an endpoint that leaves is lost, and whoever speaks UDP asks again.
            answer = attempt(ask, ip, port)
        count += 1
        if "/" not in answer:
            print(f"connection {count}: {answer}")
        time.sleep(BREATH)
    print(count)


def idle(ip: str, port: int, seconds: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(TIMEOUT)
        asker.connect((ip, port))
        for pause in (0, seconds):
            time.sleep(pause)
            asker.send(b"who")
            print(asker.recv(2048).decode().splitlines()[0])


def turns(count: int, targets: list[tuple[str, int]]) -> None:
    for number in range(count):
        for ip, port in targets:
            answer = attempt(tcp, ip, port)
            if "/" not in answer:
                print(f"round {number}: {ip}:{port}: {answer}")


def hold(ip: str, port: int) -> None:
    with socket.create_connection((ip, port), TIMEOUT) as connection:
        stream = connection.makefile("rw")
        print(stream.readline().strip(), flush=True)
        for line in sys.stdin:
            stream.write(line)
            stream.flush()
            print(stream.readline().strip(), flush=True)


def chat(ip: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(TIMEOUT)
        asker.connect((ip, port))
        print(asker.getsockname()[1], flush=True)
        for line in sys.stdin:
            print(attempt(lambda _, __, line=line: said(asker, line), ip, port), flush=True)


def said(asker: socket.socket, line: str) -> str:
    """Who answered, and not to a line before; what came of that is old news as well."""
    asker.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    asker.send(line.encode())
    if line == "send\n":
        return "sent"
    while True:
        greeting, _, heard = asker.recv(2048).decode().partition("\n")
        if heard == line:
            return greeting


def flood(ip: str, port: int, count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        for number in range(count):
            address, source = FLOOD_ADDRESSES[number // FLOOD_PORTS], 1024 + number % FLOOD_PORTS
            datagram = struct.pack("!HHHHx", source, port, 9, 0)
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, socket.IPPROTO_UDP, 0)
            sender.sendto(head + socket.inet_aton(address) + socket.inet_aton(ip) + datagram, (ip, 0))
            if number % 50 == 0:
                time.sleep(0.0005)


main(*sys.argv[1:])
