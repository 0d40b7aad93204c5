"""What the live node testifies to: everything that explains its paths, read side by side, and asked as it is wanted."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from reconciler.apply import Progress
from reconciler.desired import compile_node
from reconciler.errors import ReconcileError
from reconciler.explain.clients import Caller, callers, named
from reconciler.explain.packets import Packet
from reconciler.explain.paths import apart, paths
from reconciler.explain.scene import Scene
from reconciler.explain.seen import Found, Held, Lookup, Port, Seen, Trace
from reconciler.explain.values import Explanation, Path
from reconciler.facts import View
from reconciler.features.service_ports import names, service_ports
from reconciler.group_ids import assign
from reconciler.intents import Intents
from reconciler.ownership import CT_ZONE, RETURN_ZONE
from reconciler.platforms import Inquiry, Platform, platform
from reconciler.reading import observe
from reconciler.system.ovsdb import Bridge, read_bridges
from reconciler.system.switch_answers import connections, learned, trace_all

TOGETHER = 50
"""Services whose paths are compiled before what they want is asked."""
ROUNDS = 100
"""How often one may want more: a question may follow from an answer, and there are 32 rounds of choices at the most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants explained; None for every kind of client, and every endpoint."""

    services: Sequence[str]
    client: str | None = None
    endpoint: str | None = None
    thorough: bool = True


def explain(intents: Intents, node: str, rundir: str, asked: Asked, progress: Progress) -> Explanation:
    """Look at the node, and explain. Raises NodeError, ToolError, and ReconcileError for a client that is none."""
    machine = platform(intents.nodes[node].spec, rundir)
    progress("reading the node")
    view = View(intents.nodes[node], intents.services, machine.facts())
    progress("reading the live state")
    seen = _look(machine, view)
    progress("compiling the intents")
    scene = Scene(view, compile_node(intents, node, view.facts), seen, thorough=asked.thorough)
    witness = _Witness(scene, machine.inquiry(), intents, asked)
    found = tuple(path for chunk in witness.chunks(progress) for path in chunk)
    return Explanation(node, view.node.spec.bridge, found, tuple(apart(scene, found)))


class _Witness:
    def __init__(self, scene: Scene, inquiry: Inquiry, intents: Intents, asked: Asked) -> None:
        self._scene, self._inquiry, self._intents, self._asked = scene, inquiry, intents, asked
        self._groups = assign(name for s in intents.services.values() for name, _, _ in names(s.spec))

    def chunks(self, progress: Progress) -> Iterator[list[Path]]:
        """The paths of some services after those of others."""
        services = self._asked.services
        for start in range(0, len(services), TOGETHER):
            progress(f"asking for the paths of services {start + 1} to {min(start + TOGETHER, len(services))}")
            yield self._settled(services[start : start + TOGETHER])

    def _settled(self, services: Sequence[str]) -> list[Path]:
        """Paths that want no answer any more; first those to one endpoint, which want most of what the others do."""
        for narrow in (True, False):
            for _ in range(ROUNDS):
                found = [path for key in services for path in self._paths(key, narrow=narrow)]
                if not self._answer():
                    break
        return found

    def _paths(self, key: str, *, narrow: bool) -> Iterator[Path]:
        scene = self._scene
        for of_port in service_ports(scene.view, scene.view.services[key], self._groups):
            first = of_port.endpoints[0].ip if of_port.endpoints and narrow else None
            for client in self._callers(key):
                yield from paths(scene, of_port, client, self._asked.endpoint or first)

    def _callers(self, key: str) -> Sequence[Caller]:
        view = self._scene.view
        if self._asked.client is None:
            return list(callers(view, view.services[key].spec))
        nodes = (declared.spec for declared in self._intents.nodes.values())
        return [named(view, self._asked.client, self._scene.seen.ports, nodes)]

    def _answer(self) -> bool:
        """Ask what is wanted; whether anything was."""
        lookups, packets = self._scene.take_wanted()
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(self._look_up, lookups), pool.submit(self._trace, packets)]
            for job in jobs:
                job.result()
        return bool(lookups or packets)

    def _look_up(self, questions: Sequence[Lookup]) -> None:
        if questions and self._inquiry.kernel:
            self._scene.seen.lookups.update(self._inquiry.kernel.look_up(questions))

    def _trace(self, packets: Sequence[Packet]) -> None:
        traces = self._scene.seen.traces
        if packets and self._inquiry.control and traces is not None:
            traces.update(trace_all(self._inquiry.control, self._scene.bridge, packets))


def _look(machine: Platform, view: View) -> Seen:
    """Everything that is read whole."""
    inquiry = machine.inquiry()
    kernel, control = inquiry.kernel, inquiry.control
    with ThreadPoolExecutor(4) as pool:
        actual = pool.submit(observe, machine.drivers())
        bridge = pool.submit(lambda: read_bridges(inquiry.ovsdb)[view.node.spec.bridge])
        counted = pool.submit(kernel.counted) if kernel else None
        held = pool.submit(connections, control, (CT_ZONE, RETURN_ZONE)) if control else None
    lookups: dict[Lookup, Found] = {}
    traces: dict[Packet, Trace] | None = {} if control else None
    connected: Sequence[Held] = held.result() if held else ()
    return Seen(
        actual.result().owned,
        actual.result().foreign,
        _ports(bridge.result(), inquiry, view),
        lookups,
        traces,
        counted.result() if counted else {},
        connected,
        kernel.rules_before() if kernel else (),
        gateway_down=bool(kernel and view.node.spec.gateway.interface in kernel.links_down()),
        userspace=bridge.result().datapath_type == "netdev",
    )


def _ports(bridge: Bridge, inquiry: Inquiry, view: View) -> dict[str, Port]:
    """The ports of the bridge that have a pod's address."""
    interfaces = {str(interface.ofport): interface for interface in bridge.interfaces}
    macs = learned(inquiry.control, view.node.spec.bridge) if inquiry.control else {}
    down = inquiry.kernel.links_down() if inquiry.kernel else frozenset()
    found = {}
    for ip, pod in view.facts.pods.items():
        interface = interfaces.get(pod.port)
        if interface:
            told = (f"{key}={value}" for key, value in sorted(interface.external_ids.items()))
            text = f"{interface.name} ofport {pod.port} {' '.join(told)}"
            found[ip] = Port(interface.name, pod.port, text, interface.name in down, macs.get(pod.port, ()))
    return found


def require_endpoint(intents: Intents, service: str, endpoint: str) -> None:
    """Raise ReconcileError unless an address is an endpoint of a service that takes new connections."""
    spec = intents.services[service].spec
    known = {each.ip: each.weight for each in spec.endpoints}
    if endpoint not in known:
        raise ReconcileError(
            f"--endpoint {endpoint}: no endpoint of {service}: give one of {', '.join(known) or 'none'}"
        )
    if not known[endpoint]:
        raise ReconcileError(f"--endpoint {endpoint}: has weight 0 in {service}: it gets no new connections")
