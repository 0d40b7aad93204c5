"""What `reconcile explain` does. It changes nothing."""

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

from reconciler.cli import reviewing
from reconciler.cli.loading import load_intents, service_key
from reconciler.cli.progress import Progress

if TYPE_CHECKING:
    from reconciler.explain.values import Explanation
    from reconciler.intents import Intents
    from reconciler.witness import Asked

WHOLE, BROKEN = 0, 2
Options = argparse.Namespace


def explain(options: Options, progress: Progress) -> int:
    """Follow the paths of a service, or of all; exit code 2 unless all are whole."""
    if options.diff is not None:
        return reviewing.review(options, progress)
    from reconciler import witness

    intents = load_intents(options, progress)
    explanation = witness.explain(intents, options.node, options.ovs_rundir, _asked(intents, options), progress)
    progress("printing")
    _print(explanation, options)
    return WHOLE if explanation.whole else BROKEN


def _asked(intents: "Intents", options: Options) -> "Asked":
    from reconciler import witness

    if options.all:
        return witness.Asked(tuple(intents.services), options.client, thorough=False)
    key = service_key(intents, options.service)
    if options.endpoint:
        witness.require_endpoint(intents, key, options.endpoint)
    return witness.Asked((key,), options.client, options.endpoint)


def _print(explanation: "Explanation", options: Options) -> None:
    from reconciler.explain.documents import document
    from reconciler.explain.table import as_table
    from reconciler.explain.text import as_text

    if options.output == "json":
        json.dump(document(explanation), sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    if options.output in ("svg", "html"):
        from reconciler.explain import picture

        sys.stdout.write((picture.svg if options.output == "svg" else picture.html)(explanation))
        return
    sys.stderr.writelines(f"note: {note}\n" for note in explanation.notes)
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    rendered = as_table if options.all else as_text
    sys.stdout.writelines(f"{line}\n" for line in rendered(explanation, colour=colour))


def misasked(options: Options) -> str:
    """What is wrong with what was asked; empty when nothing is."""
    pictured = options.output in ("svg", "html")
    if options.diff is not None:
        alone = not (options.all or options.client or options.endpoint or pictured)
        return "" if alone else "--diff goes with a SERVICE, and with --output text and json"
    if options.all == (options.service is not None):
        return "give a SERVICE, --all, or --diff REVISION"
    if options.all and options.endpoint:
        return "--endpoint goes with a SERVICE"
    return f"--output {options.output} goes with a SERVICE" if options.all and pictured else ""
