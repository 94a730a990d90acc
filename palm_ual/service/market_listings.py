"""The market in tables: resting orders, positions, escrows, and the accounts of the ledger."""

from collections.abc import Iterable, Iterator

from palm_ual.market.accounts import BUY, SELL, Account, Case, Order, Position
from palm_ual.model.ids import agent_id
from palm_ual.model.results import Column
from palm_ual.service.conditions import Row
from palm_ual.service.sources import Sources
from palm_ual.world.account_names import escrow_name
from palm_ual.world.lookup import Found
from palm_ual.world.records import Agent, Deployment, World

ORDER_COLUMNS = (
    Column("order", "ORDER", "count"),
    Column("agent", "AGENT"),
    Column("deployment", "DEPLOYMENT"),
    Column("service", "SERVICE"),
    Column("side", "SIDE", "word"),
    Column("quantity", "QUANTITY", "count"),
    Column("left", "LEFT", "count"),
    Column("price_cents", "PRICE", "cents"),
    Column("value_cents", "VALUE", "cents"),
    Column("age_ms", "AGE", "duration_ms"),
    Column("escrow", "ESCROW", "flag"),
)
AGENT_POSITION_COLUMNS = (
    Column("service", "SERVICE"),
    Column("units", "UNITS", "count"),
    Column("average_cost_cents", "AVG COST", "cents"),
    Column("cost_cents", "COST", "cents"),
    Column("reference_cents", "REFERENCE", "cents"),
    Column("value_cents", "VALUE", "cents"),
    Column("unrealised_pnl_cents", "UNREALISED PNL", "cents"),
    Column("escrowed_units", "IN ESCROW", "count"),
)
"""One agent's units, those in escrow included, and what they cost, or what those it is short of brought in."""
POSITION_COLUMNS = (Column("agent", "AGENT"), Column("deployment", "DEPLOYMENT"), *AGENT_POSITION_COLUMNS)
HOLDING_COLUMNS = (
    Column("service", "SERVICE"),
    Column("units", "UNITS", "count"),
    Column("reference_cents", "REFERENCE", "cents"),
    Column("value_cents", "VALUE", "cents"),
)
"""A deployment's units by service, those in escrow included."""
ESCROW_COLUMNS = (
    Column("escrow", "ESCROW"),
    Column("arbiter", "ARBITER"),
    Column("buyer", "BUYER"),
    Column("seller", "SELLER"),
    Column("service", "SERVICE"),
    Column("units", "UNITS", "count"),
    Column("price_cents", "PRICE", "cents"),
    Column("value_cents", "VALUE", "cents"),
    Column("age_ms", "AGE", "duration_ms"),
    Column("disputed", "DISPUTED", "flag"),
)
ACCOUNT_COLUMNS = (
    Column("account", "ACCOUNT"),
    Column("kind", "KIND", "word"),
    Column("deployment", "DEPLOYMENT"),
    Column("cash_cents", "CASH", "cents"),
    Column("reserved_cents", "RESERVED", "cents"),
    Column("units", "UNITS", "count"),
)
"""As the ledger has them: cash sums to nothing, and so do the units, which are those of all services."""


def chosen(world: World, owner: Found | None) -> Iterator[tuple[Deployment, Agent]]:
    """Every agent, or those of a deployment, or one."""
    if owner is None:
        yield from world.each_agent()
    elif owner.agent is not None:
        yield owner.deployment, owner.agent
    else:
        for agent in owner.deployment.agents.values():
            yield owner.deployment, agent


def holder_name(world: World, account: Account | None) -> str:
    """The id of the agent that an account is; None is the house."""
    if account is None:
        return "house"
    uid, number = account.key
    return agent_id(world.type_names[uid], number)


# Orders


def order_rows(sources: Sources, owner: Found | None, _since: int | None) -> Iterable[Row]:
    """Orders that rest, oldest first."""
    return (order_row(sources, order) for order in resting_orders(sources.world, owner))


def resting_orders(world: World, owner: Found | None) -> Iterable[Order]:
    """All, or those of a deployment or of an agent, oldest first."""
    orders = world.market.orders.values()
    if owner is None:
        return orders
    if owner.agent is not None:
        return () if owner.agent.trading is None else owner.agent.trading.resting.values()
    uid = owner.deployment.uid
    return (order for order in orders if order.owner.key[0] == uid)


SIDES = {BUY: "buy", SELL: "sell"}


def order_row(sources: Sources, order: Order) -> Row:
    """As `ORDER_COLUMNS`."""
    world = sources.world
    return (
        order.id,
        holder_name(world, order.owner),
        world.names[order.owner.key[0]],
        world.market.books[order.service].name,
        SIDES[order.side],
        order.quantity,
        order.left,
        order.price_cents,
        order.left * order.price_cents,
        sources.now_ms - order.at_ms,
        order.escrowed,
    )


# Positions


def position_rows(sources: Sources, owner: Found | None, _since: int | None) -> Iterable[Row]:
    """What agents have of each service, or owe."""
    for deployment, agent in chosen(sources.world, owner):
        name = agent_id(deployment.type_name, agent.number)
        for row in rows_of_positions(sources.world, agent):
            yield (name, deployment.name, *row)


def rows_of_positions(world: World, account: Account) -> Iterator[Row]:
    """One agent's, as `AGENT_POSITION_COLUMNS`."""
    if account.trading is not None:
        for service, position in account.trading.positions.items():
            if position.owned or position.escrowed:
                yield _position_row(world, service, position)


def _position_row(world: World, service: int, position: Position) -> Row:
    book, units, cost_cents = world.market.books[service], position.owned, position.cost_cents
    value_cents = units * book.reference_cents
    paid_cents = cost_cents if units > 0 else -cost_cents
    return (
        book.name,
        units,
        (2 * cost_cents + abs(units)) // (2 * abs(units)) if units else None,
        cost_cents,
        book.reference_cents,
        value_cents,
        value_cents - paid_cents,
        position.escrowed,
    )


def holding_rows(world: World, owned: dict[int, int]) -> Iterator[Row]:
    """Units by service, as `HOLDING_COLUMNS`."""
    for service, units in owned.items():
        if units:
            book = world.market.books[service]
            yield (book.name, units, book.reference_cents, units * book.reference_cents)


# Escrows


def cases_of(world: World, owner: Found) -> list[Case]:
    """The cases that a deployment or an agent is a party to, or decides on, oldest first."""
    if owner.agent is not None:
        trading = owner.agent.trading
        return [] if trading is None else [*trading.cases.values(), *trading.party_to.values()]
    uid = owner.deployment.uid
    return [
        case
        for case in world.market.desk.cases.values()
        if any(
            account is not None and account.key[0] == uid
            for account in (case.arbiter, case.buyer, case.seller)
        )
    ]


def case_row(sources: Sources, case: Case) -> Row:
    """As `ESCROW_COLUMNS`."""
    world = sources.world
    return (
        escrow_name(case.id),
        holder_name(world, case.arbiter),
        holder_name(world, case.buyer),
        holder_name(world, case.seller),
        world.market.books[case.service].name,
        case.units,
        case.price_cents,
        case.cents,
        sources.now_ms - case.held_ms,
        case.disputed_ms is not None,
    )


# Accounts


def account_rows(sources: Sources, owner: Found | None, _since: int | None) -> Iterable[Row]:
    """The issuer, the treasury, the house, all agents and all escrows; of a deployment its agents."""
    world = sources.world
    if owner is None:
        yield ("issuer", "issuer", "", -world.issued_cents, None, 0)
        yield ("treasury", "treasury", "", world.treasury_cents, None, 0)
        yield ("house", "house", "", 0, None, sum(world.market.ledger.house_units.values()))
    for deployment, agent in chosen(world, owner):
        trading = agent.trading
        yield (
            agent_id(deployment.type_name, agent.number),
            "agent",
            deployment.name,
            agent.cash_cents,
            0 if trading is None else trading.reserved_cents,
            0 if trading is None else sum(position.units for position in trading.positions.values()),
        )
    if owner is None:
        for case in world.market.desk.cases.values():
            yield (escrow_name(case.id), "escrow", "", case.cents, None, case.units)
