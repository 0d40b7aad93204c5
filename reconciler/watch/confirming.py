"""Which intents are on trial: new ones, with `--confirm`, from their first pass until they are seen to work."""

from collections.abc import Callable
from threading import Thread

from reconciler.intents import Intents
from reconciler.watch.asked import Watch
from reconciler.watch.trial import Trial, Try, trying


class Confirming:
    """At most one trial; `tell` is called, from another thread, when its end is known."""

    def __init__(self, watch: Watch, tell: Callable[[], None]) -> None:
        self._watch, self._tell = watch, tell
        self._trial: Trial | None = None
        self._wanted = ""
        """What the intents on trial are to be in time."""

    @property
    def digest(self) -> str:
        """Of the intents on trial; empty without."""
        return self._trial.digest if self._trial else ""

    def applied(self, digest: str, intents: Intents) -> None:
        """They are on the node: from now on they have their time to be seen to work."""
        self._begin(digest, trying(self._watch.verify, intents), "confirmed")

    def unapplied(self, digest: str) -> None:
        """A pass could not bring them onto the node whole: they have as long until one can."""
        if self.digest != digest:
            self._begin(digest, lambda _until, _over: False, "applied")

    def verdict(self, digest: str) -> tuple[bool, str] | None:
        """Whether they worked, and what they were not in time; None while that is open. Then the trial is over."""
        trial = self._trial
        if not trial or trial.worked is None or trial.digest != digest:
            return None
        self._trial = None
        return trial.worked, f"not {self._wanted} within {self._watch.confirm:g} s"

    def end(self) -> list[Thread]:
        """Stop trying; the threads that end soon."""
        trial, self._trial = self._trial, None
        if trial:
            trial.end()
        return [trial.thread] if trial else []

    def _begin(self, digest: str, try_once: Try, wanted: str) -> None:
        self.end()
        self._trial, self._wanted = Trial(digest, self._watch.confirm, try_once, self._tell), wanted
