"""`evolve` folds one event into the world: the only way it changes, live and at replay alike."""

from collections.abc import Iterable
from typing import assert_never

from palm_ual.errors import InvariantBroken
from palm_ual.market.flow import fold_batch
from palm_ual.model import events as ev
from palm_ual.model.ids import numbers_of
from palm_ual.world import lifecycle, money
from palm_ual.world.records import (
    HOME_SETTINGS,
    RUNNING,
    Condition,
    Deployment,
    StatementRecord,
    World,
    may_short,
)
from palm_ual.world.roles import settle_role


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
    except (KeyError, IndexError, AttributeError, ValueError) as error:
        raise InvariantBroken(
            f"event {record.seq} ({type(record.event).__name__}) does not fit: {error!r}"
        ) from error


def _apply(world: World, record: ev.Recorded, event: ev.AnyEvent) -> None:
    match event:
        case ev.FleetResumed() | ev.FleetSuspended():
            _apply_to_life(world, event)
        case ev.StatementAccepted() | ev.StatementEnded() | ev.SettingSet():
            _apply_to_home(world, record, event)
        case ev.MarketTraded() | ev.MarketCompacted() | ev.MoneyMoved() | ev.OrdersCancelled():
            _apply_to_market(world, event)
        case ev.DeploymentCreated() | ev.DeploymentRenamed() | ev.DeploymentDeleted():
            _apply_to_deployments(world, record, event)
        case ev.AgentsPlaced():
            lifecycle.place(world, record.at_ms, event)
        case ev.AgentsEnded():
            lifecycle.end(world, event)
        case (
            ev.RevisionUpgraded()
            | ev.SizeSet()
            | ev.DrainRequested()
            | ev.ResumeRequested()
            | ev.RestartRequested()
            | ev.DeleteRequested()
            | ev.ConditionRaised()
            | ev.ConditionCleared()
        ):
            _apply_to_deployment(world.deployments[event.uid], record.at_ms, event)
            if isinstance(event, ev.RevisionUpgraded):
                deployment = world.deployments[event.uid]
                settle_role(world, deployment, list(deployment.agents))
        case (
            ev.AgentsStarted()
            | ev.AgentsBecameReady()
            | ev.AgentsDrainBegun()
            | ev.AgentsBecameDrained()
            | ev.AgentsResumed()
            | ev.AgentFailed()
            | ev.AgentHealthChanged()
        ):
            lifecycle.change(world, record.at_ms, event)
        case _:
            assert_never(event)


def _apply_to_life(world: World, event: ev.FleetResumed | ev.FleetSuspended) -> None:
    match event:
        case ev.FleetResumed():
            world.suspended = False
            if world.market.seed is None:
                world.market.seed = event.seed
        case ev.FleetSuspended():
            world.suspended = True
    _close_statements(world)


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
            if event.name not in HOME_SETTINGS:
                raise InvariantBroken(f"unknown setting {event.name!r} in the journal")
            setattr(world, HOME_SETTINGS[event.name], event.value)


def _apply_to_market(
    world: World,
    event: ev.MarketTraded | ev.MarketCompacted | ev.MoneyMoved | ev.OrdersCancelled,
) -> None:
    market = world.market
    match event:
        case ev.MarketTraded():
            fold_batch(market, event)
        case ev.MarketCompacted():
            raise InvariantBroken("market flow that is past its retention cannot be folded")
        case ev.MoneyMoved():
            money.move(world, event)
        case ev.OrdersCancelled():
            agents = world.deployments[event.uid].agents
            for number in numbers_of(event.agents):
                market.cancel_all(agents[number])


def _close_statements(world: World) -> None:
    """A statement that was at work when its process died is not at work any more."""
    for kept in world.statements:
        if kept.outcome == RUNNING:
            kept.outcome = "interrupted"


# Deployments


def _apply_to_deployments(
    world: World,
    record: ev.Recorded,
    event: ev.DeploymentCreated | ev.DeploymentRenamed | ev.DeploymentDeleted,
) -> None:
    match event:
        case ev.DeploymentCreated():
            _create(world, record, event)
        case ev.DeploymentRenamed():
            _rename(world, event)
        case ev.DeploymentDeleted():
            _delete(world, event)


def _create(world: World, record: ev.Recorded, event: ev.DeploymentCreated) -> None:
    if world.find(event.name) or event.uid != world.next_uid:
        raise InvariantBroken(f"deployment {event.name!r} (uid {event.uid}) cannot be created")
    made = Deployment(event.uid, event.name, event.size, event.revision, record.wall_ms)
    made.ready_by_ms = event.ready_by_ms
    world.deployments[made.uid] = made
    world.market.figures[made.uid] = made.figures
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
    del world.market.figures[event.uid]


def _upgrade(deployment: Deployment, revision: ev.Revision) -> None:
    numbers = [former.number for former in deployment.revisions]
    deployment.revisions[numbers.index(revision.number)] = revision
    for agent in deployment.agents.values():
        if agent.trading is not None and agent.revision == revision.number:
            agent.trading.may_short = may_short(revision)


def _apply_to_deployment(
    deployment: Deployment,
    at_ms: int,
    event: ev.RevisionUpgraded
    | ev.SizeSet
    | ev.DrainRequested
    | ev.ResumeRequested
    | ev.RestartRequested
    | ev.DeleteRequested
    | ev.ConditionRaised
    | ev.ConditionCleared,
) -> None:
    match event:
        case ev.RevisionUpgraded():
            _upgrade(deployment, event.revision)
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
