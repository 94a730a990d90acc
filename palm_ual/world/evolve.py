"""`evolve` folds one event into the world: the only way it changes, live and at replay alike."""

from collections.abc import Iterable
from typing import assert_never

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, count_of, numbers_of
from palm_ual.world.records import (
    SERVING,
    Agent,
    AgentState,
    Condition,
    Deployment,
    DrainNote,
    FailureNote,
    StatementRecord,
    World,
)

_PENDING, _STARTING, _READY = AgentState.PENDING, AgentState.STARTING, AgentState.READY


def replay(world: World, records: Iterable[ev.Recorded]) -> World:
    """Fold records into `world` in order; returns it."""
    for record in records:
        evolve(world, record)
    return world


def evolve(world: World, record: ev.Recorded) -> None:
    """Change `world` by one recorded event.

    Raises:
        InvariantBroken: the event does not fit the world; it cannot have been recorded by this program.
    """
    if record.seq != world.seq + 1:
        raise InvariantBroken(f"event {record.seq} cannot follow event {world.seq}")
    world.seq = record.seq
    world.at_ms = max(world.at_ms, record.at_ms)
    world.wall_ms = record.wall_ms
    try:
        _apply(world, record, record.event)
    except (KeyError, IndexError, AttributeError) as error:
        raise InvariantBroken(
            f"event {record.seq} ({type(record.event).__name__}) does not fit: {error!r}"
        ) from error


def _apply(world: World, record: ev.Recorded, event: ev.AnyEvent) -> None:
    match event:
        case ev.FleetResumed() | ev.FleetSuspended():
            world.suspended = isinstance(event, ev.FleetSuspended)
            _close_statements(world)
        case ev.StatementAccepted() | ev.StatementEnded() | ev.SettingSet():
            _apply_to_home(world, record, event)
        case ev.DeploymentCreated():
            _create(world, record, event)
        case ev.DeploymentRenamed():
            _rename(world, event)
        case ev.DeploymentDeleted():
            _delete(world, event)
        case ev.AgentsPlaced():
            _place(world, record.at_ms, event)
        case ev.AgentsEnded():
            _end(world, event)
        case (
            ev.SizeSet()
            | ev.DrainRequested()
            | ev.ResumeRequested()
            | ev.RestartRequested()
            | ev.DeleteRequested()
            | ev.ConditionRaised()
            | ev.ConditionCleared()
        ):
            _apply_to_deployment(world.deployments[event.uid], record.at_ms, event)
        case (
            ev.AgentsStarted()
            | ev.AgentsBecameReady()
            | ev.AgentsDrainBegun()
            | ev.AgentsBecameDrained()
            | ev.AgentsResumed()
            | ev.AgentFailed()
            | ev.AgentHealthChanged()
        ):
            _apply_to_agents(world.deployments[event.uid], record.at_ms, event)
        case _:
            assert_never(event)


def _apply_to_home(
    world: World, record: ev.Recorded, event: ev.StatementAccepted | ev.StatementEnded | ev.SettingSet
) -> None:
    match event:
        case ev.StatementAccepted():
            world.last_statement = record.statement
            world.statements.append(
                StatementRecord(record.statement, record.wall_ms, record.at_ms, event.text, event.because)
            )
        case ev.StatementEnded():
            for kept in reversed(world.statements):
                if kept.number == record.statement:
                    kept.outcome, kept.code, kept.message = event.outcome, event.code, event.message
                    break
        case ev.SettingSet():
            if event.name != "capacity":
                raise InvariantBroken(f"unknown setting {event.name!r} in the journal")
            world.capacity = event.value


def _close_statements(world: World) -> None:
    """A statement that was at work when its process died is not at work any more."""
    for kept in world.statements:
        if kept.outcome == "running":
            kept.outcome = "interrupted"


# Deployments


def _create(world: World, record: ev.Recorded, event: ev.DeploymentCreated) -> None:
    if world.find(event.name) or event.uid != world.next_uid:
        raise InvariantBroken(f"deployment {event.name!r} (uid {event.uid}) cannot be created")
    made = Deployment(event.uid, event.name, event.size, event.revision, record.wall_ms)
    made.ready_by_ms = event.ready_by_ms
    world.deployments[made.uid] = made
    world.by_name[made.name.lower()] = made
    world.names[made.uid] = made.name
    world.type_names[made.uid] = made.type_name
    world.next_uid += 1


def _rename(world: World, event: ev.DeploymentRenamed) -> None:
    deployment = world.deployments[event.uid]
    other = world.find(event.name)
    if other is not None and other is not deployment:
        raise InvariantBroken(f"the name {event.name!r} is taken")
    del world.by_name[deployment.name.lower()]
    deployment.name = event.name
    world.by_name[event.name.lower()] = deployment
    world.names[event.uid] = event.name


def _delete(world: World, event: ev.DeploymentDeleted) -> None:
    deployment = world.deployments[event.uid]
    if deployment.total:
        raise InvariantBroken(f"deployment {deployment.name!r} still has {deployment.total} agents")
    del world.by_name[deployment.name.lower()]
    del world.deployments[event.uid]


def _apply_to_deployment(
    deployment: Deployment,
    at_ms: int,
    event: ev.SizeSet
    | ev.DrainRequested
    | ev.ResumeRequested
    | ev.RestartRequested
    | ev.DeleteRequested
    | ev.ConditionRaised
    | ev.ConditionCleared,
) -> None:
    match event:
        case ev.SizeSet():
            deployment.size = event.size
            deployment.drain_timeout_ms = event.drain_timeout_ms
            deployment.ready_by_ms = None
        case ev.DrainRequested():
            deployment.drain_deadline_ms = event.deadline_ms
            deployment.ready_by_ms = None
            deployment.restarting.clear()
        case ev.ResumeRequested():
            deployment.drain_deadline_ms = None
        case ev.RestartRequested():
            deployment.restarting.update(dict.fromkeys(numbers_of(event.agents)))
        case ev.DeleteRequested():
            deployment.delete_deadline_ms = event.deadline_ms
            deployment.delete_forced = deployment.delete_forced or event.force
            deployment.delete_reason = event.reason
            deployment.restarting.clear()
        case ev.ConditionRaised():
            deployment.conditions[event.code] = Condition(event.code, event.reason, at_ms)
        case ev.ConditionCleared():
            deployment.conditions.pop(event.code, None)


# Agents coming and going


def _place(world: World, at_ms: int, event: ev.AgentsPlaced) -> None:
    deployment = world.deployments[event.uid]
    numbers = numbers_of(event.agents)
    if numbers[0] != world.next_numbers.get(deployment.type_name, 1):
        raise InvariantBroken(f"agent number {numbers[0]} is not the next one")
    funding_cents = event.funding_cents
    agents = deployment.agents
    for number in numbers:
        agents[number] = Agent(number, event.revision, funding_cents, at_ms)
    deployment.in_state[_PENDING].update(dict.fromkeys(numbers))
    world.next_numbers[deployment.type_name] = numbers[-1] + 1
    total_cents = funding_cents * len(numbers)
    deployment.total += len(numbers)
    deployment.cash_cents += total_cents
    world.issued_cents += event.minted_cents
    world.treasury_cents += event.minted_cents - total_cents
    if world.treasury_cents < 0:
        raise InvariantBroken("the treasury paid out more than it holds")


def _end(world: World, event: ev.AgentsEnded) -> None:
    deployment = world.deployments[event.uid]
    returned_cents = 0
    for number in numbers_of(event.agents):
        agent = deployment.agents.pop(number)
        _leave_state(deployment, agent)
        returned_cents += agent.cash_cents
        note = deployment.drains.pop(number, None)
        if note is not None and note.then == "end":
            deployment.ending -= 1
        for side in (deployment.failures, deployment.health_reasons, deployment.restarting):
            side.pop(number, None)
    if returned_cents != event.returned_cents:
        raise InvariantBroken(f"agents held {returned_cents} cents and returned {event.returned_cents}")
    deployment.total -= count_of(event.agents)
    deployment.cash_cents -= returned_cents
    world.treasury_cents += returned_cents


# Agents moving between states


def _apply_to_agents(
    deployment: Deployment,
    at_ms: int,
    event: ev.AgentsStarted
    | ev.AgentsBecameReady
    | ev.AgentsDrainBegun
    | ev.AgentsBecameDrained
    | ev.AgentsResumed
    | ev.AgentFailed
    | ev.AgentHealthChanged,
) -> None:
    match event:
        case ev.AgentsStarted():
            _start(deployment, at_ms, event.agents)
        case ev.AgentsBecameReady():
            _become_ready(deployment, at_ms, event.agents)
        case ev.AgentsDrainBegun():
            _begin_drain(deployment, at_ms, event)
        case ev.AgentsBecameDrained():
            for number in numbers_of(event.agents):
                _move(deployment, deployment.agents[number], AgentState.DRAINED, at_ms)
        case ev.AgentsResumed():
            _resume(deployment, at_ms, event.agents)
        case ev.AgentFailed():
            _fail(deployment, at_ms, event)
        case ev.AgentHealthChanged():
            _change_health(deployment, event)


def _start(deployment: Deployment, at_ms: int, agents: Ranges) -> None:
    """Into Starting: fresh agents in bulk, others (restarts) one by one."""
    pending, starting = deployment.in_state[_PENDING], deployment.in_state[_STARTING]
    for number in numbers_of(agents):
        agent = deployment.agents[number]
        if agent.state is _PENDING:
            del pending[number]
            starting[number] = None
            agent.state = _STARTING
            agent.since_ms = at_ms
            continue
        agent.restarts += 1
        agent.ready_ms = None
        if agent.state is not AgentState.FAILED or number in deployment.restarting:
            _forget_drain(deployment, number)
        deployment.restarting.pop(number, None)
        deployment.health_reasons.pop(number, None)
        _move(deployment, agent, _STARTING, at_ms)
        agent.health = "healthy"


def _become_ready(deployment: Deployment, at_ms: int, agents: Ranges) -> None:
    starting = deployment.in_state[_STARTING]
    numbers = numbers_of(agents)
    for number in numbers:
        agent = deployment.agents[number]
        del starting[number]
        agent.state = _READY
        agent.since_ms = agent.ready_ms = at_ms
    deployment.ready += len(numbers)
    deployment.healthy += len(numbers)
    drained = len(deployment.in_state[AgentState.DRAINING]) + len(deployment.in_state[AgentState.DRAINED])
    if deployment.ready + drained >= deployment.size:
        deployment.ready_by_ms = None


def _resume(deployment: Deployment, at_ms: int, agents: Ranges) -> None:
    """Back to Ready; one that failed on its way to being drained only forgets that it should be."""
    for number in numbers_of(agents):
        agent = deployment.agents[number]
        _forget_drain(deployment, number)
        if agent.state in (AgentState.DRAINING, AgentState.DRAINED):
            _move(deployment, agent, _READY, at_ms)


def _fail(deployment: Deployment, at_ms: int, event: ev.AgentFailed) -> None:
    """Into Failed. Whoever was to end or to stay drained still is; a restart has come about by itself."""
    note = deployment.drains.get(event.number)
    if note is not None and note.then == "restart":
        _forget_drain(deployment, event.number)
    deployment.failures[event.number] = FailureNote(event.reason, at_ms, event.retry_at_ms, event.failures)
    _move(deployment, deployment.agents[event.number], AgentState.FAILED, at_ms)


def _begin_drain(deployment: Deployment, at_ms: int, event: ev.AgentsDrainBegun) -> None:
    note = DrainNote(event.deadline_ms, event.then)
    for number in numbers_of(event.agents):
        agent = deployment.agents[number]
        _forget_drain(deployment, number)
        deployment.drains[number] = note
        if event.then != "restart":
            deployment.restarting.pop(number, None)
        if event.then == "end":
            deployment.ending += 1
        _move(deployment, agent, AgentState.DRAINING, at_ms)


def _change_health(deployment: Deployment, event: ev.AgentHealthChanged) -> None:
    agent = deployment.agents[event.number]
    if agent.state in SERVING:
        _count_health(deployment, agent, -1)
    agent.health = event.health
    if agent.state in SERVING:
        _count_health(deployment, agent, 1)
    if event.health == "healthy" or event.reason is None:
        deployment.health_reasons.pop(event.number, None)
    else:
        deployment.health_reasons[event.number] = event.reason


def _move(deployment: Deployment, agent: Agent, state: AgentState, at_ms: int) -> None:
    _leave_state(deployment, agent)
    agent.state = state
    agent.since_ms = at_ms
    if state is _READY:
        deployment.ready += 1
    else:
        deployment.in_state[state][agent.number] = None
    if state in SERVING:
        _count_health(deployment, agent, 1)


def _leave_state(deployment: Deployment, agent: Agent) -> None:
    if agent.state is _READY:
        deployment.ready -= 1
    else:
        del deployment.in_state[agent.state][agent.number]
    if agent.state in SERVING:
        _count_health(deployment, agent, -1)


def _count_health(deployment: Deployment, agent: Agent, change: int) -> None:
    if agent.health == "healthy":
        deployment.healthy += change
    elif agent.health == "degraded":
        deployment.degraded += change
    else:
        deployment.unhealthy += change


def _forget_drain(deployment: Deployment, number: int) -> None:
    note = deployment.drains.pop(number, None)
    if note is not None and note.then == "end":
        deployment.ending -= 1
