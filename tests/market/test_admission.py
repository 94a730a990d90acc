"""Which orders the market refuses, and why. Refusals are answers: they are counted, and move nothing."""

from collections.abc import Callable

import pytest

from palm_ual.market.accounts import BUY, SELL
from palm_ual.market.ledger import trading_of
from palm_ual.market.reference import PRICE_CENTS_MAX
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX, RESTING_ORDERS_MAX
from tests.market.floor import HOUSE_ASK, HOUSE_BID, a_floor
from tests.market.naive_values import Who
from tests.market.pair import Pair

ANN: Who = (1, 1)
BOB: Who = (2, 1)

JUDGE: Who = (3, 1)

Order = tuple[int, int, int | None, bool]
"""Side, units, limit, and whether it rests."""


def a_long_one(units: int = 10, *, cash: int = 1_000_00, budget: int | None = None) -> Pair:
    """Ann has some units."""
    pair = a_floor({ANN: cash + units * HOUSE_ASK, BOB: 100_000_00}, may_short={BOB}, budget=budget)
    assert pair.buy(ANN, units) is None
    return pair


def a_short_one(units: int = 10, *, cash: int = 10_000_00, budget: int | None = None) -> Pair:
    """Ann is short of some units."""
    pair = a_floor({ANN: cash, BOB: 100_000_00}, may_short={ANN}, budget=budget)
    assert not units or pair.sell(ANN, units) is None
    return pair


def closing(pair: Pair) -> Pair:
    pair.set_closing(ANN, closing=True)
    return pair


def bought_back(pair: Pair) -> Pair:
    """Ann has bought 6 units that an arbiter holds."""
    pair.join(JUDGE, 0)
    pair.set_arbiters((6 * HOUSE_ASK, JUDGE))
    assert pair.buy(ANN, 6) is None
    assert len(pair.market.desk.cases) == 1
    return pair


def resting(pair: Pair, *orders: tuple[int, int, int]) -> Pair:
    """With these orders of Ann's: side, units, limit."""
    for side, units, limit in orders:
        assert pair.order(ANN, side, units, limit, rests=True) is None
    return pair


ORDERS: dict[str, tuple[Callable[[], Pair], Order, str | None]] = {
    "nothing": (a_long_one, (BUY, 0, None, False), "no such quantity or price"),
    "less than nothing": (a_long_one, (SELL, -3, None, False), "no such quantity or price"),
    "more units than there may be": (
        a_long_one,
        (SELL, ORDER_UNITS_MAX + 1, None, False),
        "no such quantity or price",
    ),
    "a price over all prices": (
        a_long_one,
        (SELL, 1, PRICE_CENTS_MAX + 1, True),
        "no such quantity or price",
    ),
    "the highest price": (a_long_one, (SELL, 1, PRICE_CENTS_MAX, True), None),
    "a price of nothing": (a_long_one, (BUY, 1, -1, True), "no such quantity or price"),
    "the lowest price": (a_long_one, (BUY, 1, 1, True), None),
    "more money than there may be": (
        lambda: a_short_one(cash=MONEY_CENTS_MAX),
        (SELL, MONEY_CENTS_MAX // 1_000 + 1, 1_000_00, True),
        "no such quantity or price",
    ),
    "all of its cash": (lambda: a_long_one(cash=3 * HOUSE_ASK), (BUY, 3, None, False), None),
    "a cent too much": (lambda: a_long_one(cash=3 * HOUSE_ASK - 1), (BUY, 3, None, False), "not enough cash"),
    "cash that a resting order has claimed": (
        lambda: resting(a_long_one(cash=3 * HOUSE_ASK), (BUY, 1, 50_00)),
        (BUY, 3, None, False),
        "not enough cash",
    ),
    "what a resting order has left it": (
        lambda: resting(a_long_one(cash=3 * HOUSE_ASK + 50_00), (BUY, 1, 50_00)),
        (BUY, 3, None, False),
        None,
    ),
    "all of its units": (a_long_one, (SELL, 10, None, False), None),
    "a unit too many": (a_long_one, (SELL, 11, None, False), "more than it has"),
    "units that are offered already": (
        lambda: resting(a_long_one(), (SELL, 4, 120_00)),
        (SELL, 7, None, False),
        "more than it has",
    ),
    "units that nobody has, of a seller": (a_short_one, (SELL, 50, None, False), None),
    "all of its budget": (lambda: a_short_one(0, budget=2 * HOUSE_ASK), (BUY, 2, None, False), None),
    "a cent over its budget": (
        lambda: a_short_one(0, budget=2 * HOUSE_ASK - 1),
        (BUY, 2, None, False),
        "over its budget",
    ),
    "a position beyond its budget": (
        lambda: a_short_one(2, budget=3 * HOUSE_BID),
        (SELL, 2, None, False),
        "over its budget",
    ),
    "a limit within its budget though the market is over it": (
        lambda: a_short_one(0, budget=50_00),
        (BUY, 1, 50_00, True),
        None,
    ),
    "closing, over its budget": (lambda: a_long_one(2, budget=2 * HOUSE_ASK), (SELL, 2, None, False), None),
    "closing what is short, over its budget": (
        lambda: a_short_one(2, budget=2 * HOUSE_BID),
        (BUY, 2, None, False),
        None,
    ),
    "closing what a resting order closes already": (
        lambda: resting(a_short_one(2, budget=2 * HOUSE_BID), (BUY, 2, 90_00)),
        (BUY, 2, 90_00, True),
        "over its budget",
    ),
    "closing what is bought back already and held in escrow": (
        lambda: closing(bought_back(a_short_one(6))),
        (BUY, 1, None, False),
        "takes no new work",
    ),
    "closing the rest of what is bought back already": (
        lambda: closing(bought_back(a_short_one(8))),
        (BUY, 2, None, False),
        None,
    ),
    "a new position while draining": (
        lambda: closing(a_short_one(0)),
        (BUY, 1, None, False),
        "takes no new work",
    ),
    "a larger position while draining": (
        lambda: closing(a_long_one()),
        (BUY, 1, None, False),
        "takes no new work",
    ),
    "more than its position while draining": (
        lambda: closing(a_short_one(2)),
        (BUY, 3, None, False),
        "takes no new work",
    ),
    "its position while draining": (lambda: closing(a_short_one(2)), (BUY, 2, None, False), None),
    "a part of its position while draining": (lambda: closing(a_long_one()), (SELL, 4, None, False), None),
}


@pytest.mark.parametrize("what", ORDERS)
def test_what_the_market_refuses(what: str) -> None:
    make, (side, units, limit, rests), refusal = ORDERS[what]
    pair = make()
    account, trading = pair.accounts[ANN], trading_of(pair.accounts[ANN])
    before = (
        account.cash_cents,
        trading.orders,
        trading.rejected,
        trading.position(0).units,
        len(trading.resting),
    )
    assert pair.order(ANN, side, units, limit, rests=rests) == refusal
    assert trading.orders == before[1] + 1
    if refusal is not None:
        assert trading.refusal == refusal
        after = (
            account.cash_cents,
            before[1],
            trading.rejected - 1,
            trading.position(0).units,
            len(trading.resting),
        )
        assert after == before
        assert trading.errors.count(0) == trading.rejected
    assert pair.differences() == []


@pytest.mark.parametrize(("side", "limit"), [(BUY, 1), (SELL, 200_00)])
def test_resting_orders_have_a_bound_whatever_they_are_for(side: int, limit: int) -> None:
    pair = a_short_one(RESTING_ORDERS_MAX * 2) if side == BUY else a_long_one(RESTING_ORDERS_MAX * 2)
    account = pair.accounts[ANN]
    for _ in range(RESTING_ORDERS_MAX):
        assert pair.market.place(account, 0, side, 1, limit, rests=True) is None
    assert pair.market.place(account, 0, side, 1, limit, rests=True) == "too many resting orders"
    assert pair.market.place(account, 0, side, 1, limit, rests=False) is None
    pair.market.cancel(next(iter(pair.market.orders.values())))
    assert pair.market.place(account, 0, side, 1, limit, rests=True) is None


def test_nothing_rests_of_who_is_draining() -> None:
    pair = closing(a_long_one())
    assert pair.sell(ANN, 4, 120_00, rests=True) is None
    assert pair.market.orders == {}
    assert trading_of(pair.accounts[ANN]).position(0).units == 10
    assert pair.differences() == []


def test_a_budget_is_only_about_new_orders() -> None:
    pair = a_long_one(10, cash=5_000_00, budget=20 * HOUSE_ASK)
    pair.jump(0, 500_000)
    trading = trading_of(pair.accounts[ANN])
    assert trading.used_budget_cents == 10 * HOUSE_ASK, (
        "a budget is of what was paid, not of what it is worth now"
    )
    assert pair.buy(ANN, 10) == "over its budget"
    assert pair.sell(ANN, 10) is None
    assert trading.used_budget_cents == 0
