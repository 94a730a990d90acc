"""FUND, TRANSFER and CANCEL ORDERS: done at once, in the ledger, or refused."""

from collections.abc import AsyncGenerator

from palm_ual.lang import statements as st
from palm_ual.lang.unparse import unparse
from palm_ual.model import results as rs
from palm_ual.model.ids import agent_id
from palm_ual.runtime import operations
from palm_ual.runtime.palm import Palm
from palm_ual.service.session import Session
from palm_ual.world.account_names import AnyAccount, account_name, resolve_account
from palm_ual.world.lookup import Found, name_of, resolve, resolve_agent
from palm_ual.world.records import World

_Results = AsyncGenerator[rs.ResultEvent, None]


def carry_out(palm: Palm, statement: st.CancelOrders | st.Fund | st.Transfer, session: Session) -> _Results:
    """The results of one of the three."""
    match statement:
        case st.CancelOrders():
            return _cancel_orders(palm, statement)
        case st.Fund():
            return _fund(palm, statement, session)
        case st.Transfer():
            return _transfer(palm, statement, session)


async def _fund(palm: Palm, statement: st.Fund, session: Session) -> _Results:
    deployment, agent = resolve_agent(palm.world, statement.agent)
    name, cents = agent_id(deployment.type_name, agent.number), statement.amount_cents
    minted_cents = operations.fund(palm, deployment, agent, cents)
    session.undo = unparse(st.Transfer(amount_cents=cents, source=name, target="treasury"))
    yield rs.Funded(name, cents, minted_cents, agent.cash_cents)


async def _transfer(palm: Palm, statement: st.Transfer, session: Session) -> _Results:
    world, cents = palm.world, statement.amount_cents
    source = resolve_account(world, statement.source)
    target = resolve_account(world, statement.target)
    operations.transfer(palm, source, target, cents)
    paid, got = account_name(source), account_name(target)
    session.undo = unparse(st.Transfer(amount_cents=cents, source=got, target=paid))
    yield rs.Transferred(paid, got, cents, _balance_cents(world, source), _balance_cents(world, target))


def _balance_cents(world: World, account: AnyAccount) -> int:
    """After money was moved: an agent's, else the treasury's."""
    if isinstance(account, Found) and account.agent is not None:
        return account.agent.cash_cents
    return world.treasury_cents


async def _cancel_orders(palm: Palm, statement: st.CancelOrders) -> _Results:
    found = resolve(palm.world, statement.name)
    count = operations.cancel_orders(palm, found)
    yield rs.OrdersCancelledShown(name_of(found), count)
