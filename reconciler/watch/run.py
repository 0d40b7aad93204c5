"""The loop: triggers gather in the inbox, and each pause in them is one pass."""

import math
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from time import monotonic, time

from reconciler.system import folder_events, kernel_events, openflow_events, ovsdb_events
from reconciler.system.git.revision import revision
from reconciler.system.memory import settle
from reconciler.system.sd_notify import notify, watchdog
from reconciler.watch import metrics
from reconciler.watch import status as statuses
from reconciler.watch.asked import Watch
from reconciler.watch.confirming import Confirming
from reconciler.watch.damping import Damping
from reconciler.watch.folder_news import FolderNews
from reconciler.watch.history import History
from reconciler.watch.inbox import Inbox
from reconciler.watch.keeper import EDITED, Keeper
from reconciler.watch.log import Log
from reconciler.watch.report import Report
from reconciler.watch.status import Status

RETRY = 0.25
"""Seconds until the next try after a pass that failed; a try without Open vSwitch costs a millisecond."""
PATIENT_RETRY, PATIENT_AFTER = 5.0, 40
"""The same, once so many tries have failed in a row."""
BETWEEN = 1.0
"""Seconds between two passes during a pause: what nobody fights for is put right all the same."""
FOR_PEOPLE = ("refused", "conflict")
"""Failures that only a person mends: trying again before something has changed is in vain."""
NOT_WHOLE = ("apply", "verify")
"""Failures after which the node is neither as the new intents want it, nor as those before did."""
SCAN = 30.0
"""Seconds between two looks at the folder's content, for file systems that tell nothing."""


class Loop:
    """One node, kept right until it is told to stop."""

    def __init__(self, watch: Watch, log: Log) -> None:
        self._watch, self._log = watch, log
        self._history = History(watch.state)
        self._keeper = Keeper(watch.folder, watch.node, watch.rundir, self._history, allow_deletes=watch.allow_deletes)
        self._confirming = Confirming(watch, lambda: self._inbox.tell("trial"))
        self._inbox, self._stop, self._elsewhere = Inbox(), Event(), Event()
        """`_elsewhere`: the bridge that is followed is not, or no more, the one to follow."""
        self._damping = Damping()
        self._news = FolderNews(watch.folder)
        self.status, self.tally, self.turned = (
            Status(watch.node, os.getpid(), started=time()),
            metrics.Tally(),
            monotonic(),
        )
        """Exchanged as wholes: `pages` reads them from other threads."""
        self._failures, self._anew, self._moved = 0, False, False
        """`_anew`: Open vSwitch was away since the last pass, and what is missing now is nobody's deed.
        `_moved`: the content changed, and which commit that is was not asked yet."""
        self._audit, self._scan = monotonic() + watch.audit, monotonic() + SCAN
        self._retry = math.inf
        """When each of them is due."""
        self._between = 0.0
        """No further pass before, during a pause."""

    def stop(self) -> None:
        """End after the pass that is under way; from any thread or signal handler."""
        self._stop.set()
        self._inbox.tell("stop")

    def read_again(self) -> None:
        """Look at the whole folder; from any thread or signal handler."""
        self._folder_changed(None)

    def run(self) -> None:
        """Run until `stop`."""
        self._log.say("info", "watching", node=self._watch.node, intents=str(self._watch.folder))
        with self._listening():
            self._inbox.tell("start", "intents")
            while not self._stop.is_set():
                reasons = self._inbox.wait(self._patience())
                if not self._stop.is_set():
                    self._turn(reasons)
                else:
                    notify("STOPPING=1")
        self._log.say("info", "stopped; everything stays as it is")

    @contextmanager
    def _listening(self) -> Iterator[None]:
        threads = [Thread(target=target, args=arguments, daemon=True) for target, *arguments in self._sources()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._elsewhere.set()
            threads += self._confirming.end()
            for thread in threads:
                thread.join(timeout=3)

    def _sources(self) -> Iterator[tuple[Callable[..., None], *tuple[object, ...]]]:
        watch, tell = self._watch, self._inbox.tell
        yield folder_events.watch, watch.folder, self._folder_changed, self._stop
        yield ovsdb_events.watch, watch.rundir, lambda: tell("ovsdb"), self._stop
        yield kernel_events.watch, self._kernel_changed, self._stop
        yield self._follow_bridge, self._stop

    def _follow_bridge(self, stop: Event) -> None:
        """The bridge's name is known once the intents are, and may change with them."""
        while not stop.is_set():
            self._elsewhere.clear()
            bridge = self._bridge()
            if bridge:
                path = os.path.join(self._watch.rundir, f"{bridge}.mgmt")
                openflow_events.watch(path, self._bridge_changed, self._elsewhere)
            else:
                stop.wait(RETRY)

    def _bridge(self) -> str:
        intents = self._keeper.intents
        return intents.nodes[self._watch.node].spec.bridge if intents else ""

    def _folder_changed(self, paths: frozenset[Path] | None) -> None:
        self._news.tell(paths)
        self._inbox.tell("intents", gathered=True)

    def _kernel_changed(self, changed: kernel_events.Changed) -> None:
        if self._keeper.interest.in_kernel(changed):
            self._inbox.tell(changed.kind)

    def _bridge_changed(self, happening: openflow_events.Happening) -> None:
        if isinstance(happening, openflow_events.Connected):
            self._anew = True
            self._keeper.echo.forget()
        if not self._keeper.echo.takes(happening) and self._keeper.interest.in_switch(happening):
            self._inbox.tell("openflow")

    def _patience(self) -> float:
        dues = (self._audit, self._scan, self._retry, self._news.due, self._keeper.echo.due)
        rest = min(dues) - monotonic()
        alive = watchdog()
        return min(rest, alive) if alive else rest

    def _turn(self, told: frozenset[str]) -> None:
        notify("WATCHDOG=1")
        self.turned = monotonic()
        reasons = told | self._due(monotonic())
        changed = "intents" in reasons and self._reload()
        if changed:
            self._moved = True
            self._log.intents(self._keeper.faults)
        changed = self._end_trial() or changed
        mended = changed and self.status.errors  # back at what is applied, after what could not be
        if self._keeper.intents and (reasons - EDITED or self._keeper.pending or mended):
            self._pass_unless_paused(reasons)
        elif changed:
            self._follow_revision()
            self._tell()

    def _reload(self) -> bool:
        if not self._news.settled():
            return False
        before = self._bridge()
        changed = self._keeper.reload(*self._news.take())
        if self._keeper.unfinished:
            self._news.later(self._keeper.unfinished)
        if self._bridge() != before:
            self._elsewhere.set()
        return changed

    def _due(self, now: float) -> set[str]:
        """What the clock asks for."""
        due = set()
        if now >= self._audit:
            due.add("audit")
            self._audit = now + self._watch.audit
        if now >= self._scan:
            due.add("intents")
            self._news.tell(None)
            self._scan = now + SCAN
        if now >= self._news.due:
            due.add("intents")
        if now >= self._keeper.echo.due:
            due.add("openflow")
            self._keeper.echo.forget()
        if now >= self._retry:
            due.add("retry")
            self._retry = math.inf
        return due

    def _pass_unless_paused(self, reasons: frozenset[str]) -> None:
        now = monotonic()
        self._damping.look(now)
        asked = self._keeper.pending and "intents" in reasons
        paused = now < self._damping.until and not asked and not self._anew
        if paused and now < self._between:
            self._retry = self._between
            return
        self._between = now + BETWEEN
        new = self._keeper.pending
        anew, self._anew = self._anew, False
        report = self._keeper.run(reasons, frozenset(self._damping.contested if paused else ()))
        self._follow_revision()
        if report.failure == "node" or (anew and report.errors and not report.undone):
            self._anew = True
        if new:
            self._try(report)
        if not anew:
            self._damping.repaired((*report.repaired, *report.undone), now)
        self._retry_after(report)
        if paused:
            self._retry = min(self._retry, self._damping.until)
        self._log.passed(report, self._damping.contested)
        self.status = statuses.after(self.status, report, self._damping.contested)
        self.tally = metrics.after(self.tally, report)
        self._tell()
        if self._keeper.looked:
            settle()

    def _follow_revision(self) -> None:
        """Which commit the folder is at: asked behind the pass, since git takes its time."""
        if self._moved:
            commit = revision(self._watch.folder, self._keeper.texts)
            self.status, self._moved = replace(self.status, revision=commit), False

    def _try(self, report: Report) -> None:
        """New intents were applied: they are good at once, or when they are seen to work."""
        digest, intents = self._keeper.loaded, self._keeper.intents
        known = any(state.digest == digest for state in self._history.applied())
        if not self._watch.confirm or not intents or known:
            if not report.errors:
                self._confirming.end()
                self._write(lambda: self._keeper.keep(self.status.revision))
        elif not report.errors:
            self._confirming.applied(digest, intents)
            self._log.say("info", "applied on trial", seconds=self._watch.confirm)
        elif report.failure in NOT_WHOLE:
            self._confirming.unapplied(digest)

    def _end_trial(self) -> bool:
        """Whether a trial has ended: what it was about is kept, or is taken back by the next turn."""
        digest = self._keeper.loaded
        verdict = self._confirming.verdict(digest)
        if not verdict:
            return False
        worked, reason = verdict
        if worked:
            self._write(lambda: self._keeper.keep(self.status.revision))
            self._log.say("info", "confirmed")
        else:
            self._write(lambda: self._history.mark_bad(digest, reason))
            self._log.say("error", f"{reason}: the state before is put back")
            self._folder_changed(None)
        return True

    def _retry_after(self, report: Report) -> None:
        self._failures = self._failures + 1 if report.errors else 0
        if self._failures and report.failure not in FOR_PEOPLE:
            self._retry = monotonic() + (RETRY if self._failures < PATIENT_AFTER else PATIENT_RETRY)

    def _tell(self) -> None:
        keeper = self._keeper
        faults = keeper.faults[: statuses.MOST_ERRORS]
        self.status = replace(self.status, trial=self._confirming.digest, intent_errors=faults)
        self.tally = replace(self.tally, intent_errors=len(keeper.faults))
        if keeper.intents:
            self.status = replace(
                self.status,
                services=len(keeper.intents.services),
                endpoints=keeper.endpoints,
                unserved=statuses.unserved(keeper.intents, self.status.errors),
            )
        self._write(lambda: statuses.save(self.status, self._watch.state / statuses.FILE))
        notify("READY=1", f"STATUS={self.status.state}")

    def _write(self, action: Callable[[], None]) -> None:
        """Change the state folder; a full disk is no reason to leave the node alone."""
        try:
            action()
        except OSError as error:
            self._log.once(
                f"{self._watch.state} cannot be written: {error.strerror}: status and history stay as they were"
            )
        else:
            self._log.once("")


def obey_signals(loop: Loop) -> None:
    """SIGTERM and SIGINT end the loop, SIGHUP reads the intents again."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    signal.signal(signal.SIGHUP, lambda *_: loop.read_again())
