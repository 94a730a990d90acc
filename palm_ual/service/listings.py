"""The tables of SHOW: for each its columns, what an operator wants first, and its rows."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeAlias

from palm_ual.errors import InvalidValue, PalmError
from palm_ual.lang.statements import Listing, Show
from palm_ual.model.events import Recorded, uid_of
from palm_ual.model.ids import agent_id
from palm_ual.model.results import Column, TableShown
from palm_ual.service.conditions import Fields, Row, sort_key
from palm_ual.service.figures import measure, measure_agent, p99_latency_ms
from palm_ual.service.market_listings import (
    ACCOUNT_COLUMNS,
    ORDER_COLUMNS,
    POSITION_COLUMNS,
    account_rows,
    order_rows,
    position_rows,
)
from palm_ual.service.session import SETTINGS, home_value_in_words, session_value
from palm_ual.service.sources import Sources
from palm_ual.service.wording import agents_in_words, agents_of, event_in_words, status_of
from palm_ual.world.lookup import Found, resolve, resolve_deployment
from palm_ual.world.records import HOME_SETTINGS, Agent, Deployment, World

DEPLOYMENT_COLUMNS = (
    Column("deployment", "DEPLOYMENT"),
    Column("status", "STATUS", "word"),
    Column("ready", "READY", "count"),
    Column("size", "SIZE", "count"),
    Column("agents", "AGENTS", "count"),
    Column("degraded", "DEGRADED", "count"),
    Column("unhealthy", "UNHEALTHY", "count"),
    Column("type", "TYPE", "word"),
    Column("revision", "REVISION", "count"),
    Column("cash_cents", "CASH", "cents"),
    Column("pnl_cents", "PNL", "cents"),
    Column("orders_per_min", "ORDERS/MIN", "count"),
    Column("success_pct", "SUCCESS", "pct"),
    Column("latency_ms", "LATENCY", "latency_ms"),
    Column("p99_latency_ms", "P99 LATENCY", "latency_ms"),
    Column("used_budget_cents", "USED BUDGET", "cents"),
    Column("labels", "LABELS", "labels"),
    Column("created_wall_ms", "CREATED", "wall_ms"),
)
AGENT_COLUMNS = (
    Column("agent", "AGENT"),
    Column("deployment", "DEPLOYMENT"),
    Column("state", "STATE", "word"),
    Column("health", "HEALTH", "word"),
    Column("since_ms", "SINCE", "duration_ms"),
    Column("restarts", "RESTARTS", "count"),
    Column("cash_cents", "CASH", "cents"),
    Column("pnl_cents", "PNL", "cents"),
    Column("orders_per_min", "ORDERS/MIN", "count"),
    Column("success_pct", "SUCCESS", "pct"),
    Column("latency_ms", "LATENCY", "latency_ms"),
    Column("used_budget_cents", "USED BUDGET", "cents"),
    Column("revision", "REVISION", "count"),
    Column("labels", "LABELS", "labels"),
    Column("reason", "REASON"),
)
EVENT_COLUMNS = (
    Column("seq", "SEQ", "count"),
    Column("time_wall_ms", "TIME", "wall_ms"),
    Column("at_ms", "FLEET TIME", "at_ms"),
    Column("event", "EVENT", "word"),
    Column("deployment", "DEPLOYMENT"),
    Column("agents", "AGENTS"),
    Column("detail", "DETAIL"),
    Column("statement", "STATEMENT", "count"),
)
TYPE_COLUMNS = (
    Column("type", "TYPE", "word"),
    Column("summary", "SUMMARY"),
    Column("keys", "CONFIG KEYS", "ids"),
    Column("found", "FOUND", "word"),
)
SETTING_COLUMNS = (
    Column("setting", "SETTING", "word"),
    Column("value", "VALUE"),
    Column("scope", "BELONGS TO", "word"),
    Column("allowed", "MAY BE"),
    Column("meaning", "MEANING"),
)
STATEMENT_COLUMNS = (
    Column("statement", "NO", "count"),
    Column("time_wall_ms", "TIME", "wall_ms"),
    Column("text", "TEXT"),
    Column("outcome", "OUTCOME", "word"),
    Column("code", "CODE", "word"),
    Column("message", "MESSAGE"),
    Column("because", "BECAUSE"),
)


_Rows: TypeAlias = Callable[[Sources, Found | None, int | None], Iterable[Row]]
"""Rows of a table, made as they are taken: (sources, OF whom, since which wall time)."""
_EVENTS_AT_ONCE = 1_000


def list_table(show: Show, sources: Sources) -> TableShown:
    """The answer to a SHOW.

    Raises:
        NotFound: OF names no deployment, nor an agent where that would do.
        UnknownKey, InvalidValue: of WHERE or ORDER BY, or a clause this table has no use for.
    """
    columns, rows_of, takes = _LISTINGS[show.what]
    owner = _owner(show, sources.world, takes)
    since_wall_ms = _since(show, sources, takes)
    made = iter(rows_of(sources, owner, since_wall_ms))
    narrowed = show.where is not None or show.order_by is not None
    rows = list(made if narrowed else islice(made, show.limit))
    fields = Fields(columns, rows)
    if show.where is not None:
        passes = fields.test(show.where)
        rows = [row for row in rows if passes(row) is True]
    if show.order_by is not None:
        getter, _ = fields.find(show.order_by)
        measured = [row for row in rows if getter(row) is not None]
        missing = [row for row in rows if getter(row) is None]
        rows = sorted(measured, key=sort_key(getter), reverse=show.descending) + missing
    return TableShown(show.what.lower(), columns, tuple(rows[: show.limit]))


def _owner(show: Show, world: World, takes: str) -> Found | None:
    if show.of is None:
        return None
    if "agent" in takes:
        return resolve(world, show.of)
    if "of" not in takes:
        raise InvalidValue(f"SHOW {show.what} cannot be narrowed with OF", word=show.of)
    return Found(resolve_deployment(world, show.of))


def _deployments(world: World, owner: Found | None) -> Iterable[Deployment]:
    return world.deployments.values() if owner is None else (owner.deployment,)


_INSTEAD_OF_SINCE: dict[Listing, str] = {
    "AGENTS": "SHOW AGENTS WHERE since < 5m finds what changed lately",
    "ORDERS": "SHOW ORDERS WHERE age < 5m finds those that came lately",
}


def _since(show: Show, sources: Sources, takes: str) -> int | None:
    if show.since_ms is None:
        return None
    if "since" not in takes:
        raise InvalidValue(
            f"SHOW {show.what} says how things are now; SINCE goes with DEPLOYMENTS, EVENTS and STATEMENTS",
            hint=_INSTEAD_OF_SINCE.get(show.what),
            word="SINCE",
        )
    return sources.wall_ms - show.since_ms


def _deployment_rows(sources: Sources, owner: Found | None, since_wall_ms: int | None) -> Iterable[Row]:
    references = sources.world.market.references
    for deployment in _deployments(sources.world, owner):
        if since_wall_ms is not None and deployment.created_wall_ms < since_wall_ms:
            continue
        figures = deployment.figures
        measured = measure([figures], references, now_ms=sources.now_ms)
        yield (
            deployment.name,
            status_of(deployment),
            deployment.ready,
            deployment.size,
            deployment.total,
            deployment.degraded,
            deployment.sick,
            deployment.type_name,
            deployment.revision.number,
            deployment.cash_cents,
            measured.pnl_cents,
            measured.orders_per_min,
            measured.success_pct,
            measured.latency_ms,
            p99_latency_ms([figures.latency]),
            measured.used_budget_cents,
            deployment.revision.labels,
            deployment.created_wall_ms,
        )


def _agent_rows(sources: Sources, owner: Found | None, _since: int | None) -> Iterable[Row]:
    references = sources.world.market.references
    for deployment in _deployments(sources.world, owner):
        revisions = {revision.number: revision for revision in deployment.revisions}
        for agent in deployment.agents.values():
            measured = measure_agent(agent, references, now_ms=sources.now_ms)
            yield (
                agent_id(deployment.type_name, agent.number),
                deployment.name,
                str(agent.state),
                shown_health(agent),
                sources.now_ms - agent.since_ms,
                agent.restarts,
                agent.cash_cents,
                measured.pnl_cents,
                measured.orders_per_min,
                measured.success_pct,
                measured.latency_ms,
                measured.used_budget_cents,
                agent.revision,
                revisions[agent.revision].labels,
                reason_of(deployment, agent),
            )


def shown_health(agent: Agent) -> str | None:
    """An agent's health; None before it was ever Ready."""
    if agent.state == "Failed":
        return "unhealthy"
    return None if agent.ready_ms is None else agent.health


def reason_of(deployment: Deployment, agent: Agent) -> str:
    """Why an agent is not simply at work; empty if it is."""
    if agent.state == "Failed":
        return deployment.failures[agent.number].reason
    if agent.number in deployment.drains:
        note = deployment.drains[agent.number]
        return {"stay": "drained by request", "end": "ends when drained", "restart": "restarts when drained"}[
            note.then
        ]
    return deployment.health_reasons.get(agent.number, "")


def event_row(record: Recorded, world: World) -> Row:
    """One event as a row of `EVENT_COLUMNS`."""
    event = record.event
    uid = uid_of(event)
    name = world.names.get(uid)
    agents = agents_of(event)
    type_name = _type_of(uid, world)
    return (
        record.seq,
        record.wall_ms,
        record.at_ms,
        type(event).__name__,
        name or "",
        agents_in_words(type_name, agents) if agents else "",
        event_in_words(event, world),
        record.statement or None,
    )


def _type_of(uid: int, world: World) -> str:
    return world.type_names.get(uid, "agent")


def _event_rows(sources: Sources, owner: Found | None, since_wall_ms: int | None) -> Iterable[Row]:
    """Newest first, so that LIMIT 10 gives the latest ten."""
    uid = None if owner is None else owner.deployment.uid
    told, limit = 0, _EVENTS_AT_ONCE
    while True:
        records = sources.journal.latest_events(limit=limit, deployment=uid)
        for record in records[told:]:
            if since_wall_ms is not None and record.wall_ms < since_wall_ms:
                return
            yield event_row(record, sources.world)
        if len(records) < limit:
            return
        told, limit = len(records), limit * 8


def _type_rows(sources: Sources, _owner: Found | None, _since: int | None) -> Iterable[Row]:
    from palm_ual.agents.finder import BUILT_IN, registered_types

    for name in sorted({*BUILT_IN, *registered_types()}):
        yield _type_row(sources, name, None, "built in" if name in BUILT_IN else "installed")
    own = {
        deployment.revision.type_ref: deployment.revision.type_dir
        for deployment in sources.world.deployments.values()
        if ":" in deployment.revision.type_ref
    }
    for ref, directory in sorted(own.items()):
        yield _type_row(sources, ref, directory, ref)


def _type_row(sources: Sources, ref: str, directory: str | None, where: str) -> Row:
    """A type, or why it does not load: one that is broken hides no other."""
    try:
        found = sources.catalog.find(ref, directory=directory)
    except PalmError as error:
        return (ref, error.message, (), "does not load")
    return (found.name, found.type.summary, tuple(found.type.Config.model_fields), where)


def _setting_rows(sources: Sources, _owner: Found | None, _since: int | None) -> Iterable[Row]:
    for setting in SETTINGS:
        if setting.scope == "home":
            kept = getattr(sources.world, HOME_SETTINGS[setting.name])
            value = home_value_in_words(setting.name, kept)
        else:
            value = session_value(sources.session, setting.name)
        yield (setting.name, value, setting.scope, setting.allowed, setting.meaning)


def _statement_rows(sources: Sources, _owner: Found | None, since_wall_ms: int | None) -> Iterable[Row]:
    for record in reversed(sources.world.statements):
        if since_wall_ms is None or record.wall_ms >= since_wall_ms:
            yield (
                record.number,
                record.wall_ms,
                record.text,
                record.outcome,
                record.code or "",
                record.message or "",
                record.because or "",
            )


_LISTINGS: dict[Listing, tuple[tuple[Column, ...], _Rows, str]] = {
    "DEPLOYMENTS": (DEPLOYMENT_COLUMNS, _deployment_rows, "of since"),
    "AGENTS": (AGENT_COLUMNS, _agent_rows, "of"),
    "ORDERS": (ORDER_COLUMNS, order_rows, "of agent"),
    "POSITIONS": (POSITION_COLUMNS, position_rows, "of agent"),
    "ACCOUNTS": (ACCOUNT_COLUMNS, account_rows, "of agent"),
    "EVENTS": (EVENT_COLUMNS, _event_rows, "of since"),
    "TYPES": (TYPE_COLUMNS, _type_rows, ""),
    "SETTINGS": (SETTING_COLUMNS, _setting_rows, ""),
    "STATEMENTS": (STATEMENT_COLUMNS, _statement_rows, "since"),
}
