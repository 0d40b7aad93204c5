"""A command line as options: what argparse cannot know, since it is about several options, or within one."""

import argparse
import os
import shlex
from collections.abc import Mapping, Sequence

from reconciler.cli.explaining import misasked
from reconciler.cli.options import FORMS, METRICS, Parser, parser

FORGES = {"github": ("validate", "--check"), "codequality": ("validate",)}
"""Forms for those who review intents, and what they go with."""
PICTURES = {"svg": ("explain",), "html": ("explain",)}
FITTING = {**FORGES, **PICTURES}
LONGEST = 86_400
"""Seconds that an option may ask for."""
OF_THE_LOOP: Mapping[str, float | str | None] = {"audit": 60.0, "confirm": None, "verify": ""}
"""Options that go with --watch, and what they are when nobody says. Their variables are not heeded without it."""
SWITCHES = ("allow_deletes", "verbose")


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
    for name in SWITCHES:
        setattr(options, name, _switch(name, getattr(options, name), top))
    if options.command == "explain" and (wrong := misasked(options)):
        top.error(wrong)
    options.forge = _forge(options, top)
    options.output = "text" if options.forge else options.output
    options.metrics = _address(options.metrics, top)
    _say_the_loop(options, top)
    options.verify = _confirmed(options, top)
    options.command = "check" if options.check else "watch" if options.watch else options.command
    return options


def _switch(name: str, value: bool | str, top: Parser) -> bool:  # noqa: FBT001  (what argparse has set)
    """A switch as its option or its variable has it; `false` in a variable must not switch it on."""
    if value not in (True, "", "0", "1"):
        top.error(f"{_variable(name)} is {value!r}: give 1 or 0")
    return value in (True, "1")


def _variable(name: str) -> str:
    return f"RECONCILE_{name.upper()}"


def _say_the_loop(options: argparse.Namespace, top: Parser) -> None:
    """Give the options of the loop that the command line left out."""
    for name, otherwise in OF_THE_LOOP.items():
        if getattr(options, name) is None:
            text = os.environ.get(_variable(name), "") if options.watch else ""
            setattr(options, name, _read(name, text, top) if text else otherwise)


def _read(name: str, text: str, top: Parser) -> float | str:
    if name == "verify":
        return text
    try:
        return float(text)
    except ValueError:
        top.error(f"{_variable(name)} is {text!r}: give seconds above 0, and at most {LONGEST}")


def _forge(options: argparse.Namespace, top: Parser) -> str:
    """Whose reviewers are shown the faults besides the text; empty for nobody's."""
    fit = FITTING.get(options.output, ())
    if fit and ("--check" if options.check else options.command) not in fit:
        top.error(f"--output {options.output} goes with {' and '.join(fit)}")
    return options.output if options.output in FORGES else ""


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
