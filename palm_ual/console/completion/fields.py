"""The fields that WHERE, ORDER BY and UNTIL may name, table by table, and the values of those that have few."""

from functools import cache
from typing import TYPE_CHECKING, get_args

from palm_ual.console.completion.wanted import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from palm_ual.model.answer_parts import Column


@cache
def values_of(field: str) -> tuple[str, ...]:
    """The words that a field may have, where these are few."""
    from palm_ual.model.events import Health, Outcome
    from palm_ual.model.results import AccountKind
    from palm_ual.service.market_listings import SIDES
    from palm_ual.service.session import Scope
    from palm_ual.service.wording import Status
    from palm_ual.world.records import RUNNING, STATES

    values: dict[str, tuple[str, ...]] = {
        "health": get_args(Health),
        "state": tuple(map(str, STATES)),
        "status": get_args(Status)[::-1],
        "side": tuple(SIDES.values()),
        "outcome": (*get_args(Outcome), RUNNING),
        "kind": get_args(AccountKind),
        "scope": get_args(Scope),
    }
    return values.get(field, ())


@cache
def fields_of(table: Table) -> dict[str, str]:
    """The names of a table's fields, each with the kind of its column."""
    from palm_ual.service.conditions import field_name

    return {field_name(column): column.kind for column in _columns_of(table)}


def _columns_of(table: Table) -> "Sequence[Column]":
    from palm_ual.model import results
    from palm_ual.service import listings
    from palm_ual.service import market_listings as market
    from palm_ual.service.conditions import answer_columns

    columns: dict[Table, Sequence[Column]] = {
        "DEPLOYMENTS": listings.DEPLOYMENT_COLUMNS,
        "AGENTS": listings.AGENT_COLUMNS,
        "ORDERS": market.ORDER_COLUMNS,
        "POSITIONS": market.POSITION_COLUMNS,
        "ACCOUNTS": market.ACCOUNT_COLUMNS,
        "EVENTS": listings.EVENT_COLUMNS,
        "TYPES": listings.TYPE_COLUMNS,
        "SETTINGS": listings.SETTING_COLUMNS,
        "STATEMENTS": listings.STATEMENT_COLUMNS,
        "PALM": answer_columns(results.PalmStatusShown),
        "FLEET": answer_columns(results.FleetStatusShown),
        "BALANCE": answer_columns(results.BalanceShown),
    }
    return columns[table]
