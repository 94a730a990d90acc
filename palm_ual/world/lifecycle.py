"""Agents come, move between states, and go: the part of `evolve` that is about them."""

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, count_of, numbers_of
from palm_ual.world import money
from palm_ual.world.records import (
    SERVING,
    Agent,
    AgentState,
    Deployment,
    DrainNote,
    FailureNote,
    World,
)
from palm_ual.world.roles import settle_role

_PENDING, _STARTING, _READY = AgentState.PENDING, AgentState.STARTING, AgentState.READY


def place(world: World, at_ms: int, event: ev.AgentsPlaced) -> None:
    """Agents that are still to be started, with their money."""
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
    money.fund(world, deployment, total_cents, minted_cents=event.minted_cents)


def end(world: World, event: ev.AgentsEnded) -> None:
    """Agents that are gone; their money is the treasury's again."""
    deployment = world.deployments[event.uid]
    returned_cents = 0
    for number in numbers_of(event.agents):
        agent = deployment.agents.pop(number)
        _leave_state(deployment, agent)
        returned_cents += money.give_back(world, deployment, agent)
        note = deployment.drains.pop(number, None)
        if note is not None and note.then == "end":
            deployment.ending -= 1
        for side in (deployment.failures, deployment.health_reasons, deployment.restarting):
            side.pop(number, None)
    if returned_cents != event.returned_cents:
        raise InvariantBroken(f"agents held {returned_cents} cents and returned {event.returned_cents}")
    deployment.total -= count_of(event.agents)
    settle_role(world, deployment, numbers_of(event.agents))


def change(
    world: World,
    at_ms: int,
    event: ev.AgentsStarted
    | ev.AgentsBecameReady
    | ev.AgentsDrainBegun
    | ev.AgentsBecameDrained
    | ev.AgentsResumed
    | ev.AgentFailed
    | ev.AgentHealthChanged,
) -> None:
    """An agent, or several, came into another state or health."""
    deployment = world.deployments[event.uid]
    match event:
        case ev.AgentsStarted():
            _start(deployment, at_ms, event.agents)
        case ev.AgentsBecameReady():
            _become_ready(deployment, at_ms, event.agents)
        case ev.AgentsDrainBegun():
            _begin_drain(world, deployment, at_ms, event)
        case ev.AgentsBecameDrained():
            for number in numbers_of(event.agents):
                _move(deployment, deployment.agents[number], AgentState.DRAINED, at_ms)
        case ev.AgentsResumed():
            _resume(deployment, at_ms, event.agents)
        case ev.AgentFailed():
            _fail(world, deployment, at_ms, event)
        case ev.AgentHealthChanged():
            _change_health(deployment, event)
            return
    if deployment.revision.role is not None:
        agents = ((event.number, event.number),) if isinstance(event, ev.AgentFailed) else event.agents
        settle_role(world, deployment, numbers_of(agents))


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


def _fail(world: World, deployment: Deployment, at_ms: int, event: ev.AgentFailed) -> None:
    """Into Failed. Whoever was to end or to stay drained still is; a restart has come about by itself.

    Nobody minds the orders of an agent that does not run: they are cancelled. What an arbiter has to decide
    goes to another that is ready, if there is one.
    """
    note = deployment.drains.get(event.number)
    if note is not None and note.then == "restart":
        _forget_drain(deployment, event.number)
    deployment.failures[event.number] = FailureNote(event.reason, at_ms, event.retry_at_ms, event.failures)
    agent = deployment.agents[event.number]
    world.market.cancel_all(agent)
    if agent.trading is not None:
        for case in list(agent.trading.cases.values()):
            world.market.desk.hand_over(case, now_ms=at_ms)
    _move(deployment, agent, AgentState.FAILED, at_ms)


def _begin_drain(world: World, deployment: Deployment, at_ms: int, event: ev.AgentsDrainBegun) -> None:
    """No new work from here on, and no order that rests: nothing can fill while positions are closed."""
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
        world.market.cancel_all(agent)


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
    agent.closing = state in (AgentState.DRAINING, AgentState.DRAINED)
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
