"""Keeps a node right for as long as it runs: `reconcile --watch`."""

from reconciler.watch.asked import Watch
from reconciler.watch.log import Log
from reconciler.watch.pages import pages
from reconciler.watch.run import Loop, obey_signals

__all__ = ["Log", "Loop", "Watch", "obey_signals", "pages"]
