"""The command `explain --diff`: the intents now against those of a commit."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.cli.loading import service_key
from reconciler.cli.progress import Progress
from reconciler.errors import IntentError

if TYPE_CHECKING:
    from reconciler.explain.review import Review
    from reconciler.intents import Declared, Intents
    from reconciler.intents.models import M

Options = argparse.Namespace


def review(options: Options, progress: Progress) -> int:
    """Print what the intents change since a revision; exit code 2 if anything."""
    from reconciler.cli.commands import DONE, PENDING
    from reconciler.explain.review import review as compare
    from reconciler.intents import Intents, load
    from reconciler.system.git import commit_of

    progress("loading the intents")
    after = load(options.intents)
    commit = commit_of(options.intents, options.diff)
    progress(f"loading the intents of {options.diff}")
    before = _before(options.intents, options.diff, commit)
    either = Intents(after.nodes, dict(sorted({**before.services, **after.services}.items())))
    found = compare(before, after, options.service and service_key(either, options.service))
    _print(found, options, commit)
    return DONE if found.unchanged else PENDING


def _before(folder: Path, revision: str, commit: str) -> "Intents":
    """The intents of a commit; none where it has no folder of intents, or an empty one."""
    from reconciler.intent_files import contents
    from reconciler.intents import Intents, load
    from reconciler.system.git import write_folder

    with TemporaryDirectory(prefix="reconcile-") as scratch:
        then = write_folder(folder, commit, Path(scratch))
        if not (then.is_dir() and any(contents(then))):
            return Intents({}, {})
        try:
            return _named(load(then), scratch, revision)
        except IntentError as error:
            raise IntentError([_as_git_names(fault, scratch, revision) for fault in error.faults]) from None


def _named(intents: "Intents", scratch: str, revision: str) -> "Intents":
    """The same, with places as git names them."""
    from reconciler.intents import Intents

    def named(each: "Declared[M]") -> "Declared[M]":
        file = _as_git_names(each.origin.file, scratch, revision)
        return replace(each, origin=replace(each.origin, file=file))

    return Intents(
        {name: named(each) for name, each in intents.nodes.items()},
        {key: named(each) for key, each in intents.services.items()},
    )


def _as_git_names(text: str, scratch: str, revision: str) -> str:
    return text.replace(f"{scratch}/", f"{revision}:").replace(scratch, f"{revision}:")


def _print(found: "Review", options: Options, commit: str) -> None:
    from reconciler.explain.review.documents import document
    from reconciler.explain.review.text import as_text, summary
    from reconciler.plan_text import coloured

    if options.output == "json":
        print(json.dumps({"revision": options.diff, "commit": commit, **document(found)}, indent=2))
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.writelines(f"{coloured(line) if colour else line}\n" for line in as_text(found))
    print(f"since {options.diff} ({commit[:12]}): {summary(found)}")
