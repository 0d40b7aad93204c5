"""Real traffic: nginx and iperf3 in one namespace, wrk and iperf3 in another. The tools are unpacked, not installed."""

import itertools
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import debian
from bench.node import STEP
from reconciler.sandbox import namespaces

PACKAGES = ("nginx", "wrk", "libluajit-5.1-2", "libluajit-5.1-common", "iperf3", "libiperf0", "libsctp1")
SECONDS = 2
AT_ONCE = 32
"""Connections under way at any moment."""
IPERF, SILENT = 5201, 9
"""Ports of a server: for throughput, and one that never answers."""
SYNS = 1000
SOURCES = itertools.cycle(range(1024, 32768))
"""Ports that knock, in turn: a second first packet from the same port would be none."""
CONFIGURATION = """\
daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;
uwsgi_temp_path {place}/4; scgi_temp_path {place}/5; server {{ {listen} location / {{ return 200 "ok"; }} }} }}
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are, and a folder for their files."""

    files: Path
    place: Path

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that they need."""
        return {**os.environ, **debian.environment(self.files)}

    def run(self, netns: str, *argv: str) -> str:
        """What a tool printed that had to succeed."""
        command = namespaces.inside(netns, argv)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self.variables)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def unpacked(place: Path) -> Iterator[Tools]:
    """The tools, below a folder that exists."""
    files = place / "tools"
    debian.unpack(PACKAGES, files)
    yield Tools(files, place)


@contextmanager
def serving(tools: Tools, netns: str, ports: range) -> Iterator[None]:
    """A server of HTTP on some ports and of throughput; a port of it is silent."""
    place = tools.place / netns
    place.mkdir()
    listen = " ".join(f"listen {port} backlog=4096;" for port in ports)
    (place / "nginx.conf").write_text(CONFIGURATION.format(place=place, listen=listen))
    tools.run(netns, "iptables", "-A", "INPUT", "-p", "tcp", "--dport", str(SILENT), "-j", "DROP")
    with ExitStack() as stack:
        for argv in ("nginx", "-e", f"{place}/nginx.log", "-c", f"{place}/nginx.conf"), ("iperf3", "-s"):
            process = subprocess.Popen(
                namespaces.inside(netns, argv),
                env=tools.variables,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        for port in (ports[-1], IPERF):
            _until_open(netns, port)
        yield


def _until_open(netns: str, port: int) -> None:
    deadline = time.monotonic() + 10
    with namespaces.entered(netns):
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                raise SystemExit(f"nobody listens on port {port}")
            time.sleep(STEP)


def connections(tools: Tools, netns: str, ip: str, port: int) -> tuple[int, float]:
    """How many connections were served with one request each, and in how many seconds."""
    words = ("-t1", f"-c{AT_ONCE}", f"-d{SECONDS}", "-H", "Connection: close", f"http://{ip}:{port}/")
    told = tools.run(netns, "wrk", *words)
    if errors := re.findall(r"(?:Socket errors|Non-2xx).*", told):
        raise SystemExit(f"{ip}:{port}: {errors}")
    (count, seconds), *_ = re.findall(r"(\d+) requests in ([\d.]+)s", told)
    return int(count), float(seconds)


def throughput(tools: Tools, netns: str, ip: str, port: int) -> tuple[float, float]:
    """Megabits that one connection carried, and in how many seconds."""
    told = tools.run(netns, "iperf3", "-c", ip, "-p", str(port), "-t", str(SECONDS), "--json")
    received = json.loads(told)["end"]["sum_received"]
    return received["bytes"] * 8 / 1e6, received["seconds"]


def knock(netns: str, ip: str, port: int) -> None:
    """The first packets of many connections; nobody answers, and none is sent twice."""
    with namespaces.entered(netns):
        for source in itertools.islice(SOURCES, SYNS):
            with socket.socket() as one:
                one.setblocking(False)  # noqa: FBT003
                one.bind(("0.0.0.0", source))  # noqa: S104  (a pod's own address, whichever it is)
                one.connect_ex((ip, port))
