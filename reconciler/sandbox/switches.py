"""The Open vSwitch of a node: its own database and daemon, in the node's namespace, with the userspace datapath."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.errors import NodeError
from reconciler.sandbox import namespaces
from reconciler.sandbox.topology import GATEWAY_PORT, POD_PORTS, TUNNEL_PORT, Machine, Pod
from reconciler.sandbox.wiring import TUNNEL
from reconciler.system.commands import run

DAEMONS = ("ovsdb-server", "ovs-vswitchd")
TIMEOUT = "--timeout=30"
"""Seconds that a change may wait for ovs-vswitchd."""


def environment(rundir: str) -> dict[str, str]:
    """What points every OVS tool at the node's own daemons."""
    return {"OVS_RUNDIR": rundir, "OVS_DBDIR": rundir, "OVS_LOGDIR": rundir}


def start(machine: Machine) -> None:
    """Start both daemons on an empty database; they run when this returns."""
    rundir, env = Path(machine.rundir), environment(machine.rundir)
    rundir.mkdir(parents=True)
    run(["ovsdb-tool", "create"], env=env)
    sockets = [f"--remote=punix:{rundir / 'db.sock'}"]
    for daemon, own in zip(DAEMONS, (sockets, ["--disable-system"]), strict=True):
        common = ["--detach", f"--pidfile={rundir / daemon}.pid", "--log-file", "-vsyslog:off", *own]
        run(namespaces.inside(machine.netns, [daemon, *common]), env=env)


def connect(machine: Machine) -> None:
    """Make the bridge with its gateway and a port for every pod, and see that each got its OpenFlow port."""
    env = environment(machine.rundir)
    # In the namespace, so that `down` finds it after a crash: waiting outside, it would change the next sandbox.
    run(namespaces.inside(machine.netns, ["ovs-vsctl", TIMEOUT, *transaction(machine)]), env=env)
    columns = ["--format=json", "--columns=name,ofport,error"]
    told = run(namespaces.inside(machine.netns, ["ovs-vsctl", TIMEOUT, *columns, "list", "Interface"]), env=env)
    for name, ofport, error in json.loads(told)["data"]:
        if not isinstance(ofport, int) or ofport < 0:
            raise NodeError(f"{machine.name}: Open vSwitch made no port {name}: {error or 'see ovs-vswitchd.log'}")


def program(machine: Machine, names: Mapping[str, int], bundle: str) -> None:
    """Put other people's flows and groups on the bridge, and names on its tables."""
    words = []
    for name, number in names.items():
        words += ["--", f"--id=@t{number}", "create", "Flow_Table", f"name={name}"]
        words += ["--", "set", "Bridge", machine.bridge, f"flow_tables:{number}=@t{number}"]
    env = environment(machine.rundir)
    run(namespaces.inside(machine.netns, ["ovs-vsctl", TIMEOUT, *words, "--", "show"]), env=env)
    target = f"unix:{machine.rundir}/{machine.bridge}.mgmt"
    run(["ovs-ofctl", "-O", "OpenFlow15", "bundle", target, "-"], stdin=bundle)


def transaction(machine: Machine) -> list[str]:
    """The arguments of one `ovs-vsctl` that make the bridge and all its ports."""
    bridge, gateway, mac = machine.bridge, machine.gateway, json.dumps(machine.gateway_mac)
    words = ["add-br", bridge, "--", "set", "Bridge", bridge, "datapath_type=netdev"]
    if gateway == bridge:
        words.append(f"other_config:hwaddr={mac}")
    else:
        words += ["--", "add-port", bridge, gateway]
        words += ["--", "set", "Interface", gateway, "type=internal", f"mac={mac}"]
    for pod in machine.pods:
        words += ["--", "add-port", bridge, pod.port, "--", "set", "Interface", pod.port, *_external_ids(pod)]
    return words + (_antrea(machine) if machine.antrea else [])


def _antrea(machine: Machine) -> list[str]:
    """The tunnel, and the port numbers that Antrea asks for."""
    words = ["--", "add-port", machine.bridge, TUNNEL]
    numbers = {TUNNEL: TUNNEL_PORT, machine.gateway: GATEWAY_PORT}
    numbers |= {pod.port: POD_PORTS + index for index, pod in enumerate(machine.pods)}
    for port, number in numbers.items():
        words += ["--", "set", "Interface", port, f"ofport_request={number}"]
    return words


def _external_ids(pod: Pod) -> Iterator[str]:
    """What a CNI plugin writes about a pod."""
    values = {"attached-mac": pod.mac, "ip-address": ",".join(pod.ips), "iface-id": pod.netns}
    return (f"external_ids:{key}={json.dumps(value)}" for key, value in values.items())
