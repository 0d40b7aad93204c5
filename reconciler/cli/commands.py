"""What each command does. Rooms that a command does not need are not imported for it."""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from reconciler.cli import explaining, watching
from reconciler.cli.loading import load_intents, service_key
from reconciler.cli.progress import Progress
from reconciler.errors import NodeError, ReconcileError

if TYPE_CHECKING:
    from reconciler.desired import Desired
    from reconciler.intents import Intents
    from reconciler.loop import Target
    from reconciler.plan import Plan
    from reconciler.remembered import Remembered

DONE, FAILED, PENDING = 0, 1, 2
"""Exit codes, frozen since 0.1.0: done or in sync, error, changes pending."""

THEN = 0.2
"""Seconds after which a pass that lasts waits for `ovs-ofctl`, and this process has time."""

Options = argparse.Namespace


def apply(options: Options, progress: Progress) -> int:
    """Plan, apply, read back, verify."""
    from reconciler import loop
    from reconciler.reading import look

    with _wanted(options, progress) as wanted:
        machine = wanted.machine(options.ovs_rundir)
        with machine.only_writer():
            progress("reading the node")
            looked = look(machine)
            return _carry_out(loop.serving(wanted, looked, progress), options, progress, beside=wanted.keep)


def release(options: Options, progress: Progress) -> int:
    """Remove everything of ours, and read back that it has gone."""
    from reconciler import loop

    wanted = _wanted(options, progress)
    machine = wanted.machine(options.ovs_rundir)
    options.allow_deletes = True
    with machine.only_writer():
        return _carry_out(loop.released(wanted.name, machine), options, progress)


def _carry_out(
    target: "Target", options: Options, progress: Progress, beside: Callable[[], None] = lambda: None
) -> int:
    """Make the plan, print it and carry it out; what is to be done `beside` may be done while other programs work."""
    from reconciler import loop
    from reconciler.plan_text import done

    plan = loop.plan(target, progress)
    if not (options.allow_deletes or target.allow_deletes):
        plan.refuse_mass_delete()
    _print_changes(plan, options)
    with _meanwhile(beside):
        unflushed = loop.carry_out(plan, target, progress)
    _print_notes(unflushed, options)
    _print_end(dataclasses.replace(plan, notes=(*plan.notes, *unflushed)), options, done(plan))
    return DONE


@contextmanager
def _meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Work that is done beside the block, if that lasts, by the time that other programs have got theirs."""
    timer = Timer(THEN, work)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def check(options: Options, progress: Progress) -> int:
    """Print the plan, and touch nothing."""
    from reconciler.plan_text import summary

    with _wanted(options, progress) as wanted:
        plan = _planned(wanted, options, progress)
    _print_changes(plan, options)
    _print_end(plan, options, summary(plan))
    if options.forge:
        from reconciler.cli.annotations import pending

        _print_lines(pending(plan))
    return DONE if plan.in_sync else PENDING


def _planned(wanted: "Remembered", options: Options, progress: Progress) -> "Plan":
    """What is to be done; without compiling and comparing where the same was found to be in sync before."""
    from reconciler.reading import look

    progress("reading the node")
    looked = look(wanted.machine(options.ovs_rundir))
    if wanted.agreed and wanted.known(looked.facts) == looked.actual.texts:
        return wanted.agreed.plan
    from reconciler import loop

    plan = loop.plan(loop.serving(wanted, looked, progress), progress)
    if plan.in_sync:
        wanted.agree(looked.facts, looked.actual, plan)
    return plan


def validate(options: Options, progress: Progress) -> int:
    """Load the intents and compile them for every node."""
    from reconciler.desired import compile_node
    from reconciler.facts import symbolic
    from reconciler.intents import load

    progress("loading the intents")
    intents = load(options.intents)
    for name, node in intents.nodes.items():
        progress(f"compiling for {name}")
        compile_node(intents, name, symbolic(node.spec, intents))
    if options.output == "json":
        _print_json({"valid": True, "nodes": sorted(intents.nodes), "services": sorted(intents.services)})
    elif options.forge == "codequality":
        _print_json([])
    else:
        print(f"{options.intents}: valid: {_count(intents.nodes, 'node')}, {_count(intents.services, 'service')}")
    return DONE


def show(options: Options, progress: Progress) -> int:
    """Print the desired state, one resource a line."""
    from reconciler.plan import in_order

    intents = load_intents(options, progress)
    desired = in_order(_desired(intents, options, options.service and service_key(intents, options.service)).values())
    if options.output == "json":
        _print_json([{"kind": r.kind, "key": r.key, "text": r.text, "intent": str(r.intent)} for r in desired])
    else:
        _print_lines(f"{resource.kind} {resource.text}" for resource in desired)
    return DONE


def _desired(intents: "Intents", options: Options, service: str | None) -> "Desired":
    """On the node with its live facts, and notes; anywhere else names stand for what is not known."""
    from reconciler.advice import notes
    from reconciler.desired import compile_node
    from reconciler.facts import View, symbolic
    from reconciler.platforms import platform

    declared = intents.nodes[options.node]
    try:
        facts = platform(declared.spec, options.ovs_rundir).facts()
    except NodeError as error:
        sys.stderr.write(f"note: not on the node, so names stand for port numbers, MACs and addresses ({error})\n")
        facts = symbolic(declared.spec, intents)
    else:
        sys.stderr.writelines(f"note: {note}\n" for note in notes(View(declared, intents.services, facts)))
    return compile_node(intents, options.node, facts, service)


def schema(options: Options, _: Progress) -> int:
    """Write the JSON Schemas."""
    from reconciler.intents.schema import write

    for path in write(options.into):
        print(path)
    return DONE


def import_kubernetes(options: Options, progress: Progress) -> int:
    """Make intents of what kubectl printed."""
    from reconciler.kubernetes import Bridging, import_into

    progress("reading, converting and checking")
    gateway = options.gateway or ("antrea-gw0" if options.pipeline == "antrea" else "gw0")
    imported = import_into(options.into, options.files, Bridging(options.bridge, gateway, options.pipeline))
    if options.output == "json":
        _print_json(dataclasses.asdict(imported))
        return DONE
    for note in imported.notes:
        sys.stderr.write(f"note: {note}\n")
    _print_lines(f"wrote {path}" for path in imported.written)
    _print_lines(f"removed {path}" for path in imported.removed)
    counts = f"{len(imported.written)} written, {len(imported.removed)} removed, {imported.unchanged} unchanged"
    print(f"{options.into}: {counts}")
    return DONE


def sandbox_up(options: Options, _: Progress) -> int:
    """Build the sandbox."""
    from reconciler import sandbox

    sandbox.up(options.intents, options.name, lambda line: print(line, file=sys.stderr, flush=True))
    return DONE


def sandbox_down(options: Options, _: Progress) -> int:
    """Remove the sandbox."""
    from reconciler import sandbox

    sandbox.down(options.name)
    return DONE


def sandbox_probe(options: Options, _: Progress) -> int:
    """Connect to every service from everywhere."""
    from reconciler import sandbox

    probes = sandbox.probe(options.name)
    print(sandbox.render_json(probes) if options.output == "json" else sandbox.render_text(probes))
    return DONE if sandbox.all_ok(probes) else FAILED


def sandbox_exec(options: Options, _: Progress) -> int:
    """Become a command inside the sandbox."""
    from reconciler import sandbox

    argv = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not argv:
        raise ReconcileError("no command: give one after `--`")
    sandbox.execute(options.name, options.target, argv)


COMMANDS: Mapping[str, Callable[[Options, Progress], int]] = {
    "apply": apply,
    "check": check,
    "release": release,
    "validate": validate,
    "show": show,
    "explain": explaining.explain,
    "schema": schema,
    "rollback": watching.rollback,
    "status": watching.status,
    "watch": watching.watch,
    "import_kubernetes": import_kubernetes,
    "sandbox_up": sandbox_up,
    "sandbox_down": sandbox_down,
    "sandbox_probe": sandbox_probe,
    "sandbox_exec": sandbox_exec,
}


def _wanted(options: Options, progress: Progress) -> "Remembered":
    from reconciler.remembered import Remembered

    progress("loading the intents")
    return Remembered(options.intents, options.node, options.cache)


def _print_changes(plan: "Plan", options: Options) -> None:
    """The notes and changes of a plan, before anything is done; JSON waits for the end."""
    from reconciler.plan_text import as_text

    _print_notes(plan.notes, options)
    if options.output == "text":
        _print_lines(as_text(plan, colour=_colour()))
        sys.stdout.flush()


def _print_notes(notes: Iterable[str], options: Options) -> None:
    if options.output == "text":
        sys.stderr.writelines(f"note: {note}\n" for note in notes)


def _print_end(plan: "Plan", options: Options, last: str) -> None:
    """What has come of it."""
    from reconciler.plan import as_json

    print(as_json(plan) if options.output == "json" else last)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _print_lines(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=2))


def _count(of: Mapping[str, object], noun: str) -> str:
    return f"{len(of)} {noun}" + ("" if len(of) == 1 else "s")
