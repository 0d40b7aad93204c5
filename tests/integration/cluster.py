"""A sandbox as the tests of this folder use it."""

import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from reconciler import sandbox

INTENTS = Path(__file__).parent / "intents"
CLIENT = Path(__file__).parent / "client.py"
RECONCILE = (sys.executable, "-m", "reconciler.cli")

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A sandbox, and a folder of intents that a test may change."""

    name: str
    intents: Path
    source: Path = INTENTS
    """What the folder is put back to."""
    nodes: tuple[str, ...] = ("worker-1", "worker-2")

    def run(self, target: str, *argv: str, stdin: str = "") -> Done:
        done = sandbox.run_in(self.name, target, argv, stdin)
        # A phase that takes over a second says so, which on a busy machine is any.
        said = [line for line in done.stderr.splitlines(keepends=True) if not line.endswith(" ...\n")]
        return Done(done.args, done.returncode, done.stdout, "".join(said))

    def must(self, target: str, *argv: str, stdin: str = "") -> str:
        done = self.run(target, *argv, stdin=stdin)
        assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
        return done.stdout

    def reconcile(self, *arguments: str, node: str = "worker-1") -> Done:
        return self.run(node, *RECONCILE, "--intents", str(self.intents), *arguments)

    def apply(self, *arguments: str, node: str = "worker-1") -> str:
        done = self.reconcile(*arguments, node=node)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, client: str, ip: str, port: int, count: int = 4, protocol: str = "tcp") -> Counter[str]:
        """Who answered, how often; a failure counts under its own words."""
        answers = self.must(client, sys.executable, str(CLIENT), protocol, ip, str(port), str(count))
        return Counter(answers.splitlines())

    def fresh(self) -> None:
        """Put back the intents, and take everything of ours off the nodes."""
        self.restore()
        for node in self.nodes:
            done = self.reconcile("release", node=node)
            assert done.returncode == 0, done.stderr

    def restore(self) -> None:
        """Put back the intents."""
        shutil.rmtree(self.intents)
        shutil.copytree(self.source, self.intents)

    def serve(self) -> None:
        """Apply the intents on the nodes."""
        for node in self.nodes:
            self.apply(node=node)

    def write(self, name: str, text: str) -> None:
        (self.intents / name).write_text(text)
