"""Answers to looking statements: synchronous, from the world as it is. Imports no asyncio."""

from palm_ual.lang.statements import (
    AnyLooking,
    Describe,
    DescribeType,
    FleetStatus,
    Logs,
    PalmStatus,
    Show,
)
from palm_ual.model.ids import agent_id, split_agent_id
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.results import (
    DeploymentLine,
    FleetStatusShown,
    LogLine,
    LogShown,
    PalmStatusShown,
    ResultEvent,
)
from palm_ual.service.sources import Sources
from palm_ual.service.wording import status_of, worst_status
from palm_ual.world.lookup import resolve_agent, resolve_deployment
from palm_ual.world.records import Deployment, World


def needs_agents(statement: AnyLooking) -> bool:
    """Whether the answer looks at single agents, or counters are enough."""
    if isinstance(statement, Show):
        return statement.what == "AGENTS"
    return not isinstance(statement, PalmStatus | FleetStatus | DescribeType)


def needs_statements(statement: AnyLooking) -> bool:
    """Whether the answer looks at the history of statements."""
    return isinstance(statement, Show) and statement.what == "STATEMENTS"


def answer(statement: AnyLooking, sources: Sources) -> ResultEvent:
    """The answer to a looking statement.

    Raises:
        NotFound, UnknownKey, InvalidValue: of the names and fields in it.
    """
    match statement:
        case PalmStatus():
            return palm_status(sources.world)
        case FleetStatus():
            return fleet_status(sources.world, statement.name)
        case Show():
            from palm_ual.service.listings import list_table

            return list_table(statement, sources)
        case Describe():
            from palm_ual.service.descriptions import describe

            return describe(statement.name, sources)
        case DescribeType():
            from palm_ual.service.descriptions import describe_type

            return describe_type(statement.type_name, sources)
        case Logs():
            return logs(statement, sources)


def palm_status(world: World) -> PalmStatusShown:
    """Capacity, health counts and money. Available is what could still be deployed."""
    deployments = world.deployments.values()
    return PalmStatusShown(
        agents=world.agents,
        capacity=world.capacity,
        healthy=sum(deployment.healthy for deployment in deployments),
        unhealthy=sum(deployment.sick for deployment in deployments),
        deploying=sum(deployment.deploying for deployment in deployments),
        total_iusd_cents=world.held_cents,
        available_capacity=world.capacity - world.reserved,
    )


def fleet_status(world: World, name: str | None) -> FleetStatusShown:
    """The sums of all deployments, or of one. Nothing trades yet, so nothing of it is measured."""
    chosen = list(world.deployments.values()) if name is None else [resolve_deployment(world, name)]
    if not chosen:
        title, status = "none", None
    elif len(chosen) == 1:
        title, status = chosen[0].name, status_of(chosen[0])
    else:
        title, status = f"all ({len(chosen)})", worst_status(world)
    budgets = [_budget_cents(deployment) for deployment in chosen]
    return FleetStatusShown(
        deployment=title,
        status=status,
        agents=sum(deployment.total for deployment in chosen),
        healthy=sum(deployment.healthy for deployment in chosen),
        degraded=sum(deployment.degraded for deployment in chosen),
        unhealthy=sum(deployment.sick for deployment in chosen),
        pnl_cents=None,
        avg_latency_ms=None,
        orders_per_min=None,
        success_pct=None,
        funding_cents=sum(_funding_cents(deployment) for deployment in chosen) if chosen else None,
        budget_cents=sum(budget for budget in budgets if budget is not None)
        if any(budget is not None for budget in budgets)
        else None,
        used_budget_cents=None,
        deployments=tuple(_line(deployment) for deployment in chosen) if len(chosen) > 1 else (),
    )


def _funding_cents(deployment: Deployment) -> int:
    return deployment.revision.funding_cents * deployment.total


def _budget_cents(deployment: Deployment) -> int | None:
    budget_cents = deployment.revision.budget_cents
    return None if budget_cents is None else budget_cents * deployment.total


def _line(deployment: Deployment) -> DeploymentLine:
    return DeploymentLine(
        deployment.name,
        status_of(deployment),
        deployment.total,
        deployment.size,
        deployment.healthy,
        deployment.degraded,
        deployment.sick,
    )


def logs(statement: Logs, sources: Sources) -> LogShown:
    """What an agent wrote last; also of one that has ended.

    Raises:
        NotFound: no agent ever had that id.
    """
    parts = split_agent_id(statement.agent)
    if parts is None or not sources.world.number_used(*parts):
        deployment, agent = resolve_agent(sources.world, statement.agent)
        parts = (deployment.type_name, agent.number)
    name = agent_id(*parts)
    limit = LOG_LINES_PER_AGENT_MAX if statement.tail is None else statement.tail
    lines = sources.journal.log_tail(name, limit)
    return LogShown(name, tuple(LogLine(line.at_ms, line.text) for line in lines))
