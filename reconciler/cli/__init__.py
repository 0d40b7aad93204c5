"""The composition root: the command line, its exit codes, and what it prints."""

import gc
import os
import sys
from collections.abc import Sequence
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import NoReturn

INTERRUPTED = 130
"""As a shell reports a program that Ctrl-C has ended."""
UNREAD = 141
"""As a shell reports a program that the reader of its output has left (SIGPIPE)."""


def run() -> NoReturn:
    """The program: one command line, and the process ends."""
    # A pass makes up to a million objects and no garbage: looking for some costs a quarter of a large pass, and the
    # interpreter's own end would take them apart one by one.
    gc.disable()
    os._exit(_told())


def _told() -> int:
    """The exit code of a command line, all of whose output has gone out."""
    _open_output()
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted: run it again, and it goes on from where things are\n")
        return INTERRUPTED
    except BrokenPipeError:
        return UNREAD
    except OSError as error:
        from reconciler.cli.commands import FAILED

        # An error of a file has its name; one of the output has none.
        what = error.filename or "cannot print, so see what was done with --check"
        sys.stderr.write(f"error: {what}: {error.strerror}\n")
        return FAILED
    return code


def _open_output() -> None:
    # A process whose standard output was closed has none at all.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (open until the end)
    if isinstance(sys.stdout, TextIOWrapper):
        # Under PYTHONUNBUFFERED each line would be a call of the system, and what one call leaves over would be lost.
        if isinstance(sys.stdout.buffer, FileIO):
            sys.stdout = open(sys.stdout.fileno(), "w", encoding=sys.stdout.encoding, closefd=False)  # noqa: SIM115
        # A foreign object's text may hold bytes that are no text.
        sys.stdout.reconfigure(errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done or in sync, 1 error, 2 changes pending."""
    # Here, so that who interrupts a program that has hardly begun is told no more than who does it later.
    from reconciler.cli.command_line import parse
    from reconciler.cli.commands import COMMANDS, FAILED
    from reconciler.cli.progress import Progress
    from reconciler.errors import IntentError, ReconcileError

    options = parse(argv)
    try:
        with Progress(verbose=options.verbose) as progress:
            return COMMANDS[options.command](options, progress)
    except ReconcileError as error:
        # A fault in an intent begins with its place, as compilers do, so that editors and CI can follow it.
        prefix = "" if isinstance(error, IntentError) else "error: "
        for line in error.lines():
            sys.stderr.write(f"{prefix}{line}\n")
        if options.forge:
            from reconciler.cli.annotations import FORGES

            sys.stdout.writelines(f"{line}\n" for line in FORGES[options.forge](error.lines()))
        return FAILED
