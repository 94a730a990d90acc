"""What is looked at after every event, and the situations that a simulation should come through."""

from collections import Counter
from collections.abc import Sequence

from palm_ual.model import events as ev
from palm_ual.model.ids import numbers_of
from palm_ual.model.limits import MAX_UNAVAILABLE
from palm_ual.runtime.folding import fold
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.check import check
from palm_ual.world.check_market import check_market
from palm_ual.world.evolve import evolve, replay
from palm_ual.world.records import Agent, AgentState, Deployment, World
from palm_ual.world.snapshot import same_world
from tests.simulation.oracle import Oracle


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
        self.records: list[ev.Recorded] = []
        """Everything that was ever committed: the disk may have put sums in the place of some."""
        self.oracle = Oracle(self.fail)
        self._types: dict[int, str] = {}
        self._numbers: set[tuple[str, int]] = set()

    def once(self, situation: str) -> None:
        """Count a named situation."""
        self.sometimes[situation] += 1

    def fail(self, problem: str) -> None:
        """Remember what is wrong, and raise it."""
        self.problem = self.problem or problem
        raise Broken(problem)

    # Live

    def evolve(self, world: World, record: ev.Recorded) -> None:
        """In the place of `evolve` for what happens live: folds the event in and looks at the whole."""
        if isinstance(record.event, ev.AgentsEnded):
            self._look_at_the_end(world.deployments[record.event.uid], record.event)
        evolve(world, record)
        if isinstance(record.event, ev.MarketTraded):
            violations: list[object] = list(check_market(world))  # nothing else can have changed
        else:
            violations = [*check(world)]
        if violations:
            self.fail(f"after {record.event}: {violations}")
        self._look_at_sums(world)
        self._look_at(world, record)

    def _look_at_sums(self, world: World) -> None:
        """Money and units come from nowhere and go nowhere."""
        ledger, cases = world.market.ledger, world.market.desk.cases.values()
        agents = [agent for _, agent in world.each_agent()]
        cents = sum(agent.cash_cents for agent in agents) + sum(case.cents for case in cases)
        if cents + ledger.treasury_cents != ledger.issued_cents:
            self.fail(f"{cents} + {ledger.treasury_cents} cents of {ledger.issued_cents}")
        if min((agent.cash_cents for agent in agents), default=0) < 0:
            self.fail(f"an agent has {min(agent.cash_cents for agent in agents)} cents")
        units = Counter(ledger.house_units)
        for case in cases:
            units[case.service] += case.units
        for agent in agents:
            if agent.trading is not None:
                for service, position in agent.trading.positions.items():
                    units[service] += position.units
        if any(units.values()):
            self.fail(f"units do not sum to zero: {units}")

    def _look_at_the_end(self, deployment: Deployment, event: ev.AgentsEnded) -> None:
        """Whoever owes something is ended by force alone, after its trading was closed."""
        for number in numbers_of(event.agents):
            trading = deployment.agents[number].trading
            if trading is not None and trading.owes:
                self.fail(f"{deployment.type_name} {number} ends and owes something")

    def _look_at(self, world: World, record: ev.Recorded) -> None:
        event = record.event
        match event:
            case ev.AgentsDrainBegun(then="restart"):
                self._look_at_restart(world.deployments[event.uid], event)
            case ev.DeleteRequested(force=True) if event.reason != "deleted":
                self.once("deploy given up")
                if any(_holds(agent) for agent in world.deployments[event.uid].agents.values()):
                    self.once("deploy given up with positions")
            case ev.ConditionRaised():
                self.once(f"condition {event.code}")
                if "escrow" in event.reason:
                    self.once("drain blocked by an escrow")
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
        if _holds(deployment.agents[event.number]):
            self.once("crash with a position")

    # What is on the disk

    def committed(self, records: Sequence[ev.Recorded]) -> None:
        """A commit became durable: whatever has a number has one of its own."""
        self.records += records
        for record in records:
            self.oracle.follow(record)
            if isinstance(record.event, ev.DeploymentCreated):
                self._types[record.event.uid] = record.event.revision.type_name
            if isinstance(record.event, ev.AgentsPlaced):
                for number in numbers_of(record.event.agents):
                    name = (self._types[record.event.uid], number)
                    if name in self._numbers:
                        self.fail(f"agent {name} exists a second time")
                    self._numbers.add(name)

    def require_told(self, world: World) -> None:
        """What everybody has is what the committed records say, worked out independently of all that. That is so
        after each commit, and of a world that was folded again, which knows of nothing that came later.
        """
        if found := self.oracle.differences(world):
            self.fail(f"the market is not what its flow says: {found}")

    def require_journal_is(self, world: World) -> None:
        """The fold of what is on disk is the world that lives."""
        if not same_world(fold(self.disk), world):
            self.fail("the journal does not make the world that lives")

    def require_sums_on_disk(self, world: World) -> None:
        """What was compacted has kept its sums."""
        report = self.disk.verify()
        if report.findings or report.sums != world.market.sums:
            self.fail(f"the disk says {report}, and the market has {world.market.sums}")

    def require_it_all_again(self) -> None:
        """Every event from the first on makes the world that snapshots and the events after them make."""
        if not same_world(replay(World(), self.records), fold(self.disk)):
            self.fail("from its beginning the journal makes another world")

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


def _holds(agent: Agent) -> bool:
    return agent.trading is not None and any(agent.trading.open_positions())
