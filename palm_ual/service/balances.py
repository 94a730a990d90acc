"""BALANCE: one account, whoever's it is."""

from collections.abc import Mapping

from palm_ual.market.accounts import Case
from palm_ual.model.results import BalanceShown
from palm_ual.service.figures import measure, measure_agent
from palm_ual.service.sources import Sources
from palm_ual.world.account_names import HomeAccount, account_name, resolve_account
from palm_ual.world.lookup import name_of
from palm_ual.world.records import Agent, Deployment, World


def balance(name: str, sources: Sources) -> BalanceShown:
    """The account of an agent, a deployment, an escrow, or one of the home's own.

    Raises:
        NotFound: nobody's, with the nearest name.
    """
    world = sources.world
    account = resolve_account(world, name)
    if isinstance(account, str):
        return _home_balance(world, account)
    if isinstance(account, Case):
        held = ((account.service, account.units),)
        return BalanceShown(
            account_name(account), "escrow", account.cents, positions=_positions(world, dict(held))
        )
    if account.agent is not None:
        return _agent_balance(sources, account.agent, name_of(account))
    return _deployment_balance(sources, account.deployment)


def _home_balance(world: World, account: HomeAccount) -> BalanceShown:
    match account:
        case "issuer":
            return BalanceShown(account, account, -world.issued_cents)
        case "treasury":
            return BalanceShown(account, account, world.treasury_cents)
        case "house":
            return BalanceShown(
                account, account, 0, positions=_positions(world, world.market.ledger.house_units)
            )


def _agent_balance(sources: Sources, agent: Agent, name: str) -> BalanceShown:
    world, trading = sources.world, agent.trading
    positions = {} if trading is None else trading.positions
    return BalanceShown(
        name,
        "agent",
        agent.cash_cents,
        reserved_cents=agent.cash_cents - agent.free_cents,
        escrowed_cents=0 if trading is None else trading.escrowed_cents,
        funded_cents=agent.funded_cents,
        pnl_cents=measure_agent(agent, world.market.references, now_ms=sources.now_ms).pnl_cents,
        positions=_positions(world, {service: position.owned for service, position in positions.items()}),
    )


def _deployment_balance(sources: Sources, deployment: Deployment) -> BalanceShown:
    world, figures = sources.world, deployment.figures
    return BalanceShown(
        deployment.name,
        "deployment",
        figures.cash_cents,
        reserved_cents=sum(agent.cash_cents - agent.free_cents for agent in deployment.agents.values()),
        escrowed_cents=figures.escrowed_cents,
        funded_cents=figures.funding_cents,
        pnl_cents=measure([figures], world.market.references, now_ms=sources.now_ms).pnl_cents,
        positions=_positions(world, figures.owned),
    )


def _positions(world: World, units: Mapping[int, int]) -> tuple[tuple[str, int, int], ...]:
    """Service, units and their worth at the reference value, of every service there is any of."""
    books = world.market.books
    return tuple(
        (books[service].name, count, count * books[service].reference_cents)
        for service, count in units.items()
        if count
    )
