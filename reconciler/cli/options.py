"""Every option, its environment variable and its help."""

import argparse
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from reconciler import __version__

DESCRIPTION = """\
Make the services of a folder of intents work on an Open vSwitch node.

Without a command: plan, apply, read back and verify. Everything that is applied carries the tag 0x520, and nothing
without it is ever changed or removed.
"""

EPILOG = """\
exit codes:
  0  done; with --check: in sync; for probe: every service answered; for explain: every path is whole
  1  error: what, where and what to do next is on standard error; with bad intents nothing was changed
  2  with --check: changes are pending; for status: the loop is not running, or not all is well; for explain: a path is
     broken, or with --diff another one

environment:
  RECONCILE_INTENTS, RECONCILE_NODE, RECONCILE_OUTPUT, RECONCILE_STATE, RECONCILE_METRICS, RECONCILE_AUDIT,
  RECONCILE_CONFIRM, RECONCILE_VERIFY, RECONCILE_OVS_RUNDIR, RECONCILE_ALLOW_DELETES=1, RECONCILE_VERBOSE=1
              as the options of these names, which win
  RECONCILE_CACHE
              folder in which a run remembers what it compiled, and that it found the node so, for the next run
              over the same files; or off
              (default: /var/cache/reconcile for root, else ~/.cache/reconcile)
  OVS_RUNDIR  as --ovs-rundir, and as for ovs-vsctl
  NO_COLOR    no colour, also on a terminal

examples:
  reconcile validate                    in a pull request: needs neither root nor Open vSwitch
  reconcile --check                     on a node: what would change, and exit code 2 if anything would
  reconcile                             apply it
  reconcile --watch                     apply it, and keep it so
  reconcile show shop/web               the flows, groups and set entries of one service
  reconcile explain shop/web            why it answers, or does not: every step, proven on the live node
  reconcile explain --diff origin/main  for a reviewer: which endpoints and paths of which service change
  reconcile sandbox up                  build the intents' nodes and pods in namespaces, to try it all
"""

FORMS = ("text", "json", "github", "codequality", "svg", "html")
METRICS = "127.0.0.1:9520"
STATUS = ("--state", "--output")
RUNDIR = "C:/openvswitch/var/run/openvswitch" if os.name == "nt" else "/var/run/openvswitch"
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class PrintCompletion(argparse.Action):
    """Prints a completion script made of the parser itself."""

    def __call__(
        self, parser: argparse.ArgumentParser, _namespace: object, values: object, _option: object = None
    ) -> None:
        """Print and exit."""
        import shtab  # noqa: PLC0415  (a twentieth of a second that no other command needs)

        for action in parser._actions:
            if action.type is Path:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        sys.stdout.write(f"{shtab.complete(parser, str(values))}\n")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """A parser whose own errors end with exit code 1: 2 means that changes are pending."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the help is."""
        self.exit(1, f"error: {message}: see `{self.prog} --help`\n")


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(prog="reconcile", description=DESCRIPTION, epilog=EPILOG, formatter_class=_form)
    top.set_defaults(command="apply", check=False, watch=False, **_defaults())
    top.add_argument("--version", action="version", version=f"reconcile {__version__}")
    top.add_argument(
        "--print-completion",
        choices=("bash", "zsh", "tcsh"),
        action=PrintCompletion,
        help="print the completion script of a shell, and exit",
    )
    top.add_argument(
        "--check",
        action="store_true",
        help="touch nothing: print the plan; exit code 0 in sync, 2 changes pending",
    )
    top.add_argument(
        "--watch",
        action="store_true",
        help="stay, and keep the node right: after every change of the intents, and after every drift",
    )
    _options(top, *OPTIONS)
    _commands(top.add_subparsers(title="commands", metavar="COMMAND"))
    return top


def _form(prog: str) -> argparse.HelpFormatter:
    # One width for every terminal, so that the README can show the very text.
    return argparse.RawDescriptionHelpFormatter(prog, width=110)


def _defaults() -> dict[str, object]:
    environment = os.environ.get
    return {
        "intents": Path(environment("RECONCILE_INTENTS") or "intents"),
        "node": environment("RECONCILE_NODE") or socket.gethostname().partition(".")[0].lower(),
        "output": environment("RECONCILE_OUTPUT") or "text",
        "allow_deletes": environment("RECONCILE_ALLOW_DELETES", ""),
        "ovs_rundir": environment("RECONCILE_OVS_RUNDIR") or environment("OVS_RUNDIR") or RUNDIR,
        "audit": None,
        "confirm": None,
        "verify": None,
        "metrics": environment("RECONCILE_METRICS") or METRICS,
        "state": Path(environment("RECONCILE_STATE") or "/var/lib/reconcile"),
        "verbose": environment("RECONCILE_VERBOSE", ""),
        "cache": _cache(environment("RECONCILE_CACHE")),
    }


def _cache(named: str | None) -> Path | None:
    """The folder in which a run remembers what it compiled; None for `off`, and on Windows."""
    if named == "off" or os.name != "posix":
        return None
    if named or os.geteuid() == 0:
        return Path(named or "/var/cache/reconcile")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconcile"


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--intents": {"type": Path, "metavar": "DIR", "help": "folder of intents (default: ./intents)"},
    "--node": {"metavar": "NAME", "help": "the Node to act as (default: the host name)"},
    "--output": {
        "choices": FORMS,
        "help": "form of what is printed (default: text); for reviewers: github, codequality; of explain: svg, html",
    },
    "--allow-deletes": {"action": "store_true", "help": "apply a plan that deletes more than 30 %% of what we own"},
    "--ovs-rundir": {
        "metavar": "DIR",
        "help": "where Open vSwitch keeps its sockets (default: $OVS_RUNDIR, or /var/run/openvswitch)",
    },
    "--audit": {
        "type": float,
        "metavar": "SECONDS",
        "help": "with --watch: look at everything this often, whatever happens (default: 60)",
    },
    "--confirm": {
        "type": float,
        "metavar": "SECONDS",
        "help": "with --watch: new intents must be seen to work within this time, or the state before is put back",
    },
    "--verify": {
        "metavar": "COMMAND",
        "help": "with --confirm: what must succeed (default: this node reaches every TCP service)",
    },
    "--state": {
        "type": Path,
        "metavar": "DIR",
        "help": "where the loop keeps its status, and the states that it applied (default: /var/lib/reconcile)",
    },
    "--metrics": {
        "metavar": "HOST:PORT",
        "help": f"with --watch: where /metrics, /healthz and /readyz answer, or off (default: {METRICS})",
    },
    "--verbose": {"action": "store_true", "help": "say each phase on standard error, not only those over a second"},
}


def _options(to: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        # SUPPRESS, so that an option before a command is not undone by the default of the same option after it.
        flags = ("-v", name) if name == "--verbose" else (name,)
        to.add_argument(*flags, default=argparse.SUPPRESS, **OPTIONS[name])


def _commands(commands: Commands) -> None:
    node = ("--intents", "--node", "--output", "--ovs-rundir", "--verbose")
    _command(
        commands,
        "validate",
        "check the intents and compile them for every node; needs neither root nor Open vSwitch",
        ("--intents", "--output", "--verbose"),
    )
    show = _command(commands, "show", "print the desired state of a node, one resource a line", node)
    show.add_argument("service", nargs="?", metavar="SERVICE", help="only what this service asks for: NAMESPACE/NAME")
    _explain(_command(commands, "explain", "prove every step of a service's packets on the live node", node))
    _command(commands, "release", "remove everything of ours from this node, and nothing else", node)
    back = "put the state before the newest back, and keep it until the intents change"
    _command(commands, "rollback", back, (*STATUS, "--node", "--ovs-rundir", "--verbose"))
    _command(commands, "status", "print how the loop keeps this node; exit code 2 unless all is well", STATUS)
    schema = _command(commands, "schema", "write the JSON Schemas of the intents, for editors")
    schema.add_argument("--into", type=Path, default=Path("schemas"), metavar="DIR", help="folder (default: ./schemas)")
    summary = "make intents of what another tool knows: kubernetes"
    sources = commands.add_parser("import", help=summary, description=_sentence(summary), formatter_class=_form)
    _import(sources.add_subparsers(title="commands", metavar="COMMAND", required=True))
    summary = "private nodes to try intents on, in namespaces of this machine: up, down, exec, probe"
    sandbox = commands.add_parser("sandbox", help=summary, description=f"{_sentence(summary)}", formatter_class=_form)
    _sandbox(sandbox.add_subparsers(title="commands", metavar="COMMAND", required=True))


def _explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("service", nargs="?", metavar="SERVICE", help="NAMESPACE/NAME")
    explain.add_argument("--all", action="store_true", help="every service, as a table, what is broken first")
    explain.add_argument(
        "--from",
        dest="client",
        metavar="CLIENT",
        help="node, a pod's address or port, or any address (default: one of every kind of client on this node)",
    )
    explain.add_argument("--endpoint", metavar="IP", help="only the way to this endpoint")
    explain.add_argument(
        "--diff",
        metavar="REVISION",
        help="what the intents change since a revision of their git repository; needs neither root nor Open vSwitch",
    )


def _import(commands: Commands) -> None:
    summary = "make intents of what `kubectl get nodes,services,endpointslices -A -o yaml` printed"
    kubernetes = _command(commands, "kubernetes", summary, ("--output", "--verbose"))
    kubernetes.set_defaults(command="import_kubernetes")
    kubernetes.add_argument("files", nargs="+", metavar="FILE", help="YAML or JSON of kubectl; - is standard input")
    kubernetes.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="folder; in it only files that an import wrote change"
    )
    kubernetes.add_argument("--bridge", default="br-int", metavar="NAME", help="bridge of every node (default: br-int)")
    kubernetes.add_argument(
        "--gateway",
        metavar="NAME",
        help="gateway interface of every node (default: gw0, with --pipeline antrea antrea-gw0)",
    )
    kubernetes.add_argument(
        "--pipeline",
        choices=("standalone", "antrea"),
        default="standalone",
        help="who else programs the bridges (default: standalone)",
    )


def _sandbox(commands: Commands) -> None:
    up = _command(
        commands, "up", "build the intents' nodes and pods in namespaces, each node with its own OVS", ("--intents",)
    )
    down = _command(commands, "down", "remove everything of a sandbox, also after a crash")
    probe = _command(
        commands, "probe", "connect from every node and a pod on each to every VIP and port", ("--output",)
    )
    execute = _command(commands, "exec", "run a command on a node or in a pod of a sandbox")
    for each in (up, down, probe, execute):
        each.set_defaults(command=f"sandbox_{each.get_default('command')}")
        each.add_argument("--name", default="sandbox", help="name of the sandbox (default: sandbox)")
    execute.add_argument(
        "target", metavar="TARGET", help="a node's name, NODE/client for its client pod, or a pod's address"
    )
    execute.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD", help="the command, after `--`")


def _command(commands: Commands, name: str, summary: str, options: Sequence[str] = ()) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=_sentence(summary), formatter_class=_form)
    parser.set_defaults(command=name)
    _options(parser, *options)
    return parser


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."
