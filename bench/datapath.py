"""`python -m bench.datapath`: what a packet to a service costs, beside the same bridge without us, OVN and iptables."""

import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager as Context
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import folder, ovn, pods, report, traffic, usage
from bench.counters import Switch
from bench.figures import Visits, Way
from bench.looping import reconcile
from bench.node import BRIDGE, Node, private
from bench.timing import say, spread
from bench.traffic import IPERF, SILENT, Tools
from reconciler.sandbox import namespaces

ROUNDS = 5
VIP, PORT = "10.97.0.1", 80
PORTS = range(8001, 8007)
"""Of the servers: a port for each way, so that no connection looks to a server like one of another way."""
PLAIN, IPTABLES, OURS, DEALT, BESIDE, OVN = PORTS
NAMES: Mapping[int, str] = {
    PLAIN: "to the pod, the same bridge without us",
    OURS: "to a VIP",
    DEALT: "to a VIP of two pods",
    BESIDE: "to the pod, beside us",
    OVN: "to a VIP of OVN",
    IPTABLES: "to a VIP of the node's iptables (DNAT), the same bridge without us",
}


@dataclass(frozen=True, slots=True)
class Trip:
    """One way, and how it is made ready."""

    target: int
    """The server's port, which names it."""
    client: str
    """A namespace."""
    ip: str
    port: int
    switch: Switch
    ready: Callable[[], Context[object]] = nullcontext
    hops: int = 1
    """How often the switch receives a packet of it."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round gave for one way."""

    connections: float
    megabits: float
    per_connection: float
    per_gigabit: float
    new: Visits
    established: Visits


Found = dict[int, Round]
"""By the number of the round."""


def measure(rounds: int = ROUNDS) -> tuple[Way, ...]:
    """Every way, one after another, so many rounds."""
    with (
        private("datapath") as node,
        traffic.unpacked(node.place) as tools,
        ovn.unpacked(node.place) as files,
        ovn.running(files, node.place, node.sandbox) as other,
    ):
        client, server = pods.pair(node, other)
        _balance(other, server.ip)
        with serving(tools, *(pod.netns for pod in node.machine.pods[:2]), server.netns):
            trips = (*ours(node), theirs(other, client))
            found: dict[int, Found] = {trip.target: {} for trip in trips}
            for number in range(rounds):
                for trip in trips:
                    say(f"round {number + 1}: {NAMES[trip.target]} ...")
                    found[trip.target] |= travelled(tools, trip, number)
    return tuple(way(NAMES[target], each, found[PLAIN]) for target, each in found.items() if each)


@contextmanager
def serving(tools: Tools, *netnses: str) -> Iterator[None]:
    """A server in each of some namespaces."""
    with ExitStack() as stack:
        for netns in netnses:
            stack.enter_context(traffic.serving(tools, netns, PORTS))
        yield


def ours(node: Node) -> Iterator[Trip]:
    """The ways over the node's bridge, first without us."""
    server, other, client = node.machine.pods[0], node.machine.pods[1], node.machine.pods[-1]
    switch = Switch(node.run, node.machine.rundir, BRIDGE)
    intents = node.place / "vip"
    folder.write(intents, 0, 0)

    def applied(target: int, *ips: str) -> Context[object]:
        (intents / "web.yaml").write_text(services(target, *ips))
        must(node, intents)
        return nullcontext()

    def released() -> Context[object]:
        must(node, intents, "release")
        return nullcontext()

    def translated() -> Context[object]:
        must(node, intents, "release")
        return translating(node, client.ips[0], server.ips[0])

    one, two = partial(applied, OURS, server.ips[0]), partial(applied, DEALT, server.ips[0], other.ips[0])
    yield Trip(PLAIN, client.netns, server.ips[0], PLAIN, switch, released)
    yield Trip(IPTABLES, client.netns, VIP, PORT, switch, translated, hops=2)
    yield Trip(OURS, client.netns, VIP, PORT, switch, one)
    yield Trip(DEALT, client.netns, VIP, PORT, switch, two)
    yield Trip(BESIDE, client.netns, server.ips[0], BESIDE, switch, one)


def must(node: Node, intents: Path, *arguments: str) -> None:
    """Run a `reconcile` that has to succeed."""
    if reconcile(node, intents, *arguments):
        raise SystemExit(f"reconcile {' '.join(arguments)} failed, see above")


def services(target: int, *ips: str) -> str:
    """What is connected and knocked at, and what carries, at one endpoint: iperf3 makes two connections."""
    return f"{service('web', ips, (PORT, target), (SILENT, SILENT))}---\n{service('iperf', ips[:1], (IPERF, IPERF))}"


def service(name: str, ips: Sequence[str], *ports: tuple[int, int]) -> str:
    """A service of some endpoints, and its ports, each with the endpoints'."""
    words = "".join(f"  - {{name: p{port}, protocol: TCP, port: {port}, targetPort: {at}}}\n" for port, at in ports)
    head = f"kind: Service\nname: {name}\nnamespace: bench\nclusterIPs: [{VIP}]\nports:\n{words}endpoints:\n"
    return head + "".join(f"  - {{ip: {ip}}}\n" for ip in ips)


def mapped(target: int) -> Sequence[tuple[int, int]]:
    """Ports of a VIP, each with the server's."""
    return ((PORT, target), (IPERF, IPERF), (SILENT, SILENT))


@contextmanager
def translating(node: Node, client: str, server: str) -> Iterator[None]:
    """The node's kernel balances, and all that the two pods send each other goes through it."""
    dnat = [
        f"-p tcp -d {VIP} --dport {port} -j DNAT --to-destination {server}:{target}"
        for port, target in mapped(IPTABLES)
    ]
    gateway = node.machine.gateway
    # It would tell the pods of the shorter way, on which its answers do not come by.
    namespaces.set_kernel(node.machine.netns, {f"ipv4/conf/{at}/send_redirects": "0" for at in ("all", gateway)})
    back = f"{client}/32 via {node.machine.gateway_addresses[0].partition('/')[0]}"
    pod = node.machine.pods[0].netns
    for rule in dnat:
        node.run("iptables", "-t", "nat", "-A", "PREROUTING", *rule.split())
    namespaces.batch(pod, iter([f"route add {back}"]))
    try:
        yield
    finally:
        namespaces.batch(pod, iter([f"route delete {back}"]))
        for rule in dnat:
            node.run("iptables", "-t", "nat", "-D", "PREROUTING", *rule.split())


def theirs(other: ovn.Ovn, client: pods.Pod) -> Trip:
    """The way over OVN's bridge. Not the one to the pod itself: Open vSwitch 3.1.0 aborts on it after the other."""
    return Trip(OVN, client.netns, VIP, PORT, Switch(other.run, str(other.rundir), ovn.BRIDGE))


def _balance(other: ovn.Ovn, server: str) -> None:
    for port, target in mapped(OVN):
        other.nbctl("lb-add", f"web{port}", f"{VIP}:{port}", f"{server}:{target}", "tcp")
        other.nbctl("--wait=hv", "ls-lb-add", ovn.SWITCH, f"web{port}")


def travelled(tools: Tools, trip: Trip, number: int) -> Found:
    """One round of one way; none when the switch ended by it, as Open vSwitch 3.1.0 does now and then under OVN."""
    try:
        return {number: travel(tools, trip)} if trip.switch.lives else {}
    except (SystemExit, OSError):
        if not trip.switch.has_ended:
            raise
        say(f"ovs-vswitchd has ended: {NAMES[trip.target]}")
        return {}


def travel(tools: Tools, trip: Trip) -> Round:
    """One round of one way."""
    with trip.ready():
        # Whatever is learned and cached once is: only what comes after it counts.
        traffic.knock(trip.client, trip.ip, SILENT)
        new = trip.switch.visits(lambda: traffic.knock(trip.client, trip.ip, SILENT), trip.hops)
        (count, seconds), busy = worked(trip, lambda: traffic.connections(tools, trip.client, trip.ip, trip.port))
        carried: list[tuple[Result, float]] = []
        carry = partial(traffic.throughput, tools, trip.client, trip.ip, IPERF)
        established = trip.switch.visits(lambda: carried.append(worked(trip, carry)), trip.hops)
        (megabits, lasted), carrying = carried[0]
        rates = count / seconds, megabits / lasted
        return Round(*rates, busy / count, carrying / megabits * 1000, new, established)


Result = tuple[float, float]


def worked(trip: Trip, act: Callable[[], Result]) -> tuple[Result, float]:
    """What came of something, and the processor time that ovs-vswitchd took meanwhile."""
    used = usage.processor(trip.switch.pid)
    result = act()
    return result, usage.processor(trip.switch.pid) - used


def way(name: str, found: Found, base: Found) -> Way:
    """The rounds of a way in short, beside those of another."""
    rounds = list(found.values())
    beside = [(each, base[number]) for number, each in found.items()]
    return Way(
        name,
        connections=spread([each.connections for each in rounds]),
        # What else the machine does changes from round to round, and less within one.
        connections_share=statistics.median(one.connections / other.connections for one, other in beside),
        megabits=spread([each.megabits for each in rounds]),
        megabits_share=statistics.median(one.megabits / other.megabits for one, other in beside),
        per_connection=spread([each.per_connection for each in rounds]),
        per_gigabit=spread([each.per_gigabit for each in rounds]),
        new=middle([each.new for each in rounds]),
        established=middle([each.established for each in rounds]),
    )


def middle(rounds: Sequence[Visits]) -> Visits:
    """The medians."""
    return Visits(
        statistics.median(visits.lookups for visits in rounds),
        statistics.median(visits.conntrack for visits in rounds),
        statistics.median(visits.passes for visits in rounds),
    )


def main() -> None:
    """Measure, and print a table."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(report.datapath(measure()))


if __name__ == "__main__":
    main()
