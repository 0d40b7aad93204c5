"""OVN beside us: Debian's packages unpacked, its daemons and an Open vSwitch in a namespace of their own.

One logical switch, a load balancer for each service, all in one group, as ovn-kubernetes writes them.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import debian, usage
from bench.folder import address, endpoint
from bench.timing import timed
from reconciler.sandbox import names

PACKAGES = ("ovn-central", "ovn-host", "ovn-common")
SCHEMAS, NORTHBOUND = "usr/share/ovn", "OVN_Northbound"
OVS_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
DATABASES = {"nb": "OVN_NB_DB", "sb": "OVN_SB_DB"}
SWITCH, GROUP, BRIDGE = "sw0", "services", "br-int"
STEP = 0.005
A_TRANSACTION = 500
"""Load balancers written by one `ovn-nbctl`."""
FOR_SERVICES = ("ovn-controller", "ovn-northd", "nb", "sb")
"""Daemons that a node and its control plane would not have without OVN."""


@dataclass(frozen=True, slots=True)
class Ovn:
    """A running OVN of one node."""

    netns: str
    rundir: Path
    variables: Mapping[str, str]

    def run(self, *argv: str, stdin: str = "") -> str:
        """What a command printed that had to succeed."""
        environ = {**os.environ, **self.variables}
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, env=environ)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv[:6])}: {done.stderr}")
        return done.stdout

    def inside(self, *argv: str) -> str:
        """The same in the namespace."""
        return self.run("ip", "netns", "exec", self.netns, *argv)

    def nbctl(self, *words: str) -> str:
        """What `ovn-nbctl` printed."""
        return self.run("ovn-nbctl", *words)

    def vsctl(self, *words: str) -> None:
        """Change its Open vSwitch."""
        self.run("ovs-vsctl", f"--db=unix:{self.rundir}/db.sock", *words)

    def pid(self, daemon: str) -> int:
        """The process of a daemon."""
        return int((self.rundir / f"{daemon}.pid").read_text())

    def memory(self) -> dict[str, float]:
        """MiB resident, by daemon."""
        return {daemon: usage.memory(self.pid(daemon)) for daemon in FOR_SERVICES}

    def write(self, services: int, endpoints: int) -> tuple[float, float]:
        """Seconds to write every service into the database, and from then until the last flow is in Open vSwitch."""
        northd = ("ovn-appctl", "-t", str(self.rundir / "ovn-northd.ctl"))
        self.run(*northd, "pause")
        words = [list(self._create(number, endpoints)) for number in range(services)]
        calls = [words[at : at + A_TRANSACTION] for at in range(0, services, A_TRANSACTION)]
        written = timed(lambda: [self.nbctl(*(word for each in call for word in each)) for call in calls])
        self.run(*northd, "resume")
        return written, timed(lambda: self.nbctl("--wait=hv", "sync"))

    def _create(self, number: int, endpoints: int) -> Iterator[str]:
        yield from ("--", f"--id=@l{number}", "create", "load_balancer", f"name=lb{number}", "protocol=tcp")
        yield vips(number, endpoints)
        yield from ("--", "add", "load_balancer_group", GROUP, "load_balancer", f"@l{number}")

    def change(self, number: int, endpoints: int) -> float:
        """Seconds until one service has so many endpoints, in Open vSwitch."""
        return timed(lambda: self.nbctl("--wait=hv", "set", "load_balancer", f"lb{number}", vips(number, endpoints)))

    def add(self, number: int, endpoints: int) -> float:
        """Seconds until there is one service more."""
        words = list(self._create(number, endpoints))[1:]
        return timed(lambda: self.nbctl("--wait=hv", *words))

    def remove(self, number: int) -> float:
        """Seconds until there is one service less."""
        row = self.nbctl("--bare", "--columns=_uuid", "find", "load_balancer", f"name=lb{number}").strip()
        words = ("remove", "load_balancer_group", GROUP, "load_balancer", row, "--", "lb-del", row)
        return timed(lambda: self.nbctl("--wait=hv", *words))


def vips(number: int, endpoints: int) -> str:
    """The same services as `folder.service` writes."""
    backends = ",".join(f"{endpoint(number, index)}:8080" for index in range(endpoints))
    return f'vips:"{address(number)}:80"="{backends}"'


@contextmanager
def unpacked(place: Path) -> Iterator[Path]:
    """OVN's files below a folder that goes with the block."""
    folder = place / "ovn"
    debian.unpack(PACKAGES, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(files: Path, place: Path, sandbox: str) -> Iterator[Ovn]:
    """An OVN with one node, one logical switch and no services; gone with the block, whatever becomes of it."""
    rundir = place / "ovn-run"
    rundir.mkdir()
    # Named as one of the sandbox's, so that what is left of a killed run goes with it.
    netns = names.node(sandbox, "ovn")
    ovn = Ovn(netns, rundir, _variables(files, rundir))
    ovn.run("ip", "netns", "add", netns)
    try:
        _start(ovn, files)
        yield ovn
    finally:
        _end([int(file.read_text()) for file in rundir.glob("*.pid")])
        ovn.run("ip", "netns", "delete", netns)
        shutil.rmtree(rundir)


def _variables(files: Path, rundir: Path) -> Mapping[str, str]:
    folders = {f"{kind}_{what}DIR": str(rundir) for kind in ("OVS", "OVN") for what in ("RUN", "DB", "LOG")}
    sockets = {variable: f"unix:{rundir}/{name}.sock" for name, variable in DATABASES.items()}
    return {**debian.environment(files), **folders, **sockets}


def _start(ovn: Ovn, files: Path) -> None:
    ovn.inside("ip", "link", "set", "lo", "up")
    rundir = ovn.rundir
    for name, schema in ("db", OVS_SCHEMA), ("nb", files / SCHEMAS / "ovn-nb.ovsschema"), ("sb", _southbound(files)):
        ovn.run("ovsdb-tool", "create", str(rundir / f"{name}.db"), str(schema))
        _daemon(ovn, name, "ovsdb-server", str(rundir / f"{name}.db"), f"--remote=punix:{rundir}/{name}.sock")
    ovn.vsctl("--no-wait", "init")
    _daemon(ovn, "ovs-vswitchd", "ovs-vswitchd", f"unix:{rundir}/db.sock", "--disable-system")
    databases = (f"--ovnnb-db=unix:{rundir}/nb.sock", f"--ovnsb-db=unix:{rundir}/sb.sock")
    _daemon(ovn, "ovn-northd", "ovn-northd", *databases)
    ovn.vsctl(*_chassis(rundir))
    _daemon(ovn, "ovn-controller", "ovn-controller", f"unix:{rundir}/db.sock")
    ovn.nbctl("ls-add", SWITCH, "--", "create", "load_balancer_group", f"name={GROUP}")
    group = ovn.nbctl("--bare", "--columns=_uuid", "find", "load_balancer_group", f"name={GROUP}").strip()
    ovn.nbctl("set", "logical_switch", SWITCH, f"load_balancer_group={group}")
    # A switch without a port here is not programmed here.
    attach(ovn, "local", "02:00:00:00:00:01", "10.10.1.254", "local", "type=internal")


def _southbound(files: Path) -> Path:
    return files / SCHEMAS / "ovn-sb.ovsschema"


def _chassis(rundir: Path) -> Sequence[str]:
    settings = {
        "remote": f"unix:{rundir}/sb.sock",
        "encap-type": "geneve",
        "encap-ip": "127.0.0.1",
        "bridge-datapath-type": "netdev",
    }
    told = (f"external-ids:ovn-{key}={value}" for key, value in settings.items())
    bridge = ("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev", "fail-mode=secure")
    return (*bridge, "--", "set", "open", ".", *told, "external-ids:system-id=node")


def _daemon(ovn: Ovn, name: str, *argv: str) -> None:
    rundir = ovn.rundir
    common = [f"--pidfile={rundir / name}.pid", f"--log-file={rundir / name}.log", "--detach", "--no-chdir"]
    # ovn-controller of 23.03 takes no --unixctl, and needs none here.
    control = [f"--unixctl={rundir / name}.ctl"] if name != "ovn-controller" else []
    ovn.inside(*argv, *common, *control, "-vconsole:off", "-vsyslog:off")


def _end(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(STEP)


def attach(ovn: Ovn, port: str, mac: str, ip: str, link: str, *settings: str) -> None:
    """A logical port for a pod whose link is in the namespace."""
    ovn.nbctl("lsp-add", SWITCH, port, "--", "lsp-set-addresses", port, f"{mac} {ip}")
    ovn.vsctl("add-port", BRIDGE, link, "--", "set", "interface", link, f"external_ids:iface-id={port}", *settings)
    ovn.nbctl("--wait=hv", "sync")
