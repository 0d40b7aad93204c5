"""Writes folders of intents of a given size."""

from pathlib import Path

NODE = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
"""
DUAL_NODE = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1, "fd00:172::1"]
podCIDRs: [10.10.1.0/24, "fd00:10:1::/64"]
"""
PODS = ("10.10.1.2", "10.10.1.3")
"""Those that answer."""
WEB_IP = "10.95.0.1"
A_FILE = 100
"""Services in one file, as a team would keep them."""


def write(folder: Path, services: int, endpoints: int, node: str = NODE) -> None:
    """A node, and `services` services of `endpoints` endpoints that are somewhere else."""
    folder.mkdir(parents=True)
    (folder / "node.yaml").write_text(node)
    for first in range(0, services, A_FILE):
        numbers = range(first, min(first + A_FILE, services))
        (folder / f"services-{first:05}.yaml").write_text(documents(numbers, endpoints))


def documents(numbers: range, endpoints: int) -> str:
    """One file of services."""
    return "---\n".join(service(number, endpoints) for number in numbers)


def address(number: int) -> str:
    """The VIP of a service; 262,144 have addresses of their own."""
    return f"10.{96 + number // 65536}.{number // 256 % 256}.{number % 256}"


def endpoint(number: int, index: int) -> str:
    """The address of an endpoint, which is nowhere near."""
    return f"10.{100 + 32 * (number // 65536) + index}.{number // 256 % 256}.{number % 256}"


def service(number: int, endpoints: int) -> str:
    """One service; up to 32 endpoints have addresses of their own."""
    backends = "".join(f"  - {{ip: {endpoint(number, index)}}}\n" for index in range(endpoints))
    return (
        f"kind: Service\nname: service-{number}\nnamespace: bench\nclusterIPs: [{address(number)}]\n"
        f"ports:\n  - {{name: http, protocol: TCP, port: 80, targetPort: 8080}}\nendpoints:\n{backends}"
    )


def web(*ips: str) -> str:
    """A service whose endpoints are pods that answer."""
    backends = "".join(f"  - {{ip: {ip}}}\n" for ip in ips)
    return (
        f"kind: Service\nname: web\nnamespace: bench\nclusterIPs: [{WEB_IP}]\n"
        f"ports:\n  - {{name: http, protocol: TCP, port: 80, targetPort: 8080}}\nendpoints:\n{backends}"
    )
