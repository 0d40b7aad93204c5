"""Evidence about one object: what the desired state has against what the node holds, and what mends it."""

import shlex
from collections.abc import Iterator

from reconciler.explain.seen import Seen
from reconciler.explain.values import Evidence
from reconciler.resources import Resource, key_of

MEND = "reconcile"


def judge(resource: Resource, seen: Seen, bridge: str) -> Evidence:
    """Whether a desired resource is there, as it should be."""
    key = key_of(resource)
    held, other = seen.owned.get(key), seen.foreign.get(key)
    about = (resource.kind, resource.key)
    if held == resource:
        return Evidence(*about, "ok", resource.text, seen.counted.get(key, held.text), resource.intent)
    if held is not None:
        return Evidence(*about, "foreign", resource.text, seen.counted.get(key, held.text), resource.intent, MEND)
    if other is not None:
        mend = f"{remove(resource, other, bridge)} && {MEND}"
        return Evidence(*about, "foreign", resource.text, other, resource.intent, mend)
    return Evidence(*about, "missing", resource.text, "", resource.intent, MEND)


def remove(resource: Resource, foreign: str, bridge: str) -> str:
    """The command that removes somebody else's object from where a resource of ours should be."""
    match resource.kind:
        case "flow":
            cookie = foreign.partition(",")[0].removeprefix("cookie=")
            return delete_flow(bridge, resource.key, int(cookie, 16))
        case "route":
            family = "-6 " if ":" in resource.key else ""
            return f"ip {family}route del {foreign.partition(' proto')[0]}"
        case "ipset":
            return f"ipset destroy {resource.key}"
        case "chain":
            return f"{' '.join(resource.key.split()[:3])} -F {resource.key.split()[-1]}"
        case "netroute":
            return f"Remove-NetRoute {resource.key} -Confirm:$false"
    raise TypeError(f"bug: nobody else has one: {resource}")


def delete_flow(bridge: str, key: str, cookie: int) -> str:
    """The command that deletes a flow by its whole match."""
    return f"ovs-ofctl -O OpenFlow15 --strict del-flows {bridge} {shlex.quote(f'cookie={cookie:#x}/-1,{key}')}"


def judged(seen: Seen, bridge: str, *resources: Resource | None) -> Iterator[Evidence]:
    """Evidence about each of some resources; what is not desired is left out."""
    return (judge(resource, seen, bridge) for resource in resources if resource is not None)
