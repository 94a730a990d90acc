"""Whether the market takes an order: its size, its price, and what its owner has."""

from palm_ual.market.accounts import BUY, Account, Trading
from palm_ual.market.book import Book
from palm_ual.market.reference import PRICE_CENTS_MAX
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX, RESTING_ORDERS_MAX


def refusal_of(
    account: Account,
    trading: Trading,
    book: Book,
    side: int,
    units: int,
    price_cents: int,
    *,
    rests: bool,
) -> str | None:
    """Why the market does not take an order, if so."""
    if not 0 < units <= ORDER_UNITS_MAX or price_cents > PRICE_CENTS_MAX or price_cents < 1:
        return "no such quantity or price"
    cents = units * price_cents
    if cents > MONEY_CENTS_MAX:
        return "no such quantity or price"
    free = _closable(account, trading, book.index, side)
    if side == BUY:
        if cents > account.cash_cents - trading.reserved_cents:
            return "not enough cash"
    elif units > free and not trading.may_short:
        return "more than it has"
    if units > free:
        # It does not only make a position smaller.
        if account.closing:
            return "takes no new work"
        if trading.budget_cents is not None and trading.used_budget_cents + cents > trading.budget_cents:
            return "over its budget"
    if rests and len(trading.resting) >= RESTING_ORDERS_MAX:
        return "too many resting orders"
    return None


def _closable(account: Account, trading: Trading, service: int, side: int) -> int:
    """How many units an order may be for and only make a position smaller; 0 or less for none.

    What resting orders will close is no more to be closed, nor what was bought back and is held in escrow.
    """
    position = trading.positions.get(service)
    if position is None:
        return 0
    if side != BUY:
        return position.units - position.offered
    closable = -position.units - position.sought
    return closable - account.incoming_units(service) if closable > 0 and trading.party_to else closable
