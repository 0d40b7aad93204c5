"""The figures of a run as Markdown tables and a chart. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.chart import Line, chart, duration, two_digits
from bench.figures import Party, Run, Size, Visits, Way
from bench.timing import Spread

ROWS: Mapping[str, str] = {
    "cold": "from files to a verified node, cold",
    "warm": "from files to a verified node, warm",
    "last flow": "from files to the last flow, warm",
    "check cold": "`--check` in sync, cold",
    "check warm": "`--check` in sync, warm",
    "audit": "the audit of the loop",
    "change": "one endpoint changed, in a file of its own",
    "change shared": "one endpoint changed, in a file of 100 services",
    "add": "one service added",
    "remove": "one service removed",
    "flow deleted": "a flow deleted by hand, until it is back",
}
"""What was done, in the order in which it is told."""
PARTIES: tuple[Party, ...] = ("ours", "raw", "OVN")
NAMES: Mapping[Party, str] = {"ours": "ours", "raw": "raw C tools", "OVN": "OVN"}
MANY = 10
"""From so many runs on, the rare ones are told as well."""
SHORT = ("warm", "check warm", "change", "add", "remove", "flow deleted")
"""The rows that are enough for a first look."""
GROWING = ("warm", "check warm", "audit", "change", "add", "remove", "flow deleted")
OF_OVN = ("ovn-controller", "ovn-northd")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rows))


def whole(size: Size, rows: Sequence[str] = tuple(ROWS)) -> str:
    """Everything of one size, as a table."""
    heads = ["", *(NAMES[party] for party in PARTIES), "ours : raw", "OVN : ours"]
    lines = [[ROWS[what], *row(size.spans[what])] for what in rows if what in size.spans]
    theirs = " + ".join(f"{size.memory[name]:.0f}" for name in OF_OVN)
    share = f"{size.audit / 60 + size.idle:.1%} of a core"
    lines.append(["memory, MiB (OVN: controller + northd)", f"{size.memory['ours']:.0f}", "–", theirs, "–", "–"])
    lines.append(["nothing to do, one audit a minute", share, "–", "–", "–", "–"])
    return f"{size.services:,} services of {size.endpoints} endpoints:\n\n{table(heads, lines)}"


def row(by: Mapping[Party, Spread]) -> Iterator[str]:
    """Each party's seconds, and the two ratios of medians."""
    yield from (cell(by[party]) if party in by else "–" for party in PARTIES)
    yield ratio(by, "ours", "raw")
    yield ratio(by, "OVN", "ours")


def cell(seconds: Spread) -> str:
    """The median; of many runs the 99th percentile and the longest as well."""
    told = (seconds.p50, seconds.p99, seconds.max) if seconds.n >= MANY else (seconds.p50,)
    return " / ".join(map(duration, told))


def ratio(by: Mapping[Party, Spread], above: Party, below: Party) -> str:
    """Of two medians."""
    return two_digits(by[above].p50 / by[below].p50) if above in by and below in by else "–"


def growth(sizes: Sequence[Size]) -> str:
    """Medians by size; the last column is how many times the first the last one is."""
    heads = ["", *(f"{size.services:,}" for size in sizes), "last : first"]
    return table(heads, _growing(sizes))


def _growing(sizes: Sequence[Size]) -> Iterator[Sequence[str]]:
    for what in GROWING:
        for party in PARTIES:
            medians = [size.spans[what][party].p50 for size in sizes if party in size.spans.get(what, {})]
            if medians:
                yield [f"{ROWS[what]}: {NAMES[party]}", *map(duration, medians), two_digits(medians[-1] / medians[0])]


STYLES: Mapping[Party, str] = {"ours": "ours", "raw": "raw dashed", "OVN": "other"}
LABELS: Mapping[Party, str] = {"ours": "reconcile --watch", "raw": "one ovs-ofctl bundle", "OVN": "OVN"}


def drawing(sizes: Sequence[Size]) -> str:
    """The cost of one change as the cluster grows."""
    lines = [_line(sizes, party) for party in PARTIES if all(party in size.spans["change"] for size in sizes)]
    endpoints = sizes[0].endpoints
    title = "One endpoint of one service changes: until it is in Open vSwitch"
    return chart(title, f"services of {endpoints} endpoints each; medians, and the longest", lines)


def _line(sizes: Sequence[Size], party: Party) -> Line:
    spans = [size.spans["change"][party] for size in sizes]
    points = tuple((float(size.services), span.p50) for size, span in zip(sizes, spans, strict=True))
    return Line(LABELS[party], STYLES[party], points, tuple(span.max for span in spans))


def parts(run: Run) -> Iterator[tuple[str, str]]:
    """What is written into documents, by the mark of its place."""
    yield "machine", run.machine
    if run.sizes:
        most = max(size.endpoints for size in run.sizes)
        for endpoints in sorted({size.endpoints for size in run.sizes}, reverse=True):
            sizes = [size for size in run.sizes if size.endpoints == endpoints]
            yield f"whole{'' if endpoints == most else '-few'}", whole(sizes[-1])
            yield f"growth{'' if endpoints == most else '-few'}", growth(sizes)
            if endpoints == most:
                yield "short", whole(sizes[-1], SHORT)
    if run.ways:
        yield "datapath", datapath(run.ways)


def written(document: str, mark: str, text: str) -> str:
    """A document with the text in the place of a mark; as it was without such a place."""
    begin, end = f"<!-- {mark}:begin -->", f"<!-- {mark}:end -->"
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    return f"{before}{begin}\n{text}\n{end}{after}" if found and closed else document


def datapath(ways: Sequence[Way]) -> str:
    """What each way carries, with its share of the first, and what a packet meets on it."""
    heads = ["", "connections/s", "share", "Mbit/s", "share", "vswitchd: µs a connection", "s a Gbit"]
    heads += ["first packet: lookups, ct, passes", "later ones"]
    return table(heads, [list(_way(way)) for way in ways])


def _way(way: Way) -> Iterator[str]:
    yield way.name
    for rate, share in (way.connections, way.connections_share), (way.megabits, way.megabits_share):
        yield f"{rate.p50:,.0f}"
        yield f"{share:.2f}"
    yield f"{way.per_connection.p50 * 1e6:.0f}"
    yield f"{way.per_gigabit.p50:.2f}"
    yield visits(way.new)
    yield visits(way.established)


def visits(of: Visits) -> str:
    """How often a packet meets each thing."""
    return f"{of.lookups:.1f}, {of.conntrack:.1f}, {of.passes:.1f}"
