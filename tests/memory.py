"""Live state in memory, behind the same face as a driver, that can be told to fail."""

from collections.abc import Callable, Collection, Iterable, Sequence

from reconciler.diff import Change
from reconciler.drivers import Dump, Live
from reconciler.errors import ToolError
from reconciler.order import STAGES
from reconciler.resources import Key, Resource, by_key, key_of

Seen = Callable[[str, str], None]


class Memory:
    """One stage's objects."""

    def __init__(self, stage: str, kinds: Collection[str], objects: Iterable[Resource] = ()) -> None:
        self.stages = (stage,)
        self.objects = {k: v for k, v in by_key(objects).items() if k[0] in kinds}
        self.foreign: dict[Key, str] = {}
        self.fails = ""
        """Which half fails: `create` (and update) or `delete`."""
        self.log: list[tuple[str, str]] = []

    def read(self) -> Dump:
        return Dump.of(Live(list(self.objects.values()), self.foreign))

    def apply(self, changes: Sequence[Change]) -> None:
        half = "delete" if changes[0].action == "delete" else "create"
        if self.fails == half:
            raise ToolError(f"told to fail at {half}")
        for change in changes:
            self.log.append((change.action, change.subject.kind))
            self._change(change)

    def _change(self, change: Change) -> None:
        key = key_of(change.subject)
        assert self.objects.get(key) == change.actual, "a change of something else than what is there"
        if change.desired is None:
            del self.objects[key]
        else:
            self.objects[key] = change.desired


def node_in_memory(objects: Iterable[Resource] = ()) -> dict[str, Memory]:
    """A driver for every stage, by the name of the stage."""
    held = list(objects)
    return {stage.name: Memory(stage.name, stage.kinds, held) for stage in STAGES}
