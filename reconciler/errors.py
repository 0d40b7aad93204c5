"""Every error that a person can meet, as one tree.

ReconcileError
├── IntentError        the intents are wrong: one `file:line:column: …` line per fault
├── NodeError          this node is not as the intents need it (no OVS, no bridge, no permission …)
├── ToolError          a tool or a kernel request failed: what was run and what it answered
├── ConflictError      a foreign object is in the way of one of ours
├── RefusedError       the plan looks wrong and needs a yes (`--allow-deletes`)
├── LockedError        another writer is at work on this node
├── ApplyError         one or more drivers failed; the rest was applied
└── VerifyError        after the apply the live state still differs
"""

from collections.abc import Sequence


class ReconcileError(Exception):
    """Base of all errors that end a command with exit code 1."""

    def lines(self) -> list[str]:
        """The error as it is printed, one fault a line."""
        return [str(self)]

    @classmethod
    def kind(cls) -> str:
        """One word for what a metric is counted by: `node` for NodeError."""
        return cls.__name__.removesuffix("Error").lower()


class ListError(ReconcileError):
    """Several faults, each printed as one line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)

    def lines(self) -> list[str]:
        """One line a fault."""
        return list(self.faults)


class IntentError(ListError):
    """Faults in the intents, already rendered as `file:line:column: message`."""


class NodeError(ReconcileError):
    """The node lacks something that the intents name."""


class ToolError(ReconcileError):
    """A command or a kernel request failed."""


class LockedError(ReconcileError):
    """Another process is changing this node."""


class RefusedError(ReconcileError):
    """The plan deletes more than is plausible."""


class ConflictError(ListError):
    """Foreign objects stand where ours should be."""


class ApplyError(ListError):
    """Some drivers failed."""


class VerifyError(ListError):
    """What was applied is not what is read back; `objects` are those, as `kind key`."""

    def __init__(self, faults: Sequence[str], objects: Sequence[str]) -> None:
        super().__init__(faults)
        self.objects = tuple(objects)
