"""The steps of a Linux host: the node's own way into the bridge, and what becomes of what the bridge hands back.

Each has what we own there as evidence, and what the kernel's routing answers when it is asked for this very packet.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network

from reconciler import pipeline as p
from reconciler.explain.scene import Journey, Leg, Scene
from reconciler.explain.seen import Found, Lookup
from reconciler.explain.sockets import socket
from reconciler.explain.values import Evidence, Step, Verdict
from reconciler.ownership import FWMARK, ROUTE_TABLE, RULE_PRIORITY
from reconciler.resources import Family, Resource, Route, iptables

FORWARDING = ("ip_forward", "forwarding")


def leave(scene: Scene, journey: Journey) -> Iterator[Step]:
    """The node's own packet, from its socket into the bridge."""
    family, vip = journey.family, journey.vip
    node, first = node_address(scene, vip), scene.lookup(Lookup(vip))
    yield Step("socket", "forward", "client", f"route main{_by(first)}", node, vip, (_first(journey, first),))
    steered = scene.judge(scene.find("ipset", p.SERVICES[family]), scene.find("entry", _member(journey, p.SERVICES)))
    evidence = (*steered, *scene.stray("entry", _member(journey, p.REJECTED)))
    yield Step("set", "forward", "host", f"ipset {p.SERVICES[family]}", node, vip, evidence)
    evidence = _chain(scene, family, "mangle", p.MARK_CHAIN, "OUTPUT")
    yield Step("mark", "forward", "host", f"mark {FWMARK:#x}", node, vip, evidence)
    yield from _policy(scene, journey, node)
    evidence = _chain(scene, family, "nat", p.MASQUERADE_CHAIN, "POSTROUTING")
    yield Step("masquerade", "forward", "host", "masquerade", journey.source, vip, evidence)


def _policy(scene: Scene, journey: Journey, node: str) -> Iterator[Step]:
    """The rule and the table that the mark leads to, and what the kernel makes of both."""
    family, vip, virtual = journey.family, journey.vip, scene.view.virtual_ip(journey.family) or ""
    question = Lookup(vip, mark=FWMARK)
    found = scene.lookup(question)
    rule = scene.judge(
        scene.find("rule", f"inet{'6' if family == 6 else ''} priority {RULE_PRIORITY} table {ROUTE_TABLE}")
    )
    route = (
        *_link(scene),
        *scene.judge(_neighbour(scene, virtual), _route(scene, ROUTE_TABLE, p.DEFAULT_ROUTE[family])),
    )
    led = found is None or (found.device, found.via, found.table) == (scene.gateway, virtual, ROUTE_TABLE)
    if not led and all(e.verdict == "ok" for e in (*rule, *route)) and found:
        before, within = _rule_before(scene, found, family), _route_within(scene, vip)
        rule, route = (*rule, *before), (*route, *within)
        led = bool(before or within)
    yield Step("rule", "forward", "host", f"rule {RULE_PRIORITY}", node, vip, rule)
    text = f"table {ROUTE_TABLE} via {virtual} {scene.gateway}"
    evidence = (*route, *_answered(question, found, right=led, wanted=f"via {virtual} dev {scene.gateway}"))
    yield Step("route", "forward", "host", text, node, vip, evidence)


def _rule_before(scene: Scene, found: Found, family: Family) -> tuple[Evidence, ...]:
    """Evidence about somebody's rule that leads the packet elsewhere before ours does."""
    word, option = ("inet6", "-6 ") if family == 6 else ("inet", "")
    for priority, table, text in scene.seen.rules:
        if table == found.table and text.startswith(f"{word} "):
            return (Evidence("rule", text, "foreign", "", text, None, f"ip {option}rule del priority {priority}"),)
    return ()


def _route_within(scene: Scene, vip: str) -> tuple[Evidence, ...]:
    """Evidence about a route of table 1312 that takes the VIP, and that no intent asks for."""
    for key, held in scene.seen.owned.items():
        if isinstance(held, Route) and held.table == ROUTE_TABLE and key not in scene.desired:
            network = ip_network(held.destination)
            if network.version == ip_address(vip).version and ip_address(vip) in network:
                return scene.stray(*key)
    return ()


def home(scene: Scene, journey: Journey) -> Iterator[Step]:
    """The answer of the VIP, from the gateway to the node's own socket."""
    node = node_address(scene, journey.vip)
    question = Lookup(node, journey.vip, scene.gateway)
    found = scene.lookup(question) if node else None
    right = found is None or found.type == "local"
    evidence = (*scene.settings(journey.family, "rp_filter"), *_answered(question, found, right=right, wanted="local"))
    yield Step("unmasquerade", "back", "host", "un-masquerade", journey.vip, node, evidence)


def onward(scene: Scene, leg: Leg) -> Iterator[Step]:
    """What the host does with a packet that the bridge hands it, and the endpoint's answer back to the bridge."""
    journey, endpoint = leg.journey, socket(leg.ip, leg.port)
    source = arriving(scene, leg)
    question = Lookup(scene.stand_in(leg), source, scene.gateway)
    found = scene.lookup(question)
    here = leg.place == "host"
    right = found is None or (found.type == "local" if here else found.type == "unicast")
    mend = f"ip address add {leg.ip} dev UPLINK" if here else f"ip route add {leg.ip} via NEXT-HOP"
    evidence = _answered(question, found, right=right, wanted="local" if here else "unicast", mend=mend)
    if here:
        yield Step("deliver", "forward", "host", f"{scene.view.node.spec.name} itself", source, endpoint, evidence)
    else:
        yield from _forward(scene, leg, source, evidence)
    yield Step("answer", "back", "endpoint", "the endpoint answers", endpoint, _far(scene, leg, source))
    evidence = (*_way_back(scene, leg), *_led_back(scene, leg, source))
    text = f"route main to {source if journey.of_node else 'the pod'} via {scene.gateway}"
    yield Step("return", "back", "host", text, endpoint, source, evidence)


def _forward(scene: Scene, leg: Leg, source: str, routed: tuple[Evidence, ...]) -> Iterator[Step]:
    family, endpoint = leg.journey.family, socket(leg.ip, leg.port)
    opened: tuple[Evidence, ...] = tuple(scene.settings(family, *FORWARDING))
    masked: tuple[Evidence, ...] = ()
    if leg.journey.of_node:
        opened = (*opened, *_chain(scene, family, "filter", p.FORWARD_CHAIN, "FORWARD"))
        masked = _chain(scene, family, "nat", p.MASQUERADE_CHAIN, "POSTROUTING")
    out = scene.lookup(Lookup(scene.stand_in(leg)))
    yield Step("forward", "forward", "host", f"forwarded{_by(out)}", source, endpoint, (*opened, *routed))
    if masked:
        yield Step("masquerade", "forward", "host", "masquerade", _far(scene, leg, source), endpoint, masked)


def _far(scene: Scene, leg: Leg, source: str) -> str:
    """Whom the endpoint sees."""
    if leg.place == "host" or not leg.journey.of_node:
        return source
    found = scene.lookup(Lookup(scene.stand_in(leg)))
    return found.source if found and found.source else source


def _way_back(scene: Scene, leg: Leg) -> tuple[Evidence, ...]:
    if not leg.journey.of_node:
        return ()
    virtual = scene.view.virtual_ip(leg.journey.family) or ""
    main = _route(scene, p.MAIN_TABLE, f"{virtual}/{p.HOST_LENGTH[leg.journey.family]}")
    return scene.judge(_neighbour(scene, virtual), main)


def _led_back(scene: Scene, leg: Leg, to: str) -> tuple[Evidence, ...]:
    question = Lookup(to, leg.ip if leg.place == "host" else "")
    found = scene.lookup(question)
    right = found is None or found.device == scene.gateway
    wanted = f"dev {scene.gateway}"
    return _answered(question, found, right=right, wanted=wanted, mend=f"ip route replace {to} {wanted}")


def refuse(scene: Scene, journey: Journey) -> Iterator[Step]:
    """A service without endpoints: the node's own packet is refused in OUTPUT, a pod's in FORWARD."""
    family, source = journey.family, node_address(scene, journey.vip) if journey.of_node else journey.source
    if journey.of_node:
        first = scene.lookup(Lookup(journey.vip))
        yield Step(
            "socket", "forward", "client", f"route main{_by(first)}", source, journey.vip, (_first(journey, first),)
        )
    refused = scene.judge(scene.find("ipset", p.REJECTED[family]), scene.find("entry", _member(journey, p.REJECTED)))
    evidence = (*refused, *scene.stray("entry", _member(journey, p.SERVICES)))
    if not journey.of_node:
        evidence = (*evidence, *_chain(scene, family, "mangle", p.REFUSED_CHAIN, "PREROUTING"), *_marked(scene, family))
    evidence = (*evidence, *_chain(scene, family, "filter", p.REJECT_CHAIN, "OUTPUT" if journey.of_node else "FORWARD"))
    how = "TCP reset" if journey.protocol == "TCP" else "ICMP unreachable"
    text = f"ipset {p.REJECTED[family]}, refused by {how}"
    yield Step("refuse", "forward", "host", text, source, journey.vip, evidence)


def _marked(scene: Scene, family: Family) -> tuple[Evidence, ...]:
    """What a marked packet of a pod is forwarded by, until it is refused."""
    rule = scene.find("rule", f"inet{'6' if family == 6 else ''} priority {RULE_PRIORITY} table {ROUTE_TABLE}")
    route = _route(scene, ROUTE_TABLE, p.DEFAULT_ROUTE[family])
    settings = tuple(scene.settings(family, *FORWARDING))
    return (*scene.judge(rule, route), *settings)


def arriving(scene: Scene, leg: Leg) -> str:
    """The source of what the bridge hands the host: the virtual IP for the node, else the pod."""
    return (scene.view.virtual_ip(leg.journey.family) or "") if leg.returns else leg.journey.source


def node_address(scene: Scene, vip: str) -> str:
    """The source that the kernel picks for the node's own packets to a VIP."""
    found = scene.lookup(Lookup(vip))
    return found.source if found else ""


def _first(journey: Journey, found: Found | None) -> Evidence:
    """The lookup that comes before the mark: any way will do, but there must be one."""
    question = Lookup(journey.vip)
    if found is None or found.type == "unicast":
        return Evidence("lookup", question.text, "ok", "", found.text if found else "")
    if found.type == "local":
        mend = f"ip address show to {journey.vip}"
        return Evidence("lookup", question.text, "foreign", "a way out of this node", found.text, None, mend)
    mend = f"ip {'-6 ' if journey.family == 6 else ''}route add default via NEXT-HOP"
    return Evidence("lookup", question.text, "missing", "a default route", found.text, None, mend)


def _answered(
    question: Lookup, found: Found | None, *, right: bool, wanted: str, mend: str = ""
) -> tuple[Evidence, ...]:
    """Evidence of a lookup that has been answered."""
    if found is None:
        return ()
    verdict: Verdict = "ok" if right else "foreign" if found.type else "missing"
    return (Evidence("lookup", question.text, verdict, wanted, found.text, None, "" if right else mend),)


def _by(found: Found | None) -> str:
    if found is None or not found.device:
        return ""
    return f", via {found.via} {found.device}" if found.via else f", by {found.device}"


def _link(scene: Scene) -> tuple[Evidence, ...]:
    if not scene.seen.gateway_down:
        return ()
    up = f"ip link set {scene.gateway} up"
    return (Evidence("link", scene.gateway, "missing", f"{scene.gateway} UP", f"{scene.gateway} DOWN", None, up),)


def _chain(scene: Scene, family: Family, table: str, chain: str, parent: str) -> tuple[Evidence, ...]:
    """A chain of ours, and the jump from a built-in one into it."""
    tool = f"{iptables(family)} -t {table}"
    return scene.judge(scene.find("chain", f"{tool} {chain}"), scene.find("jump", f"{tool} {p.jump(parent, chain)}"))


def _member(journey: Journey, sets: Mapping[int, str]) -> str:
    return f"{sets[journey.family]} {journey.service_port.member(journey.vip)}"


def _neighbour(scene: Scene, ip: str) -> Resource | None:
    return scene.find("neighbour", f"{ip} dev {scene.gateway}")


def _route(scene: Scene, table: int, destination: str) -> Resource | None:
    return scene.find("route", f"{destination} table {table}")
