"""The command `explain --diff`: the intents now against those of a commit."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.loading import service_key
from reconciler.cli.progress import Progress
from reconciler.intent_files import shown

if TYPE_CHECKING:
    from reconciler.explain.review import Review
    from reconciler.intents import Intents
    from reconciler.system.git.objects import Git

Options = argparse.Namespace


def review(options: Options, progress: Progress) -> int:
    """Print what the intents change since a revision; exit code 2 if anything."""
    from reconciler.cli.commands import DONE, PENDING
    from reconciler.explain.review import review as compare
    from reconciler.intents import Intents, load
    from reconciler.system.git.objects import opened

    progress("loading the intents")
    after = load(options.intents)
    with opened(options.intents) as git:
        commit = git.commit(options.diff)
        progress(f"loading the intents of {options.diff}")
        before = _before(git, options, commit)
    either = Intents(after.nodes, dict(sorted({**before.services, **after.services}.items())))
    found = compare(before, after, options.service and service_key(either, options.service))
    _print(found, options, commit)
    return DONE if found.unchanged else PENDING


def _before(git: "Git", options: Options, commit: str) -> "Intents":
    """The intents of a commit, called as git does; none where it has no folder of intents, or an empty one."""
    from reconciler.intents import Intents
    from reconciler.intents.load import load_files
    from reconciler.system.git.commits import intents_at

    above = shown(f"{options.diff}:{git.prefix}")
    files = [(f"{above}{path}", text) for path, text in intents_at(git, commit, options.intents)]
    return load_files(Path(above), files) if files else Intents({}, {})


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
