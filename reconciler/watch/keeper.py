"""Keeps one node right: the last good intents, and one pass at a time."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter, time

from reconciler import loop
from reconciler.apply import Progress
from reconciler.errors import ConflictError, IntentError, ReconcileError, RefusedError, VerifyError
from reconciler.intent_files import shown
from reconciler.intents import Intents, load
from reconciler.intents.folder import Edit, Folder
from reconciler.intents.readings import FileReading
from reconciler.loop import Target
from reconciler.plan import Plan
from reconciler.system.writers import is_written
from reconciler.watch.echo import Echo
from reconciler.watch.history import Applied, History
from reconciler.watch.interest import Interest
from reconciler.watch.known import Known
from reconciler.watch.report import Report, Result, counted

CarryOut = Callable[[Plan, Target, Progress], tuple[str, ...]]

EDITED = frozenset(("intents", "trial"))
"""Reasons for a pass that say nothing of the node."""
ONLY_LINUX = "is no Linux node, and --watch keeps only those: run `reconcile` there by a scheduler"


class Keeper:
    """What is known between two passes; `faults` are those of the newest intents, which are not used then."""

    def __init__(self, folder: Path, node: str, rundir: str, history: History, *, allow_deletes: bool) -> None:
        self._folder, self._node, self._history = Folder(folder, is_written), node, history
        self._known, self.echo = Known(node, rundir), Echo()
        self._allow_deletes = allow_deletes
        self._seen = ("", False)
        """Digest of the newest content, and whether it is marked bad."""
        self.loaded = self._applied = ""
        """Digests of the last good content, and of the one that the node is as; empty when a pass stopped half-way."""
        self._returning = False
        """Whether a state that was applied before is put back: it may delete as much as it takes."""
        self._unkept: Mapping[str, FileReading] = {}
        """The last good content, until it is kept."""
        self._edited: float | None = None
        """When the oldest change was heard of that is loaded and not applied."""
        self.intents: Intents | None = None
        self.endpoints = 0
        """How many there are in the intents."""
        self.faults: tuple[str, ...] = ()
        self.interest = Interest()
        self._flushed = ""
        """Digest of the content that the last flush of UDP connections was for; empty when it is due again."""
        self.looked = False
        """Whether the last pass read the whole node, or tried to."""
        self._edit: Edit | None = None
        """What was loaded since the last pass, if all else is known to be right."""
        self._settled = False
        """Whether the last pass left the node as the intents before want it."""
        self._accepted: Intents | None = None
        """Those of the last pass whose plan was let through."""
        self._refusal: tuple[str, RefusedError | None] = "", None
        """Digest of a content that was refused: it is not tried again, also not when less would be deleted by then."""

    @property
    def pending(self) -> bool:
        """Whether intents were loaded that no pass has applied yet."""
        return self._applied != self.loaded

    def reload(self, heard: float | None = None, paths: Iterable[Path] | None = None) -> bool:
        """Whether the folder's content changed; if so it is read, and the last good intents stay if it is faulty.

        `heard` is when its first event came, by the monotonic clock; `paths` are those of which events told, if they
        told of all.
        """
        try:
            self._folder.read(paths)
        except IntentError as error:
            changed = self.faults != error.faults
            self._seen = "", False
            self._stay(error)
            return changed
        digest, bad = self._folder.digest, self._history.bad()
        if (digest, digest in bad) == self._seen:
            return False
        self._seen = (digest, digest in bad)
        if digest in bad:
            self._fall_back(bad[digest])
        else:
            self._load(digest, heard)
        return True

    @property
    def unfinished(self) -> frozenset[Path]:
        """Files that changed and are still being written: not read yet."""
        return frozenset(self._folder.unfinished)

    @property
    def texts(self) -> dict[str, str | None]:
        """The newest content: the text of each file by its path in the folder; None where it could not be read."""
        return {file: reading.content for file, reading in self._below(self._folder.readings).items()}

    def keep(self, revision: str) -> None:
        """Remember the applied intents as a state to go back to."""
        if self._unkept:
            self._history.keep(self._below(self._unkept), self.loaded, revision, time())
            self._unkept = {}

    def _below(self, readings: Mapping[str, FileReading]) -> dict[str, FileReading]:
        """The same by their path in the folder."""
        above = f"{shown(self._folder.path)}/"
        return {name.removeprefix(above): reading for name, reading in readings.items()}

    def _load(self, digest: str, heard: float | None) -> None:
        """Take the folder's content in; it is not used when there are faults in it."""
        before, pending = self._folder.intents, self.pending
        try:
            edit = self._folder.check()
            alone = self._accept(edit.intents, digest, edit.services if self.intents is before else None)
        except IntentError as error:
            self._stay(error)
            return
        self._edited = (self._edited or heard) if self.pending else None
        self._unkept = dict(self._folder.readings)
        self._edit = edit if alone and not pending else None

    def _stay(self, error: IntentError) -> None:
        """The newest content is faulty: the last good intents stay, or after a start those that were applied last."""
        good = self._history.good() if self.intents is None else None
        if good:
            self._return_to(good)
        self.faults = error.faults

    def _return_to(self, state: Applied) -> None:
        self._unkept = {}
        try:
            self._accept(load(state.folder), state.digest, None)
        except IntentError as error:
            self.faults = error.faults

    def _fall_back(self, reason: str) -> None:
        """Put the state before a bad one in its place."""
        good = self._history.good()
        if good and good.digest != self.loaded:
            self._return_to(good)
            self._returning = True
        before = "the state before is applied" if good else "there is no state before, so it stays"
        self.faults = self.faults or (f"{self._folder.path}: {reason}: {before}; change the intents to go on",)

    def _accept(self, intents: Intents, digest: str, differing: frozenset[str] | None) -> bool:
        """Use these intents from now on; whether nothing but the differing services is another than before.

        IntentError when they are not for this node.
        """
        folder, node, before = self._folder.path, intents.nodes.get(self._node), self.intents
        if node is None:
            raise IntentError([f"{folder}: no Node {self._node}: there are {', '.join(intents.nodes)}"])
        if node.spec.platform != "linux":
            raise IntentError([f"{node.origin}: Node {self._node} {ONLY_LINUX}"])
        self.intents, self.faults, self.loaded, self._edit = intents, (), digest, None
        if before is None or differing is None:
            self.endpoints = _endpoints(intents, intents.services)
            return False
        self.endpoints += _endpoints(intents, differing) - _endpoints(before, differing)
        return True

    def run(self, reasons: frozenset[str], left: frozenset[str] = frozenset()) -> Report:
        """One pass over the last good intents; what is `left`, as `kind key`, is not touched by it."""
        begun = perf_counter()
        try:
            plan, drift, complaint = self._pass(reasons, left)
        except ReconcileError as error:
            lines = tuple(error.lines())
            return Report(time(), perf_counter() - begun, reasons, "failed", errors=lines, failure=error.kind())
        good: Result = "in sync" if plan.in_sync else "repaired" if drift else "applied"
        return Report(
            time(),
            perf_counter() - begun,
            reasons,
            "failed" if complaint else good,
            counted(plan),
            plan.objects if drift else (),
            errors=tuple(complaint.lines()) if complaint else (),
            failure=complaint.kind() if complaint else "",
            reaction=None if complaint else self._reaction(),
            undone=complaint.objects if isinstance(complaint, VerifyError) else (),
            notes=plan.notes,
        )

    def _reaction(self) -> float | None:
        """Seconds since the change was heard of that has been applied now."""
        edited, self._edited = self._edited, None
        return None if edited is None else monotonic() - edited

    def _pass(self, reasons: frozenset[str], left: frozenset[str]) -> tuple[Plan, bool, ReconcileError | None]:
        """What was carried out, whether it was drift, and what is left to complain of."""
        if self.intents is None:
            raise IntentError(self.faults)
        try:
            target, plan, by = self._planned(self.intents, reasons, left)
        except (RefusedError, ConflictError) as error:
            before = self._before()
            if before is None:
                raise
            target, plan, by = self._planned(before, reasons, left)
            plan, undone = self._carry_out(plan, target, by, self._applied)
            return plan, True, undone or error
        drift = not self.pending
        self._applied = self._applied if drift else ""
        plan, undone = self._carry_out(plan, target, by, self.loaded)
        if not undone:
            self._accepted, self._applied, self._returning = self.intents, self.loaded, False
            self._settled = bool(self._flushed) and not left
        return plan, drift, undone

    def _before(self) -> Intents | None:
        """What goes on being kept while newer intents are refused, or a foreign object is in their way."""
        good = self._history.good() if self._accepted is None else None
        if good and good.digest != self.loaded:
            with suppress(IntentError):
                self._accepted, self._applied = load(good.folder), good.digest
        return self._accepted if self.pending else None

    def _planned(
        self, intents: Intents, reasons: frozenset[str], left: frozenset[str]
    ) -> tuple[Target, Plan, CarryOut]:
        """A plan, and how it is carried out. Raises RefusedError, ConflictError, NodeError, ToolError."""
        newest, (refused, refusal) = intents is self.intents, self._refusal
        if newest and refusal and refused == self.loaded:
            raise refusal
        edit, self._edit = self._edit if newest and self._settled and reasons <= EDITED else None, None
        self._settled = False
        known = self._known.edit(edit) if edit else None
        self.looked = not known
        target, plan = known or self._known.look(intents, left)
        self.interest = self._known.interest
        if not (self._allow_deletes or self._returning or target.allow_deletes):
            try:
                plan.refuse_mass_delete()
            except RefusedError as error:
                self._refusal = (self.loaded, error) if newest and self.pending else self._refusal
                raise
        return target, plan, loop.make if known else loop.carry_out

    def _carry_out(self, plan: Plan, target: Target, by: CarryOut, digest: str) -> tuple[Plan, VerifyError | None]:
        """The plan as far as it held, with what was not flushed, and what did not hold.

        A pass without changes looks at conntrack only when it must. Raises ApplyError.
        """
        if plan.in_sync and self._flushed == digest:
            return plan, None
        self._flushed = ""
        self.echo.expect(plan.changes)
        try:
            unflushed = by(plan, target, silent)
        except VerifyError as error:
            self.echo.forget()
            return plan.without(error.objects), error
        except ReconcileError:
            self.echo.forget()
            raise
        self._flushed = "" if unflushed else digest
        return replace(plan, notes=(*plan.notes, *unflushed)), None


def _endpoints(intents: Intents, keys: Iterable[str]) -> int:
    return sum(len(intents.services[key].spec.endpoints) for key in keys if key in intents.services)


def silent(_: str) -> None:
    """Progress that nobody reads: a pass of the loop takes no time that a person waits for."""
