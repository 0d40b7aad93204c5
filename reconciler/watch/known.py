"""What is known of a node between two passes: enough to apply a change of services without asking the node."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from reconciler import loop
from reconciler.advice import Absent, absent_pods, node_notes, pod_notes
from reconciler.compilation import expected
from reconciler.conntrack import Place, places
from reconciler.desired import Compiled, Desired, Services
from reconciler.drivers import Driver
from reconciler.facts import View
from reconciler.intents import Intents
from reconciler.intents.folder import Edit
from reconciler.loop import Target
from reconciler.per_service import PerService
from reconciler.plan import Plan, make_plan
from reconciler.platforms import platform
from reconciler.reading import Actual, look
from reconciler.watch.interest import Interest, interest


class Known:
    """One node: how it was when it was read last, what it is to have, and what was changed since."""

    def __init__(self, node: str, rundir: str) -> None:
        self._node, self._rundir = node, rundir
        self._compiled, self._connections, self._pods = Compiled(), Connections(), Pods()
        self._view: View | None = None
        self._drivers: Sequence[Driver] = ()
        self._actual: Actual | None = None
        self._agreed: tuple[Actual | None, int] = None, 0
        """A live state that was found to be the desired one, and the version of that."""
        self.interest = Interest()
        """Which events concern the node."""

    def look(self, intents: Intents, left: frozenset[str]) -> tuple[Target, Plan]:
        """Read the node, and plan all that is to be done but to what is `left`.

        Raises NodeError, ToolError, ConflictError.
        """
        declared = intents.nodes[self._node]
        machine = platform(declared.spec, self._rundir)
        looked = look(machine, self._actual)
        facts, self._drivers, self._actual = looked.facts, looked.drivers, looked.actual
        self._view = view = View(declared, intents.services, facts)
        version = self._compiled.version
        self._compiled.renew(declared, facts, intents.services)
        self._connections.renew(intents.services)
        self._pods.renew(view)
        if self._compiled.version != version:
            self.interest = interest(self._compiled.resources.values(), declared.spec.virtual_ips)
        target = replace(self._target(view, self._compiled.resources), left=left)
        return target, self._compared(target, self._actual)

    def edit(self, edit: Edit) -> tuple[Target, Plan] | None:
        """Plan a change of services alone, without asking the node; None when that is not to be had.

        The pass before must have gone well, and nothing may have been heard of since. Raises ConflictError.
        """
        view, actual, keys = self._view, self._actual, edit.services
        if view is None or actual is None or keys is None:
            return None
        self._view = view = replace(view, services=edit.intents.services)
        owned = len(self._compiled.resources)
        before, after = self._compiled.change(view.services, keys)
        loop.refuse_conflicts(after, actual.foreign)
        steers = self._connections.change(view.services, keys)
        self._pods.change(view.services, keys)
        self.interest = self.interest.widened(after.values())
        target = self._target(view, after)
        plan = make_plan(self._node, after, before, target.notes, owned)
        return target if steers else replace(target, sweep=lambda _: ()), plan

    def _compared(self, target: Target, actual: Actual) -> Plan:
        agreed, version = self._agreed
        if agreed is actual and version == self._compiled.version:
            return Plan(self._node, (), len(actual.owned), target.notes)
        plan = loop.compare(target, actual)
        if plan.in_sync and not target.left:
            self._agreed = actual, self._compiled.version
        return plan

    def _target(self, view: View, desired: Desired) -> Target:
        machine = platform(view.node.spec, self._rundir)
        sweep = partial(machine.sweep, expected(view.node, view.facts, self._connections.expected))
        notes = (*node_notes(view), *pod_notes(view, self._pods.absent()))
        return Target(self._node, desired, tuple(self._drivers), notes, view.node.spec.allow_deletes, sweep)


class Connections:
    """The places of all services over UDP."""

    def __init__(self) -> None:
        self._places = PerService(places)
        self.expected: dict[Place, frozenset[Place]] = {}

    def renew(self, services: Services) -> None:
        """All services, as far as they are not known."""
        self.change(services, self._places.differing(services))

    def change(self, services: Services, keys: Collection[str]) -> bool:
        """Some services; whether any of them has, or had, such a place."""
        turns = self._places.renew(services, keys)
        for turn in turns:
            for place in turn.before or ():
                del self.expected[place]
        for turn in turns:
            self.expected.update(turn.after or {})
        return any(turn.before or turn.after for turn in turns)


class Pods:
    """The endpoints of all services that are in a pod network of the node and not on its bridge."""

    def __init__(self) -> None:
        self._depends: object = None
        self._of_each = PerService[tuple[Absent, ...]](lambda _: ())
        self._absent: dict[str, tuple[Absent, ...]] = {}

    def renew(self, view: View) -> None:
        """All services, as far as they and the pods are not known."""
        node, facts = view.node.spec, view.facts
        depends = node.pipeline, node.pod_cidrs, facts.pods, facts.gateway_ips
        if depends != self._depends:
            self._depends, self._absent = depends, {}
            self._of_each = PerService(absent_pods(view))
        self.change(view.services, self._of_each.differing(view.services))

    def change(self, services: Services, keys: Collection[str]) -> None:
        """Some services."""
        for turn in self._of_each.renew(services, keys):
            self._absent.pop(turn.key, None)
            if turn.after:
                self._absent[turn.key] = turn.after

    def absent(self) -> Iterable[Absent]:
        """Every such endpoint, in the order of the services."""
        return (each for key in sorted(self._absent) for each in self._absent[key])
