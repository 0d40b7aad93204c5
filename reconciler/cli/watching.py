"""The commands around the loop: `--watch` and `status`."""

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.cli.progress import Progress
from reconciler.errors import NodeError

if TYPE_CHECKING:
    from reconciler.watch import Log, Loop

Options = argparse.Namespace


def watch(options: Options, _: Progress) -> int:
    """Keep this node right until SIGTERM."""
    gc.enable()  # off for a single pass, which makes no garbage; thousands of them do
    from reconciler.system.lock import only_writer
    from reconciler.system.memory import keep_small
    from reconciler.watch import Log, Loop, Watch, obey_signals

    keep_small()
    state = prepared(options.state, options.intents)
    asked = Watch(
        options.intents,
        options.node,
        options.ovs_rundir,
        options.audit,
        options.allow_deletes,
        state,
        options.confirm or 0.0,
        options.verify,
    )
    with only_writer():
        log = Log()
        loop = Loop(asked, log)
        obey_signals(loop)
        with _observed(loop, options.metrics, log):
            loop.run()
    return 0


@contextmanager
def _observed(loop: "Loop", address: tuple[str, int] | None, log: "Log") -> Iterator[None]:
    """Answer scrapers and probes; where that is refused, the node is kept without."""
    from reconciler.system.http import serving
    from reconciler.watch import pages

    with ExitStack() as stack:
        if address:
            try:
                stack.enter_context(serving(address, pages(loop)))
            except NodeError as error:
                log.say("warn", f"no metrics: {error}")
        yield


def prepared(state: Path, intents: Path) -> Path:
    """The state folder, made if it is not there. NodeError when that is refused, or its files would be intents."""
    if state.resolve().is_relative_to(intents.resolve()):
        raise NodeError(f"{state}: lies in the folder of intents, {intents}: name another folder with --state")
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NodeError(f"{state}: {error.strerror}: name another folder with --state") from None
    return state


def rollback(options: Options, progress: Progress) -> int:
    """Put the state before back, by the loop if one runs, and mark the newest bad until the intents change."""
    from reconciler.watch.history import History

    history = History(options.state)
    good = history.good()
    newest = _on_trial(options) or (good.digest if good else "")
    before = history.good(but=newest)
    if not before:
        raise NodeError(f"{options.state}: no state before the newest: nothing to go back to")
    process = _running(options)
    if not process:
        code = _apply(before.folder, options, progress)
    history.mark_bad(newest, "rolled back by hand")
    if not process:
        return code
    os.kill(process, signal.SIGHUP)
    print(f"{options.node}: process {process} goes back to {before.folder}")
    return 0


def _on_trial(options: Options) -> str:
    """The digest that the loop has applied and not kept yet, if there is one."""
    try:
        return str(_status(options)["trial"] or "")
    except NodeError:
        return ""


def _running(options: Options) -> int | None:
    """The loop that keeps this node: who holds the lock without being it is somebody else, and must not be woken."""
    from reconciler.system.lock import holder

    try:
        process = _status(options)["process"]
    except NodeError:
        return None
    return process if process == holder() else None


def _apply(folder: Path, options: Options, progress: Progress) -> int:
    from reconciler.cli.commands import COMMANDS

    options.intents, options.allow_deletes = folder, True
    return COMMANDS["apply"](options, progress)


def status(options: Options, _: Progress) -> int:
    """Print how the loop left this node, or keeps it; exit code 2 unless it runs and all is well."""
    from reconciler.watch.status_text import as_text

    document = _status(options) | {"process": _running(options)}
    if options.output == "json":
        print(json.dumps(document, indent=2))
    else:
        sys.stdout.writelines(f"{line}\n" for line in as_text(document))
    return 0 if document["process"] and document["state"] == "in sync" else 2


def _status(options: Options) -> dict[str, Any]:
    """What the loop wrote. Raises NodeError when there is nothing that can be read."""
    from reconciler.watch.status import FILE, Status, as_document

    path = options.state / FILE
    advice = "start `reconcile --watch`, or name its folder with --state"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NodeError(f"{path}: {error.strerror}: {advice}") from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"node", "process", "state"} <= document.keys():
        raise NodeError(f"{path}: not a status: {advice}")
    return as_document(Status("")) | document  # that of an older program lacks what is newer
