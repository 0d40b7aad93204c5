"""What a command line names, found in the folder of intents."""

import argparse
from typing import TYPE_CHECKING

from reconciler.cli.progress import Progress
from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from reconciler.intents import Intents


def load_intents(options: argparse.Namespace, progress: Progress) -> "Intents":
    """The intents, in which there is the Node to act as. Raises IntentError, NodeError."""
    from reconciler.loaded import Loaded

    progress("loading the intents")
    return Loaded.of(options.intents, options.node).intents


def service_key(intents: "Intents", wanted: str) -> str:
    """The key of a service that is named with its namespace or without. Raises ReconcileError for none, or several."""
    if wanted in intents.services:
        return wanted
    found = [key for key in intents.services if key.partition("/")[2] == wanted]
    if len(found) == 1:
        return found[0]
    known = ", ".join(found or intents.services)
    raise ReconcileError(f"{wanted!r} is {'more than one service' if found else 'no service'}: give one of {known}")
