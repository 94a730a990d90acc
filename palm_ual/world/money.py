"""Money between the treasury and agents: funding, its return, FUND and TRANSFER."""

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as ev
from palm_ual.world.records import Agent, Deployment, World

TREASURY = (0, 0)
"""The treasury where an agent's uid and number would stand."""


def fund(world: World, deployment: Deployment, cents: int, *, minted_cents: int) -> None:
    """Money for agents that are placed."""
    ledger, figures = world.market.ledger, deployment.figures
    ledger.mint(minted_cents)
    ledger.pay_out(cents)
    figures.cash_cents += cents
    figures.funding_cents += cents


def give_back(world: World, deployment: Deployment, agent: Agent) -> int:
    """What an agent that ends returns to the treasury, in cents.

    Raises:
        InvariantBroken: it still owes something.
    """
    if agent.trading is not None and agent.trading.owes:
        raise InvariantBroken(f"{deployment.type_name} {agent.number} ended and still owes something")
    figures = deployment.figures
    figures.cash_cents -= agent.cash_cents
    figures.funding_cents -= agent.funded_cents
    figures.ended_pnl_cents += agent.cash_cents - agent.funded_cents
    world.market.ledger.treasury_cents += agent.cash_cents
    return agent.cash_cents


def move(world: World, event: ev.MoneyMoved) -> None:
    """From one account to another, the treasury among them."""
    world.market.ledger.mint(event.minted_cents)
    _change(world, event.source, -event.cents)
    _change(world, event.target, event.cents)


def _change(world: World, account: tuple[int, int], cents: int) -> None:
    if account == TREASURY:
        world.market.ledger.pay_out(-cents)
        return
    deployment = world.deployments[account[0]]
    agent = deployment.agents[account[1]]
    if agent.free_cents + cents < 0:
        raise InvariantBroken(f"{deployment.type_name} {agent.number} gave more than it has")
    agent.cash_cents += cents
    agent.funded_cents += cents
    deployment.figures.cash_cents += cents
    deployment.figures.funding_cents += cents
