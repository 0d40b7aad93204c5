"""Where a sandbox's parts are found by a process with no memory of it: namespaces, folders, sockets as text."""

import re
from pathlib import Path

from reconciler.errors import NodeError

RUN = Path("/run/reconcile-sandbox")
NETNS = Path("/run/netns")
"""Where `ip netns` keeps the names."""

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")


def checked(name: str) -> str:
    """The name of a sandbox, if it is one: a DNS label of 20 characters at most."""
    if NAME.fullmatch(name):
        return name
    raise NodeError(f"{name!r} cannot name a sandbox: use up to 20 characters of a-z, 0-9 and -, like `sandbox`")


def prefix(name: str) -> str:
    """What the name of every namespace of a sandbox begins with.

    No DNS name contains the underscore, so that the sandbox `a` never takes those of `a-b` for its own.
    """
    return f"r520-{name}_"


def world(name: str) -> str:
    """The namespace between the nodes."""
    return f"{prefix(name)}_world"


def node(name: str, node_name: str) -> str:
    """The namespace of a node."""
    return f"{prefix(name)}{node_name}"


def pod(name: str, node_name: str, label: str) -> str:
    """The namespace of a pod; `label` is an address or `client`."""
    return f"{prefix(name)}{node_name}_{label}"


def rundir(name: str) -> Path:
    """The folder of a sandbox."""
    return RUN / name


def socket(ip: str, port: int) -> str:
    """An address and a port in one word: `10.0.0.1:80`, `[fd00::1]:80`."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
