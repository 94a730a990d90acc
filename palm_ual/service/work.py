"""Following a change until it is done: what was committed becomes result events, and a verdict is reached.

Each `follow_…` yields results as agents move and returns when the change is complete; it raises the coded
error if it cannot complete. Interrupting one stops the waiting, never the work.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from msgspec import Struct

from palm_ual.errors import DeploymentFailed, ScalingStuck
from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, agent_id, count_of, numbers_of, ranges_of
from palm_ual.model.results import AgentsDrained, AgentsDraining, AgentsReady, AgentsTerminated, ResultEvent
from palm_ual.planning.deployment import SCALING_STUCK, STEADY, plan_deployment
from palm_ual.runtime.palm import Follower, Palm
from palm_ual.runtime.registry import Committed
from palm_ual.world.records import AgentState, Deployment

_GRACE_MS = 1_000
"""How much later than the planner's own deadline a statement gives up waiting."""


class Expected(Struct):
    """How many agents a statement is about, and how many of them were seen so far."""

    uid: int
    type_name: str
    ready: int = 0
    ending: int = 0
    drained: int = 0
    funding_cents: int | None = None
    service: str | None = None
    shutdown: bool = False
    about: frozenset[int] | None = None
    """The agents it is about; None for all of the deployment."""
    told: dict[str, set[int]] = {}
    """Which agents each kind of result has named: one that fails on its way is not told twice."""

    def results(self, committed: Committed) -> Iterator[ResultEvent]:
        """The result events of what was committed."""
        for record in committed.records:
            event = record.event
            if ev.uid_of(event) == self.uid and (result := self._result(event)) is not None:
                yield result

    def _result(self, event: ev.AnyEvent) -> ResultEvent | None:
        match event:
            case ev.AgentsBecameReady() if self.ready:
                agents, first = self._news("ready", event.agents)
                result: ResultEvent = AgentsReady(
                    self.type_name, agents, first, self.ready, self.funding_cents, self.service
                )
            case ev.AgentsDrainBegun() if self.ending or self.drained:
                agents, first = self._news("draining", event.agents)
                total = self.ending or self.drained
                closing = _among(event.closing, agents)
                result = AgentsDraining(self.type_name, agents, first, total, self.shutdown, closing)
            case ev.AgentsBecameDrained() if self.drained:
                agents, first = self._news("drained", event.agents)
                result = AgentsDrained(self.type_name, agents, first, self.drained)
            case ev.AgentsEnded() if self.ending:
                agents, first = self._news("ended", event.agents)
                dropped = count_of(event.dropped)
                result = AgentsTerminated(self.type_name, agents, first, self.ending, dropped, self.shutdown)
            case _:
                return None
        return result if agents else None

    def _news(self, kind: str, agents: Ranges) -> tuple[Ranges, int]:
        """Those that were not told of yet, and which of all the first of them is, counted from 1."""
        told, numbers = self.told.setdefault(kind, set()), numbers_of(agents)
        first = len(told) + 1
        if self.about is not None or not told.isdisjoint(numbers):
            about = self.about or frozenset(numbers)
            numbers = [number for number in numbers if number in about and number not in told]
            agents = ranges_of(numbers)
        told.update(numbers)
        return agents, first


def _among(some: Ranges, agents: Ranges) -> Ranges:
    """Those of `some` that are among `agents`."""
    if not some:
        return ()
    told = frozenset(numbers_of(agents))
    return ranges_of([number for number in numbers_of(some) if number in told])


async def follow_deploy(
    palm: Palm, follower: Follower, deployment: Deployment, expected: Expected
) -> AsyncIterator[ResultEvent]:
    """Until every agent of a new deployment is Ready.

    Raises:
        DeploymentFailed: it was not by its deadline, or kept failing; what was started has been ended.
    """
    reason = "it was deleted"
    while (now := palm.world.deployments.get(deployment.uid)) is not None:
        if now.ready_by_ms is None and not now.deleting:
            break
        committed = await follower.next()
        for result in expected.results(committed):
            yield result
        reason = _given_up(committed, deployment.uid) or reason
    if now is not None:
        for result in expected.results(follower.taken()):
            yield result
        return
    raise DeploymentFailed(
        f'deployment "{deployment.name}" was given up: {reason}',
        hint="what was started has been ended and its money returned; SHOW EVENTS SINCE 5m tells the story",
    )


def _given_up(committed: Committed, uid: int) -> str | None:
    for record in committed.records:
        if isinstance(record.event, ev.DeleteRequested) and record.event.uid == uid:
            return record.event.reason
    return None


async def follow_change(
    palm: Palm,
    follower: Follower,
    expected: Expected,
    *,
    done: Callable[[Deployment], bool] | None,
    deadline_ms: int,
    hint: Callable[[Deployment], str],
) -> AsyncIterator[ResultEvent]:
    """Until `done`; without it, until the deployment is gone.

    Raises:
        ScalingStuck: a drain passed its deadline, or `deadline_ms` of fleet time came; the work goes on.
        DeploymentFailed: the deployment was given up while it was still being deployed.
    """
    began = palm.world.deployments.get(expected.uid)
    was_deleting = began is not None and began.deleting

    def left() -> Deployment | None:
        """The deployment, as long as there is something to wait for; also while it is being given up."""
        now = palm.world.deployments.get(expected.uid)
        if now is None or done is None:
            return now
        given_up = now.deleting and not was_deleting
        return None if done(now) and not given_up else now

    while left() is not None:
        committed = await _next(palm, follower, deadline_ms + _GRACE_MS)
        for result in expected.results(committed or Committed([], [])):
            yield result
        if (deployment := left()) is None:
            break
        stuck = committed is None or any(
            isinstance(record.event, ev.ConditionRaised)
            and record.event.uid == expected.uid
            and record.event.code == SCALING_STUCK
            for record in committed.records
        )
        if stuck:
            raise ScalingStuck(_why(palm, deployment), hint=hint(deployment))
    for result in expected.results(follower.taken()):
        yield result
    if done is not None and expected.uid not in palm.world.deployments:
        raise DeploymentFailed(
            f'deployment "{palm.world.names[expected.uid]}" was given up meanwhile',
            hint="SHOW EVENTS SINCE 5m tells the story",
        )


async def _next(palm: Palm, follower: Follower, deadline_ms: int) -> Committed | None:
    """What is committed next, or None at the deadline."""
    left_ms = deadline_ms - palm.now_ms
    try:
        async with asyncio.timeout(max(0, left_ms) / 1000.0):
            return await follower.next()
    except TimeoutError:
        return None


def _why(palm: Palm, deployment: Deployment) -> str:
    plan = plan_deployment(palm.deployer.view(deployment), now_ms=palm.now_ms)
    reasons = "; ".join(reason.text for reason in plan.reasons if reason.rule != STEADY)
    return f'deployment "{deployment.name}" makes no progress: {reasons or "no reason is known"}'


def settled(deployment: Deployment) -> bool:
    """Whether the deployment has what it should have: nothing starts, fails, ends or waits to restart."""
    return (
        not deployment.deleting
        and deployment.total == deployment.wanted
        and deployment.deploying == 0
        and deployment.count(AgentState.FAILED) == 0
        and deployment.ending == 0
        and not deployment.restarting
        and not any(note.then == "restart" for note in deployment.drains.values())
    )


def all_drained(deployment: Deployment, numbers: list[int] | None = None) -> bool:
    """Whether these agents (all, without `numbers`) owe nothing and take no new work."""
    if numbers is None:
        return deployment.count(AgentState.DRAINED) == deployment.total
    drained = deployment.in_state[AgentState.DRAINED]
    return all(number in drained or number not in deployment.agents for number in numbers)


def healthy(deployment: Deployment) -> bool:
    """Whether as many agents as wanted are Ready, and none of them is anything but healthy."""
    return (
        not deployment.deleting
        and deployment.ready == deployment.size
        and deployment.healthy >= deployment.size
        and not deployment.degraded
        and not deployment.sick
    )


def drain_hint(deployment: Deployment) -> str:
    """How to end what does not drain."""
    late = next(iter(deployment.in_state[AgentState.DRAINING]), None)
    if deployment.deleting:
        return f"it goes on draining; DELETE {deployment.name} FORCE ends it at once"
    if late is None:
        return f"DESCRIBE {deployment.name}"
    return f"it goes on draining; TERMINATE {agent_id(deployment.type_name, late)} FORCE ends one at once"
