"""What is said of a place in a manifest: as a fault it ends the import, as a note it does not."""

from typing import NamedTuple

from reconciler.intents.findings import Finding, Place
from reconciler.intents.places import Places
from reconciler.origin import Origin
from reconciler.positions import FileFault


class Remark(NamedTuple):
    """Something to say of one place."""

    at: Place
    message: str


def fault(remark: Remark, places: Places) -> FileFault:
    """A remark at its line and column."""
    return FileFault(remark.at.origin.file, places.find(*remark.at), one_line(remark.message))


def note(remark: Remark, places: Places) -> str:
    """A remark as one line, at its line."""
    return f"{Origin(remark.at.origin.file, places.find(*remark.at).line)}: {one_line(remark.message)}"


def one_line(message: str) -> str:
    """The message, whatever the names in it are made of."""
    return message if message.isprintable() else repr(message)[1:-1]


def remark_of(finding: Finding, places: Places) -> Remark:
    """A finding as a remark that names the other place by file and line."""
    if finding.other is None:
        return Remark(finding.at, f"{finding.wrong}: {finding.right}")
    other = Origin(finding.other.origin.file, places.find(*finding.other).line)
    return Remark(finding.at, f"{finding.wrong} ({other}): {finding.right}")
