"""An import from its beginning to its end: read, convert, check, and only then write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import IntentError, ReconcileError
from reconciler.intent_files import shown
from reconciler.intents.fields import interface
from reconciler.intents.places import Places
from reconciler.kubernetes import files
from reconciler.kubernetes.checking import faults_of
from reconciler.kubernetes.cluster import Cluster
from reconciler.kubernetes.conversion import Conversion, convert
from reconciler.kubernetes.converted import Converted
from reconciler.kubernetes.nodes import Bridging
from reconciler.kubernetes.remarks import Remark, fault, note, remark_of
from reconciler.kubernetes.spelling import spelled
from reconciler.positions import Fault, FileFault


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    written: list[str]
    removed: list[str]
    unchanged: int
    notes: list[str]
    """What intents cannot say, each as `file:line: message`."""


def import_into(into: Path, names: Sequence[str], bridging: Bridging) -> Imported:
    """Make a folder say what the inputs say; IntentError with every fault of them, and then nothing has changed."""
    refuse_no_interfaces(bridging)
    cluster, texts = read(names)
    conversion = convert(cluster, bridging)
    places = Places(texts)
    refuse(cluster.unreadable + faults_within(cluster, conversion, places))
    folder = files.folder(into)
    wanted = {into / name: text_of(intents) for name, intents in conversion.files.items()}
    refuse(files.obstacles(wanted, into, folder.ours))
    refuse(faults_of(conversion.files, into, folder.others, texts))
    return carry_out(wanted, folder.ours, notes_of(conversion.notes, places))


def refuse_no_interfaces(bridging: Bridging) -> None:
    """ReconcileError for an option that names no interface."""
    for option, name in (("--bridge", bridging.bridge), ("--gateway", bridging.gateway)):
        try:
            interface(name)
        except ValueError as error:
            raise ReconcileError(f"{option}: {error}") from None


def read(names: Sequence[str]) -> tuple[Cluster, Mapping[str, str]]:
    """Everything in the inputs, and their texts."""
    cluster, texts = Cluster(), dict[str, str]()
    for name in dict.fromkeys(names):
        file, text = files.given(name)
        if isinstance(text, Fault):
            cluster.unreadable.append(FileFault(file, *text))
        else:
            texts[file] = text
            cluster.add_file(file, text)
    return cluster, texts


def faults_within(cluster: Cluster, conversion: Conversion, places: Places) -> list[FileFault]:
    """What is wrong with the objects themselves."""
    findings = (remark_of(finding, places) for finding in (*cluster.findings, *conversion.findings))
    return [fault(remark, places) for remark in (*cluster.faults, *conversion.faults, *findings)]


def refuse(faults: Iterable[FileFault]) -> None:
    """IntentError with these faults, if there are any."""
    if lines := [str(each) for each in sorted(set(faults))]:
        raise IntentError(lines)


def text_of(intents: Iterable[Converted]) -> str:
    """A whole file."""
    return files.HEADER + "---\n".join(spelled(each.spec) for each in intents)


def notes_of(remarks: Iterable[Remark], places: Places) -> list[str]:
    """The remarks as lines, in the order of their places."""
    in_order = sorted(set(remarks), key=lambda remark: (remark.at.origin.file, places.find(*remark.at), remark.message))
    return [note(remark, places) for remark in in_order]


def carry_out(wanted: Mapping[Path, str], ours: Mapping[Path, str], notes: list[str]) -> Imported:
    """Write what is new or different, and remove what has gone."""
    written = sorted(path for path, text in wanted.items() if ours.get(path) != text)
    removed = sorted(ours.keys() - wanted.keys())
    for path in written:
        files.write(path, wanted[path])
    for path in removed:
        files.remove(path)
    return Imported([*map(shown, written)], [*map(shown, removed)], len(wanted) - len(written), notes)
