"""Explanations as a node could give them, made by hand: whole, broken, refused, not served, hostile."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.explain.values import (
    Client,
    Direction,
    Evidence,
    Explanation,
    Path,
    Place,
    Step,
    Verdict,
    Way,
    Where,
)
from reconciler.origin import Origin

NODES, WEB = Origin("intents/nodes.yaml", 5), Origin("intents/shop/web.yaml", 4)
GROUP = (
    "group_id=0x520c9564,type=select,selection_method=dp_hash,bucket=bucket_id:0,weight:100,actions=ct(commit,table=30,"
    "zone=1312,nat(dst=10.10.1.2:8080),exec(set_field:0x520->ct_mark)),bucket=bucket_id:1,weight:100,actions=ct(commit,"
    "table=30,zone=1312,nat(dst=172.30.0.1:8080),exec(set_field:0x520->ct_mark))"
)
TRACE = (
    "Flow: tcp,in_port=1,vlan_tci=0x0000,dl_src=aa:bb:cc:dd:ee:01,nw_src=10.10.1.1,nw_dst=10.96.0.10,tp_dst=80\n\n"
    'bridge("br-int")\n----------------\n 0. ip,in_port=1,nw_src=10.10.1.1, priority 270, cookie 0x520\n'
    "    ct(table=10,zone=1312,nat)\n    drop\n     -> A clone of the packet is forked to recirculate."
)


def proof(kind: str, key: str, text: str = "", intent: Origin | None = NODES) -> Evidence:
    """Something that is as it should be."""
    return Evidence(kind, key, "ok", text or key, text or key, intent)


def step(
    name: str,
    where: Where,
    text: str,
    packet: tuple[str, str],
    *proofs: Evidence,
    direction: Direction = "forward",
    table: str = "",
) -> Step:
    return Step(name, direction, where, text, *packet, proofs, table)


def flow(table: int, priority: int, match: str, actions: str, intent: Origin = NODES) -> Evidence:
    key = f"table={table},priority={priority},{match}"
    return proof("flow", key, f"cookie=0x520,{key} actions={actions}", intent)


def node_steps(node: str = "172.30.0.1", vip: str = "10.96.0.10", gateway: str = "10.10.1.1") -> tuple[Step, ...]:
    first, masked = (node, vip), (gateway, vip)
    chain = "-m set --match-set 0x520-svc4 dst,dst -m comment --comment 0x520 -j MARK --set-xmark 0x52000/0x52000"
    lookup = Evidence("lookup", f"ip route get {vip}", "ok", "", f"{vip} via 172.30.0.254 dev up0 src {node} uid 0")
    return (
        step("socket", "client", "route main, via up0", first, lookup),
        step("set", "host", "0x520-svc4", first, proof("entry", f"0x520-svc4 {vip},tcp:80", intent=WEB)),
        step("mark", "host", "0x52000", first, proof("chain", "IPv4 mangle R520-MARK", chain), proof("jump", "OUTPUT")),
        step("rule", "host", "1312", first, proof("rule", "IPv4 priority 1312", "fwmark 0x52000/0x52000 lookup 1312")),
        step("route", "host", "table 1312 via 169.254.0.253 gw0", first, proof("route", "IPv4 table 1312 default")),
        step("masquerade", "host", "the gateway's address", masked, proof("chain", "IPv4 nat R520-MASQUERADE")),
        step("port", "bridge", "gw0", masked, proof("port", "gw0", "ofport=1")),
        step(
            "table", "bridge", "tracked", masked, flow(0, 270, "ip,in_port=1", "ct(table=10,zone=1312,nat)"), table="0"
        ),
        step("table", "bridge", "new", masked, flow(10, 200, "ct_state=+new+trk", "goto_table:20"), table="10"),
        step(
            "group",
            "bridge",
            "0x520c9564, 2 endpoints",
            masked,
            flow(20, 200, f"tcp,nw_dst={vip},tp_dst=80", "group:0x520c9564", WEB),
            proof("group", "group_id=0x520c9564", GROUP, WEB),
            Evidence("trace", "ofproto/trace br-int in_port=1,tcp", "ok", "", TRACE),
            table="20",
        ),
    )


def pod_way(ip: str = "10.10.1.2", source: str = "10.10.1.1", vip: str = "10.96.0.10", share: float = 0.5) -> Way:
    there, back = (source, f"{ip}:8080"), (f"{ip}:8080", source)
    deliver = flow(30, 200, f"ip,nw_dst={ip}", "set_field:0a:58:0a:0a:01:02->eth_dst,output:4")
    answer = flow(30, 150, f"ct_state=+rpl+trk,ip,nw_dst={source}", "output:1")
    return Way(
        ip,
        8080,
        share,
        "pod",
        (
            step("dnat", "bridge", "zone 1312", there, table="20"),
            step("output", "bridge", "port bA1", there, deliver, proof("port", "bA1", "ofport=4"), table="30"),
            step("answer", "endpoint", "listens on 8080", back, direction="back"),
            step(
                "table",
                "bridge",
                "tracked",
                back,
                flow(0, 200, "ip", "ct(table=10,zone=1312,nat)"),
                direction="back",
                table="0",
            ),
            step("undnat", "bridge", "zone 1312", (vip, source), direction="back", table="10"),
            step("output", "bridge", "port gw0", (vip, source), answer, direction="back", table="30"),
            step("unmasquerade", "host", "conntrack", (vip, "172.30.0.1"), direction="back"),
        ),
    )


def host_way(ip: str = "172.30.0.1", place: Place = "host", vip: str = "10.96.0.10") -> Way:
    gateway, virtual = "10.10.1.1", "169.254.0.253"
    there = (virtual, f"{ip}:8080")
    name = "deliver" if place == "host" else "forward"
    back: Direction = "back"
    return Way(
        ip,
        8080,
        0.5,
        place,
        (
            step("dnat", "bridge", "zone 1312", (gateway, f"{ip}:8080"), table="20"),
            step("snat", "bridge", "zone 1313", there, flow(30, 140, "ip", "ct(commit,zone=1313)"), table="30"),
            step("output", "bridge", "IN_PORT gw0", there, flow(35, 140, "ip,in_port=1", "IN_PORT"), table="35"),
            step(name, "host", "up0", there, Evidence("sysctl", "net.ipv4.ip_forward", "ok", "1", "1")),
            step("answer", "endpoint", "", (f"{ip}:8080", virtual), direction=back),
            step("route", "host", "gw0", (f"{ip}:8080", virtual), proof("neighbour", "169.254.0.253"), direction=back),
            step("unsnat", "bridge", "zone 1313", (f"{ip}:8080", gateway), direction=back, table="0"),
            step("undnat", "bridge", "zone 1312", (vip, gateway), direction=back, table="5"),
            step("output", "bridge", "gw0", (vip, gateway), direction=back, table="30"),
            step("unmasquerade", "host", "conntrack", (vip, "172.30.0.1"), direction=back),
        ),
    )


def path(ways: Sequence[Way] = (), steps: Sequence[Step] | None = None) -> Path:
    steps = node_steps() if steps is None else steps
    client = Client("node", "worker-1", "172.30.0.1")
    return Path("shop/web", "10.96.0.10", "TCP", 80, client, WEB, tuple(steps), tuple(ways))


def pod_path() -> Path:
    pod = ("10.10.1.3", "10.96.0.10")
    steps = (
        step("socket", "client", "default via 10.10.1.1", pod, proof("port", "bB1", "ofport=5")),
        step("port", "bridge", "bB1", pod),
        *(replace(each, source=pod[0]) for each in node_steps()[7:]),
    )
    return replace(path([pod_way(source="10.10.1.3")], steps), client=Client("pod", "10.10.1.3", "10.10.1.3"))


def spoiled(of: Path, name: str, verdict: Verdict) -> Path:
    """The path with the first evidence of a shared step gone or altered."""
    return replace(of, steps=tuple(_spoiled(each, verdict) if each.name == name else each for each in of.steps))


def _spoiled(of: Step, verdict: Verdict) -> Step:
    first, *others = of.evidence
    actual = "" if verdict == "missing" else first.actual.replace("0x5", "0x6") + " -m comment --comment mine"
    mend = "reconcile --node worker-1"
    return replace(of, evidence=(replace(first, verdict=verdict, actual=actual, mend=mend), *others))


def _spoiled_way(of: Way) -> Way:
    return replace(of, steps=tuple(_spoiled(each, "foreign") if each.name == "snat" else each for each in of.steps))


def explained(*paths: Path) -> Explanation:
    return Explanation("worker-1", "br-int", paths)


WHOLE = explained(path([pod_way(), host_way()]), pod_path())
BROKEN = explained(
    spoiled(path([pod_way(share=1 / 3), pod_way("10.10.1.7", share=1 / 3), host_way()]), "mark", "missing"),
    pod_path(),
    spoiled(replace(pod_path(), vip="10.96.0.11"), "group", "foreign"),
)
ELSEWHERE = explained(path([host_way("172.30.0.2", "elsewhere")]))
REFUSED = explained(
    path(
        (), [node_steps()[0], step("refuse", "host", "TCP reset", ("172.30.0.1", "10.96.0.10"), proof("entry", "rej"))]
    )
)
UNSERVED = explained(
    replace(
        path((), ()), unserved="192.0.2.9 is no pod of this bridge and not the node: nobody here leads it to the VIP"
    )
)
LONG = explained(
    replace(
        path(
            [replace(host_way("fd00:10:1:aaaa:bbbb:cccc:dddd:eeee", "elsewhere"), port=65535)],
            node_steps("fd00:172:aaaa:bbbb:cccc:dddd:eeee:0001", "fd00:96:aaaa:bbbb:cccc:dddd:eeee:0010"),
        ),
        service=f"{'n' * 63}/{'s' * 63}",
        vip="fd00:96:aaaa:bbbb:cccc:dddd:eeee:0010",
        client=Client("pod", "fd00:10:1:aaaa:bbbb:cccc:dddd:0001", "fd00:10:1:aaaa:bbbb:cccc:dddd:0001"),
        remarks=("a word-that-is-very-long-indeed-" * 8,),
    )
)
TABLES = ("PreRoutingClassifier", "ConntrackState", "AntreaPolicyEgressRule", "EgressDefaultRule", "L2ForwardingCalc")
NAMED = explained(
    path(
        [replace(pod_way(), steps=tuple(replace(each, table=each.table and TABLES[2]) for each in pod_way().steps))],
        [
            node_steps()[0],
            *(
                step("table", "bridge", "", ("10.10.1.1", "10.96.0.10"), proof("flow", name), table=name)
                for name in TABLES
            ),
            replace(_spoiled(node_steps()[9], "foreign"), table="MulticastEgressPodMetric"),
        ],
    )
)
MANY = explained(
    path([*(replace(pod_way(f"10.10.1.{number}"), share=1 / 8) for number in range(2, 9)), _spoiled_way(host_way())])
)
SAMPLES = {
    "whole": WHOLE,
    "broken": BROKEN,
    "elsewhere": ELSEWHERE,
    "refused": REFUSED,
    "unserved": UNSERVED,
    "long": LONG,
    "named": NAMED,
    "many": MANY,
}
