"""Run in a namespace: connects to an address and port until SIGTERM; a line of JSON for each failure, and how many.

Times are by the monotonic clock, which all processes share.
"""

import json
import signal
import socket
import sys
import time

TIMEOUT = 3.0
BREATH = 0.01
"""Seconds between two connections: the ports of those that are over must have time to come free."""


def main(ip: str, port: str) -> None:
    """Connect, one connection after another."""
    going, count = [True], 0
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    while going:
        begun, count = time.monotonic(), count + 1
        try:
            greeting(ip, int(port))
        except OSError as error:
            print(json.dumps([begun, time.monotonic(), str(error)]), flush=True)
        time.sleep(BREATH)
    print(count)


def greeting(ip: str, port: int) -> None:
    """One connection: the endpoint says who it is, and closes when we do."""
    with socket.create_connection((ip, port), TIMEOUT) as connection:
        if not connection.recv(100):
            raise ConnectionError("closed without a greeting")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


main(*sys.argv[1:])
