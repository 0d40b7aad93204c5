"""What a running sandbox is: written once by `up`, read by `exec`, `probe` and the echo server."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reconciler.errors import NodeError
from reconciler.sandbox import names
from reconciler.sandbox.topology import Machine, Pod, Topology
from reconciler.system.whole_file import write


@dataclass(frozen=True, slots=True)
class State:
    """A sandbox, and the folder that it was made from."""

    intents: str
    """Absolute path."""
    topology: Topology

    def find(self, target: str) -> Machine | Pod:
        """The node or pod of a name: `NODE`, `NODE/ip`, `NODE/client` or a pod's plain address."""
        for node in self.topology.nodes:
            if target == node.name:
                return node
            for pod in node.pods:
                if target == pod.name or target in pod.ips or target in {f"{node.name}/{ip}" for ip in pod.ips}:
                    return pod
        known = ", ".join(name for n in self.topology.nodes for name in (n.name, *(p.name for p in n.pods)))
        raise NodeError(f"no node or pod {target!r} in the sandbox: there are {known}")


_JSON = TypeAdapter(State)


def path(name: str) -> Path:
    """Where the state of a sandbox is."""
    return names.rundir(name) / "state.json"


def save(state: State) -> None:
    """Write it whole or not at all."""
    write(path(state.topology.name), _JSON.dump_json(state, indent=2).decode())


def load(name: str) -> State:
    """The state of a running sandbox. Raises NodeError when it is not up."""
    try:
        return _JSON.validate_json(path(names.checked(name)).read_bytes())
    except FileNotFoundError:
        raise NodeError(f"sandbox {name} is not up: run `reconcile sandbox up --name {name}`") from None
    except ValidationError:
        again = f"run `reconcile sandbox down --name {name}` and `up`"
        raise NodeError(f"sandbox {name} was made by another version: {again}") from None
