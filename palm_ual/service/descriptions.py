"""DESCRIBE: everything about one deployment, agent or type, ending with its latest events and why it is
not where it should be, if so. The reasons come from the planner itself.
"""

import json
from decimal import Decimal
from itertools import islice
from typing import TypeAlias

from palm_ual.agents.finder import FoundType
from palm_ual.errors import NotFound, PalmError
from palm_ual.market.view import owed_in_words
from palm_ual.model.events import Recorded, Revision
from palm_ual.model.ids import agent_id, numbers_of
from palm_ual.model.results import Column, Described, Fact, TableShown
from palm_ual.planning.capacity import fundable, room_for
from palm_ual.planning.deployment import (
    CRASH_LOOP,
    OWING_NAMED_MAX,
    SCALING_STUCK,
    STEADY,
    TYPE_UNAVAILABLE,
    DeploymentView,
    plan_deployment,
)
from palm_ual.runtime.catalog import decode_config
from palm_ual.service.figures import Measured, budget_cents, measure, measure_agent, p99_latency_ms, trend_of
from palm_ual.service.listings import EVENT_COLUMNS, event_row, reason_of, shown_health
from palm_ual.service.market_listings import (
    AGENT_POSITION_COLUMNS,
    ESCROW_COLUMNS,
    HOLDING_COLUMNS,
    ORDER_COLUMNS,
    case_row,
    cases_of,
    holding_rows,
    order_row,
    resting_orders,
    rows_of_positions,
)
from palm_ual.service.sources import Sources
from palm_ual.service.wording import agents_of, status_of
from palm_ual.world.lookup import Found, resolve
from palm_ual.world.records import Agent, AgentState, Deployment

_Headed: TypeAlias = tuple[str, TableShown]
"""A table under its heading."""
_SHOWN_AT_MOST = 10
"""Orders and escrows; what else there is shows with SHOW."""
_EVENTS_SHOWN = 10
_EVENTS_SEARCHED = 500
_CONDITION_OF = {
    "drain_deadline": SCALING_STUCK,
    "crash_loop": CRASH_LOOP,
    "type_unavailable": TYPE_UNAVAILABLE,
}
"""Rules of the planner whose reason is a condition's too."""


def describe(name: str, sources: Sources) -> Described:
    """A deployment or an agent; or a type, where neither has that name.

    Raises:
        NotFound: nothing has that name.
    """
    try:
        found = resolve(sources.world, name)
    except NotFound as missing:
        try:
            return describe_type(name, sources)
        except PalmError:
            raise missing from None
    return _describe_agent(found, sources) if found.agent else _describe_deployment(found.deployment, sources)


def describe_type(ref: str, sources: Sources) -> Described:
    """An agent type and its config schema."""
    from palm_ual.agents.config import config_fields
    from palm_ual.agents.finder import BUILT_IN

    found = _find_type(ref, sources)
    rows = tuple(
        (field.key, field.allowed, field.unit or "", field.default or "(must be given)", field.meaning)
        for field in config_fields(found.type.Config)
    )
    columns = (
        Column("key", "KEY"),
        Column("allowed", "MAY BE"),
        Column("unit", "UNIT"),
        Column("default", "DEFAULT"),
        Column("meaning", "MEANING"),
    )
    where = found.directory or ("built in" if found.ref in BUILT_IN else "installed")
    facts = (
        Fact("type", "Type", found.name),
        Fact("summary", "Summary", found.type.summary),
        Fact("reference", "Deploy as", found.ref),
        Fact("found", "Found in", where),
        Fact("meaning", "Meaning", " ".join((found.type.__doc__ or "").split())),
    )
    tables = (("Config (WITH)", TableShown("config", columns, rows)),)
    return Described("type", found.name, tuple(fact for fact in facts if fact.value), tables)


def _find_type(ref: str, sources: Sources) -> FoundType:
    """A type by what it is deployed as, or by the short name that its agents' ids begin with."""
    for deployment in sources.world.deployments.values():
        revision = deployment.revision
        if ref in (revision.type_ref, revision.type_name):
            return sources.catalog.find(revision.type_ref, directory=revision.type_dir)
    return sources.catalog.find(ref)


def _describe_deployment(deployment: Deployment, sources: Sources) -> Described:
    revision, figures, world = deployment.revision, deployment.figures, sources.world
    measured = measure([figures], world.market.references, now_ms=sources.now_ms)
    open_business = _OpenBusiness(Found(deployment), sources)
    facts = [
        Fact("deployment", "Deployment", deployment.name),
        Fact("status", "Status", status_of(deployment)),
        Fact("type", "Type", revision.type_ref),
        Fact("size", "Size", deployment.size, "count"),
        Fact("agents", "Agents", deployment.total, "count"),
        Fact("ready", "Ready", deployment.ready, "count"),
        Fact("healthy", "Healthy", deployment.healthy, "count"),
        Fact("degraded", "Degraded", deployment.degraded, "count"),
        Fact("unhealthy", "Unhealthy", deployment.sick, "count"),
        Fact("deploying", "Deploying", deployment.deploying, "count"),
        Fact("draining", "Draining", deployment.count(AgentState.DRAINING), "count"),
        Fact("drained", "Drained", deployment.count(AgentState.DRAINED), "count"),
        Fact("revision", "Revision", revision.number, "count"),
        Fact("config", "Config", _config_of(revision.config), "labels"),
        Fact("labels", "Labels", revision.labels, "labels"),
        Fact("funding_cents", "Funding each", revision.funding_cents, "cents"),
        Fact("budget_cents", "Budget each", revision.budget_cents, "cents"),
        Fact("cash_cents", "Cash", deployment.cash_cents, "cents"),
        Fact("escrowed_cents", "In escrow", figures.escrowed_cents, "cents"),
        *_trading_facts(measured, p99_latency_ms([figures.latency])),
        Fact("total_budget_cents", "Total budget", budget_cents(deployment), "cents"),
        *open_business.facts(),
        Fact("created_wall_ms", "Created", deployment.created_wall_ms, "wall_ms"),
    ]
    conditions = tuple(
        f"{condition.code}: {condition.reason}" for condition in deployment.conditions.values()
    )
    records = sources.journal.latest_events(limit=_EVENTS_SHOWN, deployment=deployment.uid)
    reasons = conditions + _reasons(deployment, sources)
    positions = TableShown("positions", HOLDING_COLUMNS, tuple(holding_rows(world, figures.owned)))
    tables = _shown(("Positions", positions), *open_business.tables(), _events(records, sources))
    return Described("deployment", deployment.name, tuple(facts), tables, reasons, trend_of([figures]))


def _describe_agent(found: Found, sources: Sources) -> Described:
    deployment, agent = found.deployment, found.agent
    assert agent is not None
    name = agent_id(deployment.type_name, agent.number)
    ready_ms = None if agent.ready_ms is None else sources.now_ms - agent.ready_ms
    revision = next(made for made in deployment.revisions if made.number == agent.revision)
    owes = _owed(deployment, agent, sources)
    open_business = _OpenBusiness(found, sources)
    facts = (
        Fact("agent", "Agent", name),
        Fact("deployment", "Deployment", deployment.name),
        Fact("type", "Type", revision.type_ref),
        Fact("state", "State", str(agent.state)),
        Fact("since_ms", "For", sources.now_ms - agent.since_ms, "duration_ms"),
        Fact("health", "Health", shown_health(agent)),
        Fact("ready_ms", "Ready for", ready_ms, "duration_ms"),
        Fact("restarts", "Restarts", agent.restarts, "count"),
        Fact("revision", "Revision", agent.revision, "count"),
        Fact("config", "Config", _config_of(revision.config), "labels"),
        Fact("labels", "Labels", revision.labels, "labels"),
        *_money_facts(agent, revision),
        *_agent_trading_facts(agent, sources),
        *open_business.facts(),
        Fact("owes", "Owes", owes or "nothing"),
    )
    recent = sources.journal.latest_events(limit=_EVENTS_SEARCHED, deployment=deployment.uid)
    concerned = [record for record in recent if _is_about(record, agent.number)][:_EVENTS_SHOWN]
    blocks = f"it owes {owes}" if owes and agent.state is AgentState.DRAINING else ""
    reasons = tuple(reason for reason in (reason_of(deployment, agent), blocks) if reason)
    rows = tuple(rows_of_positions(sources.world, agent))
    positions = TableShown("positions", AGENT_POSITION_COLUMNS, rows)
    tables = _shown(("Positions", positions), *open_business.tables(), _events(concerned, sources))
    return Described("agent", name, facts, tables, reasons)


def _money_facts(agent: Agent, revision: Revision) -> tuple[Fact, ...]:
    trading = agent.trading
    return (
        Fact("funded_cents", "Funded", agent.funded_cents, "cents"),
        Fact("budget_cents", "Budget", revision.budget_cents, "cents"),
        Fact("cash_cents", "Cash", agent.cash_cents, "cents"),
        Fact("reserved_cents", "Reserved", agent.cash_cents - agent.free_cents, "cents"),
        Fact("escrowed_cents", "In escrow", 0 if trading is None else trading.escrowed_cents, "cents"),
    )


def _agent_trading_facts(agent: Agent, sources: Sources) -> tuple[Fact, ...]:
    trading, references = agent.trading, sources.world.market.references
    measured = measure_agent(agent, references, now_ms=sources.now_ms)
    p99_ms = None if trading is None else p99_latency_ms([trading.latency])
    refusal = None if trading is None else trading.refusal
    return (*_trading_facts(measured, p99_ms), Fact("refusal", "Last refusal", refusal))


def _trading_facts(measured: Measured, p99_ms: float | None) -> tuple[Fact, ...]:
    return (
        Fact("pnl_cents", "PnL", measured.pnl_cents, "cents"),
        Fact("orders", "Orders", measured.orders, "count"),
        Fact("filled", "Filled", measured.filled, "count"),
        Fact("rejected", "Rejected", measured.rejected, "count"),
        Fact("failed", "Failed", measured.failed, "count"),
        Fact("orders_per_min", "Orders/min", measured.orders_per_min, "count"),
        Fact("success_pct", "Success", measured.success_pct, "pct"),
        Fact("latency_ms", "Latency", measured.latency_ms, "latency_ms"),
        Fact("p99_latency_ms", "P99 latency", p99_ms, "latency_ms"),
        Fact("used_budget_cents", "Used budget", measured.used_budget_cents, "cents"),
    )


class _OpenBusiness:
    """Resting orders and escrows of a deployment or an agent: how many, and the oldest of them."""

    def __init__(self, found: Found, sources: Sources) -> None:
        self._sources = sources
        self._orders = list(resting_orders(sources.world, found))
        self._cases = sorted(cases_of(sources.world, found), key=lambda case: case.id)

    def facts(self) -> tuple[Fact, Fact]:
        return (
            Fact("resting", "Resting orders", len(self._orders), "count"),
            Fact("in_escrow", "Escrows", len(self._cases), "count"),
        )

    def tables(self) -> tuple[_Headed, _Headed]:
        orders = tuple(order_row(self._sources, order) for order in self._orders[:_SHOWN_AT_MOST])
        cases = tuple(case_row(self._sources, case) for case in self._cases[:_SHOWN_AT_MOST])
        return (
            (
                _heading("Resting orders", len(self._orders)),
                TableShown("resting_orders", ORDER_COLUMNS, orders),
            ),
            (_heading("Escrows", len(self._cases)), TableShown("escrows", ESCROW_COLUMNS, cases)),
        )


def _heading(title: str, count: int) -> str:
    return title if count <= _SHOWN_AT_MOST else f"{title} (the oldest {_SHOWN_AT_MOST} of {count:,})"


def _owed(deployment: Deployment, agent: Agent, sources: Sources) -> str | None:
    """What an agent owes, in words: by its own account where it runs, else by the ledger's."""
    said = None if sources.owes is None else sources.owes(deployment.uid, agent.number)
    if said is not None or agent.trading is None:
        return said
    return ", ".join(owed_in_words(agent.trading, sources.world.market)) or None


def _is_about(record: Recorded, number: int) -> bool:
    return any(
        number in numbers_of((run,)) if run[0] > run[1] else run[0] <= number <= run[1]
        for run in agents_of(record.event)
    )


def _reasons(deployment: Deployment, sources: Sources) -> tuple[str, ...]:
    """What the planner says now beyond the standing conditions, unless all is well."""
    problem = None
    if not deployment.deleting:
        try:
            sources.catalog.behaviour(deployment.revision)
        except PalmError as error:
            problem = error.message
    late = islice(deployment.in_state[AgentState.DRAINING], OWING_NAMED_MAX)
    owes = {number: _owed(deployment, deployment.agents[number], sources) for number in late}
    view = DeploymentView(
        deployment,
        room=room_for(sources.world, deployment),
        fundable=fundable(sources.world, deployment),
        owes={number: words for number, words in owes.items() if words},
        type_problem=problem,
    )
    plan = plan_deployment(view, now_ms=sources.now_ms)
    said = {rule for rule, code in _CONDITION_OF.items() if code in deployment.conditions}
    return tuple(reason.text for reason in plan.reasons if reason.rule not in {STEADY, *said})


def _events(records: list[Recorded], sources: Sources) -> _Headed:
    rows = tuple(event_row(record, sources.world) for record in records)
    return ("Latest events", TableShown("events", EVENT_COLUMNS, rows))


def _shown(*tables: _Headed) -> tuple[_Headed, ...]:
    """Those that have a row."""
    return tuple(table for table in tables if table[1].rows)


def _config_of(config: str | None) -> dict[str, str | int]:
    """What WITH said, key by key; empty where it said nothing. Exact fractions stay texts."""
    given = decode_config(config).items()
    return {key: value if isinstance(value, str | int) else _spelled(value) for key, value in given}


def _spelled(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)
