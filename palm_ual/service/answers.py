"""Answers to looking statements: synchronous, from the world as it is. Imports no asyncio."""

from collections.abc import Iterator

from palm_ual.lang.statements import (
    AnyLooking,
    Balance,
    CheckHome,
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
    HomeChecked,
    LogLine,
    LogShown,
    PalmStatusShown,
    ResultEvent,
)
from palm_ual.service.figures import budget_cents, measure, p99_latency_ms, trend_of
from palm_ual.service.sources import Sources
from palm_ual.service.wording import status_of, worst_status
from palm_ual.world.account_names import home_account
from palm_ual.world.lookup import resolve_agent, resolve_deployment
from palm_ual.world.records import Deployment, World

_OF_AGENTS = ("AGENTS", "ORDERS", "POSITIONS", "ACCOUNTS")


def needs_agents(statement: AnyLooking) -> bool:
    """Whether the answer looks at single agents, orders or escrows, or sums are enough."""
    match statement:
        case Show():
            return statement.what in _OF_AGENTS
        case Balance():
            return home_account(statement.account) is None
        case PalmStatus() | FleetStatus() | DescribeType():
            return False
        case Describe() | Logs() | CheckHome():
            return True


def needs_statements(statement: AnyLooking) -> bool:
    """Whether the answer looks at the history of statements."""
    return isinstance(statement, CheckHome) or (
        isinstance(statement, Show) and statement.what == "STATEMENTS"
    )


def look(statement: AnyLooking, sources: Sources) -> Iterator[ResultEvent]:
    """The answer to a looking statement.

    Raises:
        NotFound, UnknownKey, InvalidValue: of the names and fields in it.
        HomeCorrupt: after the answer, which says what is wrong.
    """
    result = answer(statement, sources)
    yield result
    if isinstance(result, HomeChecked) and result.findings:
        from palm_ual.service.checking import unsound

        raise unsound(result)


def answer(statement: AnyLooking, sources: Sources) -> ResultEvent:
    """The answer alone, whatever it says; errors as `look`, but for the one that comes after it."""
    match statement:
        case PalmStatus():
            return palm_status(sources.world)
        case FleetStatus():
            return fleet_status(sources.world, statement.name, now_ms=sources.now_ms)
        case DescribeType() | Describe():
            return _describe(statement, sources)
        case Logs():
            return logs(statement, sources)
        case Show():
            from palm_ual.service.listings import list_table

            return list_table(statement, sources)
        case Balance():
            from palm_ual.service.balances import balance

            return balance(statement.account, sources)
        case CheckHome():
            from palm_ual.service.checking import check_home

            return check_home(sources)


def _describe(statement: Describe | DescribeType, sources: Sources) -> ResultEvent:
    from palm_ual.service.descriptions import describe, describe_type

    if isinstance(statement, DescribeType):
        return describe_type(statement.type_name, sources)
    return describe(statement.name, sources)


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


def fleet_status(world: World, name: str | None, *, now_ms: int) -> FleetStatusShown:
    """The sums of all deployments, or of one. Figures of trading are of those that have traded."""
    chosen = list(world.deployments.values()) if name is None else [resolve_deployment(world, name)]
    if not chosen:
        title, status = "none", None
    elif len(chosen) == 1:
        title, status = chosen[0].name, status_of(chosen[0])
    else:
        title, status = f"all ({len(chosen)})", worst_status(world)
    budgets = [budget for deployment in chosen if (budget := budget_cents(deployment)) is not None]
    figures = [deployment.figures for deployment in chosen]
    measured = measure(figures, world.market.references, now_ms=now_ms)
    return FleetStatusShown(
        deployment=title,
        status=status,
        agents=sum(deployment.total for deployment in chosen),
        healthy=sum(deployment.healthy for deployment in chosen),
        degraded=sum(deployment.degraded for deployment in chosen),
        unhealthy=sum(deployment.sick for deployment in chosen),
        pnl_cents=measured.pnl_cents,
        avg_latency_ms=measured.latency_ms,
        orders_per_min=measured.orders_per_min,
        success_pct=measured.success_pct,
        funding_cents=sum(one.funding_cents for one in figures) if chosen else None,
        budget_cents=sum(budgets) if budgets else None,
        used_budget_cents=measured.used_budget_cents,
        deployments=tuple(_line(deployment) for deployment in chosen) if len(chosen) > 1 else (),
        p99_latency_ms=p99_latency_ms(one.latency for one in figures),
        trend=trend_of(figures),
    )


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
