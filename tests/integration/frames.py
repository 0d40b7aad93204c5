"""Run inside a namespace: prints every TCP frame over IPv4 that passes an interface, a line each, until it is ended.

frames.py INTERFACE    direction, source, destination, identification, sequence, acknowledgement, flags, length
"""

import socket
import struct
import sys

OUTGOING = 4


def main(interface: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as ear:
        ear.bind((interface, 0))
        print("listening", flush=True)
        while True:
            frame, (_, _, kind, *_) = ear.recvfrom(65535)
            if frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP:
                print("out" if kind == OUTGOING else "in", *tcp(frame[14:]), flush=True)


def tcp(packet: bytes) -> tuple[object, ...]:
    header = 4 * (packet[0] & 15)
    total, identification = struct.unpack("!2xHH", packet[:6])
    source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
    sport, dport, sequence, acknowledgement, offset, flags = struct.unpack("!HHIIBB", packet[header : header + 14])
    length = total - header - 4 * (offset >> 4)
    return f"{source}:{sport}", f"{destination}:{dport}", identification, sequence, acknowledgement, flags, length


main(*sys.argv[1:])
