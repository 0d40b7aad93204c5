"""Keeps one node right: the last good intents, and one pass at a time."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import monotonic, perf_counter, time

from reconciler import loop
from reconciler.errors import IntentError, ReconcileError, VerifyError
from reconciler.intents import Intents, load
from reconciler.intents.files import contents, shown
from reconciler.plan import Plan
from reconciler.watch.history import History
from reconciler.watch.interest import Interest, interest
from reconciler.watch.report import Report, counted

ONLY_LINUX = "is no Linux node, and --watch keeps only those: run `reconcile` there by a scheduler"


class Keeper:
    """What is known between two passes; `faults` are those of the newest intents, which are not used then."""

    def __init__(self, folder: Path, node: str, rundir: str, history: History, *, allow_deletes: bool) -> None:
        self._folder, self._node, self._rundir, self._history = folder, node, rundir, history
        self._allow_deletes = allow_deletes
        self._seen = ("", False)
        """Digest of the newest content, and whether it is marked bad."""
        self.loaded = self._applied = ""
        """Digests of the last good content, and of the one that a pass applied last."""
        self._returning = False
        """Whether a state that was applied before is put back: it may delete as much as it takes."""
        self._files: Mapping[str, str] = {}
        """The last good content, until it is kept."""
        self._edited: float | None = None
        """When the oldest change was heard of that is loaded and not applied."""
        self.intents: Intents | None = None
        self.faults: tuple[str, ...] = ()
        self.interest = Interest()
        self._flushed = ""
        """Digest of the content that the last flush of UDP connections was for; empty when it is due again."""

    @property
    def pending(self) -> bool:
        """Whether intents were loaded that no pass has applied yet."""
        return self._applied != self.loaded

    def reload(self, heard: float | None = None) -> bool:
        """Whether the folder's content changed; if so it is read, and the last good intents stay if it is faulty.

        `heard` is when its first event came, by the monotonic clock.
        """
        try:
            files = files_of(self._folder)
        except IntentError as error:
            changed = self.faults != error.faults
            self.faults, self._seen = error.faults, ("", False)
            return changed
        digest, bad = digest_of(files), self._history.bad()
        if (digest, digest in bad) == self._seen:
            return False
        self._seen = (digest, digest in bad)
        if digest in bad:
            self._fall_back(bad[digest])
        else:
            self._load(self._folder, digest, heard)
            self._files = {} if self.faults else files
        return True

    def keep(self, revision: str) -> None:
        """Remember the applied intents as a state to go back to."""
        if self._files:
            self._history.keep(self._files, self.loaded, revision, time())
            self._files = {}

    def _fall_back(self, reason: str) -> None:
        """Put the state before a bad one in its place."""
        good = self._history.good()
        if good and good.digest != self.loaded:
            self._load(good.folder, good.digest, None)
            self._returning = True
        before = "the state before is applied" if good else "there is no state before, so it stays"
        self.faults = self.faults or (f"{self._folder}: {reason}: {before}; change the intents to go on",)

    def _load(self, folder: Path, digest: str, heard: float | None) -> None:
        try:
            intents = load(folder)
            if self._node not in intents.nodes:
                raise IntentError([f"{self._folder}: no Node {self._node}: there are {', '.join(intents.nodes)}"])
            if intents.nodes[self._node].spec.platform != "linux":
                raise IntentError([f"{intents.nodes[self._node].origin}: Node {self._node} {ONLY_LINUX}"])
        except IntentError as error:
            self.faults = error.faults
        else:
            self.intents, self.faults, self.loaded = intents, (), digest
            self._edited = (self._edited or heard) if self.pending else None

    def run(self, reasons: frozenset[str]) -> Report:
        """One pass over the last good intents."""
        begun = perf_counter()
        try:
            plan, drift = self._pass()
        except ReconcileError as error:
            seconds, lines = perf_counter() - begun, tuple(error.lines())
            undone = error.objects if isinstance(error, VerifyError) else ()
            return Report(time(), seconds, reasons, "failed", errors=lines, failure=error.kind(), undone=undone)
        if plan.in_sync:
            seconds, reaction = perf_counter() - begun, self._reaction()
            return Report(time(), seconds, reasons, "in sync", reaction=reaction, notes=plan.notes)
        return Report(
            time(),
            perf_counter() - begun,
            reasons,
            "repaired" if drift else "applied",
            counted(plan),
            plan.objects if drift else (),
            reaction=self._reaction(),
            notes=plan.notes,
        )

    def _reaction(self) -> float | None:
        """Seconds since the change was heard of that has been applied now."""
        edited, self._edited = self._edited, None
        return None if edited is None else monotonic() - edited

    def _pass(self) -> tuple[Plan, bool]:
        """The plan that was carried out, and whether it was drift: the intents are those of the pass before."""
        if self.intents is None:
            raise IntentError(self.faults)
        target = loop.serving(self.intents, self._node, self._rundir, silent)
        self.interest = interest(target.desired.values(), self.intents.nodes[self._node].spec.virtual_ips)
        plan = loop.plan(target, silent)
        if not (self._allow_deletes or self._returning or target.allow_deletes):
            plan.refuse_mass_delete()
        plan = self._carry_out(plan, target)
        drift, self._returning = not self.pending, False
        self._applied = self.loaded
        return plan, drift

    def _carry_out(self, plan: Plan, target: loop.Target) -> Plan:
        """The plan with what was not flushed; a pass without changes looks at conntrack only when it must."""
        if plan.in_sync and self._flushed == self.loaded:
            return plan
        self._flushed = ""
        unflushed = loop.carry_out(plan, target, silent)
        self._flushed = "" if unflushed else self.loaded
        return replace(plan, notes=(*plan.notes, *unflushed))


def files_of(folder: Path) -> dict[str, str]:
    """The text of every file below a folder, by its path there. Raises IntentError when the folder cannot be read."""
    above = f"{shown(folder)}/"
    return {name.removeprefix(above): str(text) for name, text in contents(folder)}


def digest_of(files: Mapping[str, str]) -> str:
    """What tells two contents of a folder apart."""
    digest = sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{text}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()


def silent(_: str) -> None:
    """Progress that nobody reads: a pass of the loop takes no time that a person waits for."""
