"""Events and states in words, for tables and descriptions."""

from typing import Literal, TypeAlias, get_args

from palm_ual.model import events as ev
from palm_ual.model.ids import Ranges, agent_id, count_of
from palm_ual.model.money import format_dollars
from palm_ual.service.session import home_value_in_words
from palm_ual.world.money import TREASURY
from palm_ual.world.records import AgentState, Deployment, World

Status: TypeAlias = Literal[
    "UNHEALTHY", "DEGRADED", "DELETING", "DRAINING", "DRAINED", "DEPLOYING", "HEALTHY"
]
"""Of a deployment, the worst first."""


def status_of(deployment: Deployment) -> Status:
    """One word for a deployment: what an operator would act on comes first."""
    if deployment.deleting:
        return "DELETING"
    if deployment.sick and not deployment.healthy:
        return "UNHEALTHY"
    if deployment.sick or deployment.degraded or deployment.conditions:
        return "DEGRADED"
    drained = deployment.count(AgentState.DRAINED)
    if deployment.draining or (
        deployment.total and deployment.count(AgentState.DRAINING) + drained == deployment.total
    ):
        return "DRAINED" if drained == deployment.total else "DRAINING"
    if deployment.deploying or deployment.total < deployment.size:
        return "DEPLOYING"
    return "HEALTHY"


def worst_status(world: World) -> Status | None:
    """The worst of all deployments' words; None without any."""
    words = {status_of(deployment) for deployment in world.deployments.values()}
    return next((word for word in get_args(Status) if word in words), None)


def agents_in_words(type_name: str, agents: Ranges) -> str:
    """`buyer_001`, or `buyer_001..buyer_005`, runs set apart by commas."""
    runs = [
        agent_id(type_name, first)
        if first == last
        else f"{agent_id(type_name, first)}..{agent_id(type_name, last)}"
        for first, last in agents
    ]
    return ", ".join(runs[:3]) + (f" and {len(runs) - 3} runs more" if len(runs) > 3 else "")


def agents_of(event: ev.AnyEvent) -> Ranges:
    """The agents an event is about; empty for one about a whole deployment or the home."""
    if isinstance(event, ev.MoneyMoved):
        moved = event.target[1] or event.source[1]
        return ((moved, moved),)
    agents: Ranges = getattr(event, "agents", ())
    number = getattr(event, "number", None)
    return agents or (() if number is None else ((number, number),))


_HomeEvent: TypeAlias = (
    ev.FleetResumed | ev.FleetSuspended | ev.StatementAccepted | ev.StatementEnded | ev.SettingSet
)
_MarketEvent: TypeAlias = ev.MarketTraded | ev.MarketCompacted | ev.MoneyMoved | ev.OrdersCancelled
_DeploymentEvent: TypeAlias = (
    ev.DeploymentCreated
    | ev.RevisionUpgraded
    | ev.SizeSet
    | ev.DeploymentRenamed
    | ev.DrainRequested
    | ev.ResumeRequested
    | ev.RestartRequested
    | ev.DeleteRequested
    | ev.DeploymentDeleted
    | ev.ConditionRaised
    | ev.ConditionCleared
)


def event_in_words(event: ev.AnyEvent, world: World) -> str:
    """What an event says beyond its kind and its agents. `world` has the names of those it is about."""
    if isinstance(event, _HomeEvent):
        return _home_event_in_words(event)
    if isinstance(event, _MarketEvent):
        return _market_event_in_words(event, world)
    if isinstance(event, _DeploymentEvent):
        return _deployment_event_in_words(event)
    match event:
        case ev.AgentsPlaced():
            return f"funded {format_dollars(event.funding_cents)} each"
        case ev.AgentsDrainBegun():
            closing = f", {count_of(event.closing)} with something to close" if event.closing else ""
            return f"then {event.then}{closing}"
        case ev.AgentsEnded():
            owed = f", {count_of(event.dropped)} still owed something" if event.dropped else ""
            return f"{event.reason}, returned {format_dollars(event.returned_cents)}{owed}"
        case ev.AgentFailed():
            return f"{event.reason} (failure {event.failures} in a row)"
        case ev.AgentHealthChanged():
            return event.health + (f": {event.reason}" if event.reason else "")
        case ev.AgentsStarted() | ev.AgentsBecameReady() | ev.AgentsBecameDrained() | ev.AgentsResumed():
            return ""


def _home_event_in_words(event: _HomeEvent) -> str:
    match event:
        case ev.StatementAccepted():
            return event.text if event.because is None else f"{event.text} (because {event.because})"
        case ev.StatementEnded():
            return event.outcome if event.code is None else f"{event.outcome}: {event.code}"
        case ev.FleetResumed():
            return f"release {event.release}"
        case ev.SettingSet():
            return f"{event.name} = {home_value_in_words(event.name, event.value)}"
        case ev.FleetSuspended():
            return ""


def _market_event_in_words(event: _MarketEvent, world: World) -> str:
    match event:
        case ev.MarketTraded():
            return _flow_in_words(event.sums)
        case ev.MarketCompacted():
            return f"{_flow_in_words(event.sums)}; only the sums of {event.batches:,} batches are kept"
        case ev.MoneyMoved():
            issued = f", {format_dollars(event.minted_cents)} newly issued" if event.minted_cents else ""
            source, target = _party(event.source, world), _party(event.target, world)
            return f"{format_dollars(event.cents)} from {source} to {target}{issued}"
        case ev.OrdersCancelled():
            return ""


def _flow_in_words(sums: ev.FlowSums) -> str:
    return f"{sums.orders:,} orders, {sums.trades:,} trades of {format_dollars(sums.volume_cents)}"


def _party(account: tuple[int, int], world: World) -> str:
    uid, number = account
    return "treasury" if account == TREASURY else agent_id(world.type_names[uid], number)


def _deployment_event_in_words(event: _DeploymentEvent) -> str:
    match event:
        case ev.DeploymentCreated():
            return f"{event.size} of {event.revision.type_name}"
        case ev.RevisionUpgraded():
            return f"revision {event.revision.number} is of an older release: role {event.revision.role or 'none'}"
        case ev.SizeSet():
            return f"size {event.size}"
        case ev.DeploymentRenamed():
            return f"now {event.name}"
        case ev.DeleteRequested():
            return event.reason + (", forced" if event.force else "")
        case ev.ConditionRaised():
            return f"{event.code}: {event.reason}"
        case ev.ConditionCleared():
            return event.code
        case ev.DrainRequested() | ev.ResumeRequested() | ev.RestartRequested() | ev.DeploymentDeleted():
            return ""
