"""What people and machines do to a node all day: edits, revisions, drift by hand, bad commits, Open vSwitch killed.

What is altered by hand is never on the way of the clients, which use IPv4 and the service `web`: nothing that a loop
does could keep them whole then.
"""

import random
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench import folder
from bench.changes import save
from bench.looping import Loop
from bench.measures import group_of
from bench.node import BRIDGE, Node, end_switch, start_switch

SERVICES = 100
OFCTL = "ovs-ofctl -O OpenFlow15"
DRIFT = (
    f"{OFCTL} del-flows {BRIDGE} cookie=0x520/-1,table=20,tcp,nw_dst=10.96.0.NUMBER",
    f"{OFCTL} add-flow {BRIDGE} cookie=0x520,table=20,priority=200,tcp,nw_dst=10.96.0.NUMBER,tp_dst=80,actions=drop",
    f"{OFCTL} add-flow {BRIDGE} cookie=0x520,table=20,priority=201,tcp,nw_dst=10.96.0.NUMBER,actions=drop",
    f"{OFCTL} del-groups {BRIDGE} group_id=GROUP",
    f"{OFCTL} mod-group {BRIDGE} group_id=GROUP,type=select,bucket=weight:1,actions=drop",
    f"{OFCTL} add-group {BRIDGE} group_id=0x520fffff,type=select,bucket=weight:1,actions=drop",
    "ip -6 route flush table 1312",
    "ip -6 rule del priority 1312",
    "ip neigh del fc01::aabb:ccdd:eeff dev gw0",
    "ip route add 192.0.2.0/24 dev gw0 table 1312",
    "ip rule add priority 1312 fwmark 0x1/0x1 table 1312",
    "ipset del 0x520-svc4 10.96.0.NUMBER,tcp:80",
    "ipset create 0x520-other hash:ip,port family inet",
    "iptables -N R520-OTHER",
    "ip6tables -t mangle -F R520-MARK",
)
SIX = """\
kind: Service
name: six
namespace: bench
clusterIPs: ["fd00:96::1"]
ports:
  - {name: http, protocol: TCP, port: 80, targetPort: 8080}
endpoints:
  - {ip: "fd00:172::2"}
"""
"""Without a service of the family there is nothing to alter there."""
BAD = "kind: Service\nname: BAD\n"
WEIGHTS = {"edit": 12, "checkout": 8, "drift": 16, "bad commit": 3, "kill": 1}
LONGEST_PAUSE = 1.0


@dataclass(slots=True)
class Turmoil:
    """One hand that does one thing after another, and remembers what."""

    loop: Loop
    intents: Path
    done: Counter[str] = field(default_factory=Counter)
    kills: list[tuple[float, float]] = field(default_factory=list)
    """From each kill of Open vSwitch until all is well again, by the monotonic clock."""

    def go_on(self, seconds: float) -> None:
        """Do things for so long, and end on a good revision."""
        ways = {"edit": self.edit, "checkout": self.checkout, "drift": self.drift}
        ways |= {"bad commit": self.commit_badly, "kill": self.kill}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            way = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            ways[way]()
            self.done[way] += 1
            time.sleep(random.uniform(0, LONGEST_PAUSE))
        git(self.intents, "checkout", "-qf", "one")

    def edit(self) -> None:
        """The pods of `web` come and go, one of them at least."""
        pods = random.choice((folder.PODS, folder.PODS[:1], folder.PODS[1:]))
        save(self.intents / "web.yaml", folder.web(*pods))

    def checkout(self) -> None:
        """Another revision, or the same without the edits."""
        git(self.intents, "checkout", "-qf", random.choice(("one", "two")))

    def drift(self) -> None:
        """By hand; what cannot be done, because the last time has not been put right yet, is not done."""
        number = random.randrange(SERVICES)
        words = random.choice(DRIFT).replace("NUMBER", str(number))
        with suppress(SystemExit, ValueError, IndexError):
            if "GROUP" in words:
                words = words.replace("GROUP", str(group_of(self.loop.node, number)))
            self.loop.node.run(*words.split())

    def commit_badly(self) -> None:
        """A commit with a fault, which is told, and then the one before."""
        git(self.intents, "checkout", "-qf", "bad")
        self.loop.until(lambda: self.loop.status()["intentErrors"], "told of a bad commit")
        git(self.intents, "checkout", "-qf", "one")

    def kill(self) -> None:
        """Open vSwitch ends at once, and comes back."""
        begun = time.monotonic()
        start_switch(self.loop.node, end_switch(self.loop.node))
        back = time.time()
        self.loop.until(lambda: self._well_since(back), "well again")
        self.kills.append((begun, time.monotonic()))

    def _well_since(self, moment: float) -> bool:
        status = self.loop.status()
        return bool(status["lastPass"] > moment and not status["errors"])


def repository(node: Node) -> Path:
    """The intents in git: two good revisions and a bad one."""
    intents = node.place / "intents"
    folder.write(intents, SERVICES, 3, folder.DUAL_NODE)
    save(intents / "six.yaml", SIX)
    save(intents / "web.yaml", folder.web(*folder.PODS))
    git(intents, "init", "-q", "-b", "one")
    commit(intents)
    git(intents, "checkout", "-qb", "bad")
    save(intents / "bad.yaml", BAD)
    commit(intents)
    git(intents, "checkout", "-qb", "two", "one")
    for path in intents.glob("services-*.yaml"):
        save(path, path.read_text().replace("10.102.", "10.103."))
    save(intents / "web.yaml", folder.web(*folder.PODS[:1]))
    commit(intents)
    git(intents, "checkout", "-q", "one")
    return intents


def commit(intents: Path) -> None:
    """Everything as it is."""
    git(intents, "add", ".")
    git(intents, "commit", "-qm", "state")


def git(intents: Path, *words: str) -> None:
    """Run git, whatever a person has configured."""
    names = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(intents), *names, *words], check=True, stdout=subprocess.DEVNULL)
