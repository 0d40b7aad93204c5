"""Two pods on OVN's bridge, behind a logical router as a cluster has one: a client and a server."""

from dataclasses import dataclass

from bench.node import Node
from bench.ovn import SWITCH, Ovn, attach
from reconciler.sandbox import names, namespaces, wiring

GATEWAY, GATEWAY_MAC = "10.10.1.1", "02:00:00:00:01:01"


@dataclass(frozen=True, slots=True)
class Pod:
    """A namespace with an address, and the port of the bridge that it is behind."""

    netns: str
    ip: str
    mac: str
    port: str


def pair(node: Node, ovn: Ovn) -> tuple[Pod, Pod]:
    """The client and the server; they go with the node's sandbox."""
    ovn.nbctl("lr-add", "router", "--", "lrp-add", "router", "inside", GATEWAY_MAC, f"{GATEWAY}/24")
    ovn.nbctl("lsp-add", SWITCH, "outside", "--", "lsp-set-type", "outside", "router")
    ovn.nbctl("lsp-set-addresses", "outside", "router", "--", "lsp-set-options", "outside", "router-port=inside")
    made = tuple(
        Pod(names.node(node.sandbox, f"ovn_{name}"), f"10.10.1.{number}", f"02:00:00:00:02:0{number}", name)
        for name, number in (("client", 3), ("server", 2))
    )
    for pod in made:
        _build(ovn, pod)
        attach(ovn, pod.port, pod.mac, pod.ip, pod.port)
    return made[0], made[1]


def _build(ovn: Ovn, pod: Pod) -> None:
    ovn.run("ip", "netns", "add", pod.netns)
    namespaces.set_kernel(pod.netns, wiring.HOST)
    peer = f"peer name eth0 address {pod.mac} netns {pod.netns}"
    namespaces.batch(ovn.netns, iter((f"link add {pod.port} type veth {peer}", f"link set {pod.port} up")))
    namespaces.set_kernel(ovn.netns, wiring.port_settings(pod.port))
    lines = (
        "link set lo up",
        "link set eth0 up",
        f"address add {pod.ip}/24 dev eth0",
        f"route add default via {GATEWAY}",
    )
    namespaces.batch(pod.netns, iter(lines))
    # As in the sandbox: the userspace datapath takes a packet without its checksum for a whole one.
    ovn.run("ip", "netns", "exec", pod.netns, "ethtool", "-K", "eth0", "tx", "off")
