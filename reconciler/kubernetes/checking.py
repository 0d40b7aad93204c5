"""The folder as it would be, through the loader's own checks, with every fault at the place where it came from."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.errors import IntentError
from reconciler.intent_files import Content, shown
from reconciler.intents.checks import check
from reconciler.intents.findings import Finding, Place
from reconciler.intents.load import Loading
from reconciler.intents.models import Declared, Node
from reconciler.intents.places import Places
from reconciler.intents.readings import read_file
from reconciler.kubernetes.converted import Converted
from reconciler.kubernetes.remarks import fault, remark_of
from reconciler.origin import Origin
from reconciler.positions import FileFault

Files = Mapping[str, tuple[Converted, ...]]


def faults_of(files: Files, into: Path, others: Iterable[Content], texts: Mapping[str, str]) -> list[FileFault]:
    """Everything wrong with the intents, by file, together with the `others` that stay in the folder.

    IntentError when there would be no node at all: such a folder does not load.
    """
    by_origin = dict(origins(files))
    loading = loaded(by_origin, others)
    places = Places({**loading.texts, **texts})
    found = check(loading.nodes, loading.services, nodes_known=not loading.nodes_unread)
    faults = [*loading.faults, *(fault(remark_of(traced(each, by_origin), places), places) for each in found)]
    if not loading.nodes and not faults:
        right = "add the output of `kubectl get nodes -o yaml`, or write the Nodes yourself"
        raise IntentError([f"{shown(into)}: there would be no Node in it: {right}"])
    return faults


def loaded(by_origin: Mapping[Origin, Converted], others: Iterable[Content]) -> Loading:
    """The intents and the others, as if they had been read from the folder."""
    loading = Loading()
    for file, text in others:
        loading.add(file, read_file(file, text))
    for origin, converted in by_origin.items():
        if isinstance(converted.spec, Node):
            loading.nodes.append(Declared(converted.spec, origin))
        else:
            loading.services.append(Declared(converted.spec, origin))
    return loading


def origins(files: Files) -> Iterator[tuple[Origin, Converted]]:
    """Every intent under the number of its document, which tells them apart and is never shown."""
    for file, intents in files.items():
        for number, converted in enumerate(intents, 1):
            yield Origin(file, number), converted


def traced(finding: Finding, by_origin: Mapping[Origin, Converted]) -> Finding:
    """A finding with places in the manifests instead of the intents that were made of them."""

    def source(place: Place) -> Place:
        converted = by_origin.get(place.origin)
        return converted.source(place.path) if converted else place

    return finding._replace(at=source(finding.at), other=finding.other and source(finding.other))
