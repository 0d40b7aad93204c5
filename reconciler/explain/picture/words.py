"""The words of a picture: short ones for labels, whole ones for those who cannot see it."""

from collections.abc import Mapping

from reconciler.explain.values import (
    Broken,
    Client,
    Explanation,
    Path,
    Place,
    Step,
    Verdict,
    Way,
    Where,
    first_broken,
)

PLACES: Mapping[Place, str] = {
    "pod": "pod on this bridge",
    "itself": "the client itself",
    "host": "this node's host network",
    "elsewhere": "elsewhere",
}
PARTS: Mapping[Where, str] = {"client": "Client", "host": "Host", "bridge": "Bridge", "endpoint": "Endpoint"}
GLYPHS: Mapping[Verdict, str] = {"ok": "✓", "missing": "✕", "foreign": "!"}


def part(where: Where, bridge: str) -> str:
    """A part of the way."""
    return f"{PARTS[where]} {bridge}" if where == "bridge" else PARTS[where]


def socket(ip: str, port: int) -> str:
    """An address and a port."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def client(of: Client) -> str:
    """Who connects."""
    return f"{of.kind} {of.name}"


def target(path: Path) -> str:
    """What the client asks for."""
    return f"{socket(path.vip, path.port)}/{path.protocol}"


def share(way: Way) -> str:
    """An endpoint's share of new connections."""
    percent = way.share * 100
    return f"{percent:.0f} %" if percent >= 10 or percent == int(percent) else f"{percent:.1f} %"


def packet(step: Step) -> str:
    """Source and destination after a step, as the field note has them."""
    return f"({step.source}, {step.destination})"


def table(step: Step) -> str:
    """The table of the bridge that a step is in."""
    return f"table {step.table}" if step.table.isdecimal() else step.table


def state(path: Path) -> str:
    """How a path is, in a few words."""
    if path.unserved:
        return "not served"
    if broken := path.broken:
        return f"broken at {broken.step.name}"
    return "refused, as it should be" if path.refused else "whole"


def way_state(path: Path, way: Way) -> str:
    """How the way to one endpoint is."""
    if first_broken(path.steps):
        return "not reached"
    return f"broken at {way.broken.step.name}" if way.broken else "whole"


def label(step: Step) -> str:
    """A step's name, or which table it is."""
    return table(step) if step.name == "table" and step.table else step.name


def said(step: Step) -> tuple[str, str]:
    """What a step is, and what more there is to say of it; the name is not said again where the text begins with it."""
    name, text = label(step), step.text
    # `un-DNAT` is the step `undnat`.
    end = next((i for i in range(len(text) + 1) if text[:i].replace("-", "").casefold() == name), 0)
    return (text[:end], text[end:].lstrip()) if end and not text[end : end + 1].isalnum() else (name, text)


def wrong(broken: Broken) -> str:
    """What is wrong, in a few words."""
    return f"the {broken.evidence.kind} is {broken.evidence.verdict}"


def title(explanation: Explanation) -> str:
    """What is explained, and how it is."""
    services = list(dict.fromkeys(path.service for path in explanation.paths))
    what = services[0] if len(services) == 1 else f"{len(services)} services"
    return f"{what} on {explanation.node}: {verdict(explanation)}"


def verdict(explanation: Explanation) -> str:
    """How many paths are whole."""
    total = len(explanation.paths)
    bad = sum(not path.whole for path in explanation.paths)
    if not bad:
        return {0: "no path from here", 1: "the path is whole", 2: "both paths are whole"}.get(
            total, f"all {total} paths are whole"
        )
    return "the path is not whole" if total == 1 else f"{bad} of {total} paths are not whole"
