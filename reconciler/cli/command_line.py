"""A command line as options: what argparse cannot know, since it is about several options, or within one."""

import argparse
import shlex
from collections.abc import Sequence

from reconciler.cli.options import FORMS, METRICS, Parser, parser

FORGES = {"github": ("validate", "--check"), "codequality": ("validate",)}
"""Forms for those who review intents, and what they go with."""
LONGEST = 86_400
"""Seconds that an option may ask for."""


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options of a command line, with their defaults from the environment."""
    top = parser()
    options = top.parse_args(argv)
    if options.check and options.command != "apply":
        top.error("--check goes without a command")
    if options.output not in FORMS:
        top.error(f"RECONCILE_OUTPUT is {options.output!r}: give one of {', '.join(FORMS)}")
    if options.watch and (options.check or options.command != "apply"):
        top.error("--watch goes without a command, and without --check")
    options.forge = _forge(options, top)
    options.output = "text" if options.forge else options.output
    options.metrics = _address(options.metrics, top)
    options.verify = _confirmed(options, top)
    options.command = "check" if options.check else "watch" if options.watch else options.command
    return options


def _forge(options: argparse.Namespace, top: Parser) -> str:
    """Whose reviewers are shown the faults besides the text; empty for nobody's."""
    fit = FORGES.get(options.output, ())
    if fit and ("--check" if options.check else options.command) not in fit:
        top.error(f"--output {options.output} goes with {' and '.join(fit)}")
    return options.output if fit else ""


def _address(text: str, top: Parser) -> tuple[str, int] | None:
    """HOST:PORT as both, None for `off`."""
    host, _, port = text.rpartition(":")
    if text == "off":
        return None
    if not (host and port.isdecimal() and int(port) < 1 << 16):
        top.error(f"--metrics is {text!r}: give HOST:PORT like {METRICS}, or off")
    return host.strip("[]"), int(port)


def _confirmed(options: argparse.Namespace, top: Parser) -> tuple[str, ...]:
    """The words of --verify; its quotes are a shell's, and no shell sees them."""
    for name, seconds in (("--audit", options.audit), ("--confirm", options.confirm)):
        if seconds is not None and not 0 < seconds <= LONGEST:
            top.error(f"{name} is {seconds:g}: give seconds above 0, and at most {LONGEST}")
    if options.confirm and not options.watch:
        top.error("--confirm goes with --watch")
    if options.verify and not options.confirm:
        top.error("--verify goes with --confirm")
    try:
        return tuple(shlex.split(options.verify))
    except ValueError as error:
        top.error(f"--verify is {options.verify!r}: {str(error).lower()}: close it")
