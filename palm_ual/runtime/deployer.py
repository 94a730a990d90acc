"""Level-triggered passes: look at what the engine saw, plan for each deployment, apply, and look again.

Nothing here depends on having seen an event: a pass compares what should be with what is, so whatever
was interrupted is repaired by the next one.
"""

from collections.abc import Iterable
from itertools import islice
from typing import assert_never

from palm_ual.engines.engine import Crash, Engine, HealthSeen, Seen
from palm_ual.errors import TypeUnavailable
from palm_ual.model import events as ev
from palm_ual.model.actions import (
    AbandonDeploy,
    AnyAction,
    BeginDrain,
    ClearCondition,
    EndAgents,
    FailAgents,
    FinishDelete,
    LaunchAgents,
    PlaceAgents,
    RaiseCondition,
)
from palm_ual.model.ids import Ranges, numbers_of, ranges_of
from palm_ual.planning.backoff import backoff_ms, failures_in_a_row
from palm_ual.planning.capacity import fundable, room_for
from palm_ual.planning.deployment import OWING_NAMED_MAX, STEADY, DeploymentView, plan_deployment
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.exchange import Exchange
from palm_ual.runtime.orders import EngineOrders
from palm_ual.runtime.registry import Registry
from palm_ual.world.records import SERVING, AgentState, Deployment

_PACE_MS_MAX = 50
_AGENTS_PER_PACE_MS = 20
"""Steps that come due within a short time of each other are taken in one turn: a turn has a price, which a
thousand agents at one step a second share fifty at a time. Of a few agents each steps when it said.
"""


class Deployer:
    """Carries plans out against an engine. `turn` is one pass over what needs one."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        orders: EngineOrders,
        catalog: Catalog,
        exchange: Exchange,
    ) -> None:
        self.registry = registry
        self.engine = engine
        self.orders = orders
        self.catalog = catalog
        self.exchange = exchange
        self._turned_ms = 0
        """When the last turn was."""
        self._pace_ms = 0
        """How soon after it steps are taken again."""
        self._dirty: dict[int, None] = {}
        self._wakes: dict[int, int] = {}
        self._causes: dict[int, int] = {}
        self._problems: dict[int, str] = {}
        self._unwritten: list[Seen] = []
        """What the engine saw and no commit has kept yet: it does not say it twice."""

    def touch(self, uid: int, *, statement: int | None = None) -> None:
        """Have a deployment looked at in the next turn; its events are then caused by `statement`."""
        self._dirty[uid] = None
        if statement is not None:
            self._causes[uid] = statement

    def touch_all(self) -> None:
        """Have every deployment looked at: room under the capacity may have changed."""
        self._dirty.update(dict.fromkeys(self.registry.world.deployments))

    def turn(self) -> None:
        """One pass: steps that are due, what was seen of them, and a plan for each touched deployment."""
        now_ms = self._turned_ms = self.registry.clock.now_ms()
        self.exchange.advance(now_ms)
        self._unwritten.append(self.engine.run(now_ms))
        for seen in self._unwritten:
            self._record_seen(seen)
        due = [uid for uid, wake_ms in self._wakes.items() if wake_ms <= now_ms]
        touched = dict.fromkeys((*self._dirty, *due))
        self._dirty.clear()
        for uid in touched:
            self._pass(uid, now_ms)
        if touched:
            self._pace_ms = min(_PACE_MS_MAX, self.registry.world.agents // _AGENTS_PER_PACE_MS)

    def realign(self) -> None:
        """After a failed commit the world is as it was before: who is to drain and was drained since, drains again."""
        now_ms = self.registry.clock.now_ms()
        for seen in self._unwritten:
            seen.drained.clear()
        for uid, deployment in self.registry.world.deployments.items():
            drained = deployment.in_state[AgentState.DRAINED]
            owing = [number for number in drained if self.engine.owes(uid, number)]
            self.engine.drain(uid, [*deployment.in_state[AgentState.DRAINING], *owing], now_ms=now_ms)
        self.touch_all()

    def committed(self) -> None:
        """What the last turn saw and planned is on disk; a statement's commit does not say so."""
        self._unwritten.clear()

    def next_turn_ms(self) -> int | None:
        """When to turn again though nothing comes from outside: 0 for at once, None for never."""
        if self._dirty:
            return 0
        times = [*self._wakes.values()]
        for due_ms in (self.engine.next_due_ms(), self.exchange.next_tick_ms()):
            if due_ms is not None:
                soonest_ms = 0 if due_ms <= self._turned_ms else self._turned_ms + self._pace_ms
                times.append(max(due_ms, soonest_ms))
        return min(times, default=None)

    def ensure_runnable(self, deployment: Deployment) -> str | None:
        """Make the engine ready for a deployment's agents; returns why it cannot, if so."""
        if (problem := self.catalog.problem_with(deployment.revision)) is not None:
            self._problems[deployment.uid] = problem
            return problem
        self._problems.pop(deployment.uid, None)
        self.engine.open_deployment(deployment.uid, self.catalog.behaviour(deployment.revision))
        return None

    def require_runnable(self, deployment: Deployment) -> None:
        """Refuse what needs running agents, where the type does not load.

        Raises:
            TypeUnavailable: with the reason, and the way out.
        """
        if (problem := self._problems.get(deployment.uid)) is not None:
            raise TypeUnavailable(
                f'deployment "{deployment.name}" cannot run: {problem}',
                hint=f"run ual from where its type is found, or end it: DELETE {deployment.name} FORCE",
                word=deployment.name,
            )

    def closing_of(self, deployment: Deployment, numbers: Iterable[int]) -> Ranges:
        """Those of these agents that have to close something before they owe nothing: a position, an escrow,
        or what their own type says. Resting orders are not closed, but cancelled.
        """
        closing = []
        for number in numbers:
            trading = deployment.agents[number].trading
            if trading is not None and trading.owes:
                if trading.has_to_close:
                    closing.append(number)
            elif self.engine.owes(deployment.uid, number) is not None:
                closing.append(number)
        return ranges_of(closing)

    def view(self, deployment: Deployment) -> DeploymentView:
        """What the planner may look at."""
        draining = deployment.in_state[AgentState.DRAINING]
        late = islice(draining, OWING_NAMED_MAX)
        owes = {number: self.engine.owes(deployment.uid, number) for number in late}
        # Room is a sum over all deployments: of ten thousand, those that have what they want do without.
        grows = deployment.wanted > deployment.staying
        return DeploymentView(
            deployment,
            room=room_for(self.registry.world, deployment) if grows else 0,
            fundable=fundable(self.registry.world, deployment) if grows else 0,
            owes={number: words for number, words in owes.items() if words},
            type_problem=self._problems.get(deployment.uid),
        )

    # One deployment

    def _pass(self, uid: int, now_ms: int) -> None:
        deployment = self.registry.world.deployments.get(uid)
        self._wakes.pop(uid, None)
        if deployment is None:
            self._causes.pop(uid, None)
            return
        plan = plan_deployment(self.view(deployment), now_ms=now_ms)
        for action in plan.actions:
            self._apply(deployment, action, now_ms)
        if plan.actions:
            self._dirty[uid] = None
        if any(reason.rule == STEADY for reason in plan.reasons):
            self._causes.pop(uid, None)  # what comes next is no statement's doing
        if plan.wake_at_ms is not None and uid in self.registry.world.deployments:
            self._wakes[uid] = plan.wake_at_ms

    def _apply(self, deployment: Deployment, action: AnyAction, now_ms: int) -> None:
        uid = deployment.uid
        match action:
            case PlaceAgents():
                self._place(deployment, action.count)
            case LaunchAgents():
                self._launch(deployment, action.agents, now_ms)
            case BeginDrain():
                numbers = numbers_of(action.agents)
                closing = self.closing_of(deployment, numbers)
                self._record(
                    ev.AgentsDrainBegun(uid, action.agents, action.deadline_ms, action.then, closing)
                )
                self.orders.drain(uid, numbers, now_ms=now_ms)
            case EndAgents():
                self.end(deployment, action.agents, action.reason)
            case FailAgents():
                for number in numbers_of(action.agents):
                    self._fail(Crash(uid, number, action.reason))
            case AbandonDeploy() | FinishDelete() | RaiseCondition() | ClearCondition():
                self._apply_to_whole(uid, action, now_ms)
            case _:
                assert_never(action)

    def _apply_to_whole(
        self, uid: int, action: AbandonDeploy | FinishDelete | RaiseCondition | ClearCondition, now_ms: int
    ) -> None:
        match action:
            case AbandonDeploy():
                self._record(ev.DeleteRequested(uid, now_ms, force=True, reason=action.reason))
            case FinishDelete():
                self.orders.close_deployment(uid)
                self._record(ev.DeploymentDeleted(uid))
                self.touch_all()
            case RaiseCondition():
                self._record(ev.ConditionRaised(uid, action.code, action.reason))
            case ClearCondition():
                self._record(ev.ConditionCleared(uid, action.code))

    def _launch(self, deployment: Deployment, agents: Ranges, now_ms: int) -> None:
        numbers = numbers_of(agents)
        self._record(ev.AgentsStarted(deployment.uid, agents))
        restarts = {
            number: agent.restarts for number in numbers if (agent := deployment.agents[number]).restarts
        }
        self.orders.launch(deployment.uid, numbers, restarts=restarts, now_ms=now_ms)

    def _place(self, deployment: Deployment, count: int) -> None:
        world, revision = self.registry.world, deployment.revision
        first = world.next_numbers.get(deployment.type_name, 1)
        total_cents = revision.funding_cents * count
        self._record(
            ev.AgentsPlaced(
                deployment.uid,
                revision.number,
                ((first, first + count - 1),),
                revision.funding_cents,
                max(0, total_cents - world.treasury_cents),
            )
        )

    def end(self, deployment: Deployment, agents: Ranges, reason: str) -> None:
        """End agents at once; who still owed something is named in the event, what they held goes back.

        What they owe by the ledger is settled first, on the house's terms.
        """
        uid, numbers = deployment.uid, numbers_of(agents)
        dropped = [number for number in numbers if self._owes(deployment, number)]
        now_ms = self.registry.clock.now_ms()
        while closing := [number for number in numbers if _owes_by_ledger(deployment, number)]:
            for number in closing:  # what one arbiter hands over may come to another that ends with it
                self.exchange.close(uid, number, now_ms)
        returned_cents = sum(deployment.agents[number].cash_cents for number in numbers)
        self.orders.stop(uid, numbers)
        self._record(ev.AgentsEnded(uid, agents, returned_cents, reason, ranges_of(dropped)))
        if self.registry.world.reserved < self.registry.world.capacity:
            self.touch_all()

    def _owes(self, deployment: Deployment, number: int) -> bool:
        if _owes_by_ledger(deployment, number):
            return True
        agent = deployment.agents[number]
        return agent.state in SERVING and self.engine.owes(deployment.uid, number) is not None

    def _fail(self, crash: Crash) -> None:
        deployment = self.registry.world.deployments.get(crash.uid)
        agent = None if deployment is None else deployment.agents.get(crash.number)
        if deployment is None or agent is None:
            return
        if agent.state in (AgentState.PENDING, AgentState.FAILED):
            return
        now_ms = self.registry.clock.now_ms()
        failures = failures_in_a_row(deployment.failures.get(crash.number), now_ms=now_ms)
        self.orders.stop(crash.uid, (crash.number,))
        retry_at_ms = now_ms + backoff_ms(failures)
        self._record(ev.AgentFailed(crash.uid, crash.number, crash.reason, retry_at_ms, failures))

    # What the engine saw

    def _record_seen(self, seen: Seen) -> None:
        """Turn observations into events, leaving out those about agents that are there no more."""
        deployments = self.registry.world.deployments
        for uid, numbers in seen.ready.items():
            if (deployment := deployments.get(uid)) is not None:
                starting = deployment.in_state[AgentState.STARTING]
                if there := [number for number in numbers if number in starting]:
                    self._record(ev.AgentsBecameReady(uid, ranges_of(there)))
        for uid, numbers in seen.drained.items():
            if (deployment := deployments.get(uid)) is not None:
                draining = deployment.in_state[AgentState.DRAINING]
                if there := [number for number in numbers if number in draining]:
                    self._record(ev.AgentsBecameDrained(uid, ranges_of(there)))
        for crash in seen.crashes:
            self._fail(crash)
        for report in seen.health:
            self._record_health(report)
        self.registry.write_lines(seen.lines)

    def _record_health(self, report: HealthSeen) -> None:
        """An agent that was started anew or put back says how it is though that may be known."""
        deployment = self.registry.world.deployments.get(report.uid)
        agent = None if deployment is None else deployment.agents.get(report.number)
        if deployment is None or agent is None or agent.state not in SERVING:
            return
        known = (agent.health, deployment.health_reasons.get(report.number))
        if known != (report.health, None if report.health == "healthy" else report.reason):
            self._record(ev.AgentHealthChanged(report.uid, report.number, report.health, report.reason))

    def _record(self, event: ev.AnyEvent) -> None:
        uid = ev.uid_of(event)
        self._dirty[uid] = None
        self.registry.record(event, statement=self._causes.get(uid, 0))


def _owes_by_ledger(deployment: Deployment, number: int) -> bool:
    trading = deployment.agents[number].trading
    return trading is not None and trading.owes
