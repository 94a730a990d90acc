"""What is looked at after every event, and the situations that a simulation should come through."""

from collections import Counter
from collections.abc import Sequence

from palm_ual.model import events as ev
from palm_ual.model.ids import numbers_of
from palm_ual.model.limits import MAX_UNAVAILABLE
from palm_ual.runtime.folding import fold
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.check import check
from palm_ual.world.evolve import evolve
from palm_ual.world.records import AgentState, Deployment, World
from palm_ual.world.snapshot import same_world


class Broken(AssertionError):
    """An invariant does not hold."""


class Watch:
    """Follows one run through all its processes."""

    def __init__(self) -> None:
        self.sometimes: Counter[str] = Counter()
        self.problem: str | None = None
        """The first thing that went wrong."""
        self.disk = MemoryJournal()
        self.acknowledged: list[tuple[int, str]] = []
        self._types: dict[int, str] = {}
        self._numbers: set[tuple[str, int]] = set()

    def once(self, situation: str) -> None:
        """Count a named situation."""
        self.sometimes[situation] += 1

    def fail(self, problem: str) -> None:
        """Remember what is wrong, and raise it."""
        self.problem = self.problem or problem
        raise Broken(problem)

    def evolve(self, world: World, record: ev.Recorded) -> None:
        """In the place of `evolve` for what happens live: folds the event in and looks at the whole."""
        evolve(world, record)
        if violations := check(world):
            self.fail(f"after {record.event}: {violations}")
        self._look_at(world, record)

    def _look_at(self, world: World, record: ev.Recorded) -> None:
        event = record.event
        match event:
            case ev.AgentsDrainBegun(then="restart"):
                self._look_at_restart(world.deployments[event.uid], event)
            case ev.DeleteRequested(force=True) if event.reason != "deleted":
                self.once("deploy given up")
            case ev.ConditionRaised():
                self.once(f"condition {event.code}")
            case ev.AgentFailed():
                self._look_at_crash(world.deployments[event.uid], event)
            case ev.AgentHealthChanged():
                self.once(f"agent {event.health}")
            case ev.AgentsEnded(dropped=dropped) if dropped:
                self.once("obligations dropped by force")
            case _:
                pass

    def _look_at_restart(self, deployment: Deployment, event: ev.AgentsDrainBegun) -> None:
        if deployment.wanted - deployment.ready > MAX_UNAVAILABLE:
            self.fail(f"{deployment.ready} of {deployment.wanted} ready after {event}")
        if deployment.count(AgentState.FAILED):
            self.once("restart in the middle of a crash")

    def _look_at_crash(self, deployment: Deployment, event: ev.AgentFailed) -> None:
        if event.number in deployment.drains:
            self.once(f"crash while draining to {deployment.drains[event.number].then}")
        if event.reason.startswith("not ready within"):
            self.once("start timed out")

    def committed(self, records: Sequence[ev.Recorded]) -> None:
        """A commit became durable: whatever has a number has one of its own."""
        for record in records:
            if isinstance(record.event, ev.DeploymentCreated):
                self._types[record.event.uid] = record.event.revision.type_name
            if isinstance(record.event, ev.AgentsPlaced):
                for number in numbers_of(record.event.agents):
                    name = (self._types[record.event.uid], number)
                    if name in self._numbers:
                        self.fail(f"agent {name} exists a second time")
                    self._numbers.add(name)

    def require_journal_is(self, world: World) -> None:
        """The fold of what is on disk is the world that lives."""
        if not same_world(fold(self.disk), world):
            self.fail("the journal does not make the world that lives")

    def require_acknowledged(self) -> None:
        """Every acknowledged statement is in the journal, in order."""
        kept = iter(
            (record.statement, record.event.text)
            for record in self.disk.events()
            if isinstance(record.event, ev.StatementAccepted)
        )
        for statement in self.acknowledged:
            if statement not in kept:
                self.fail(f"statement {statement} was acknowledged and is not in the journal")
