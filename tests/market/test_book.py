"""One side of a book against a sorted list, and the prices that others see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.market.accounts import BUY, SELL, Account, Order
from palm_ual.market.book import Side
from palm_ual.market.view import MarketView, Prices
from tests.market.floor import HOUSE_ASK, HOUSE_BID, a_floor
from tests.market.naive_values import Who

ANN: Who = (1, 1)
OWNER = Account(1, 0)


def an_order(number: int, side: int, price: int) -> Order:
    return Order(number, OWNER, 0, side, 1, 1, price, 0, False)


@given(side=st.sampled_from([BUY, SELL]), prices=st.lists(st.integers(1, 300), max_size=400), data=st.data())
def test_the_best_price_is_the_best_of_those_that_are_left(
    side: int, prices: list[int], data: st.DataObject
) -> None:
    book, left = Side(side), []
    for number, price in enumerate(prices):
        left.append(an_order(number, side, price))
        book.add(left[-1])
        if data.draw(st.integers(0, 2)) == 0:
            book.remove(left.pop(data.draw(st.integers(0, len(left) - 1))))
        expected = (max if side == BUY else min)((order.price_cents for order in left), default=None)
        assert book.best_cents == expected
    listed = [order.id for level in book.levels.values() for order in level.values()]
    assert sorted(listed) == [order.id for order in left]


@pytest.mark.parametrize("side", [BUY, SELL])
def test_prices_that_nobody_asks_any_more_take_no_room(side: int) -> None:
    book = Side(side)
    best, second = an_order(0, side, 10_000), an_order(1, side, 10_000 - side)
    book.add(best)
    book.add(second)
    for number in range(2, 5_000):
        price = 10_000 - side * number
        order = an_order(number, side, price)
        book.add(order)
        book.remove(order)
    assert len(book._heap) < 100  # noqa: SLF001
    assert book.best_cents == 10_000
    book.remove(best)
    assert book.best_cents == 10_000 - side


@pytest.mark.parametrize(
    ("bid", "ask", "seen"),
    [
        (None, None, (HOUSE_BID, HOUSE_ASK)),
        (99_00, 101_00, (HOUSE_BID, HOUSE_ASK)),
        (99_80, 100_20, (99_80, 100_20)),
        (99_80, None, (99_80, HOUSE_ASK)),
    ],
)
def test_the_best_price_is_the_houses_if_it_is_better(
    bid: int | None, ask: int | None, seen: tuple[int, int]
) -> None:
    pair = a_floor({ANN: 10_000_00}, may_short={ANN})
    if bid is not None:
        pair.buy(ANN, 1, bid, rests=True)
    if ask is not None:
        pair.sell(ANN, 1, ask, rests=True)
    view = MarketView(pair.market, pair.accounts[ANN], 0)
    assert view.prices("General") == Prices(*seen, 100_00)
    assert view.prices("Compute") is None


def test_what_an_agent_sees_is_its_own() -> None:
    pair = a_floor({ANN: 10_000_00, (1, 2): 10_000_00})
    pair.open_book("Compute")
    pair.buy(ANN, 3)
    pair.later(1_000)
    pair.buy(ANN, 2, 99_00, rests=True)
    pair.buy((1, 2), 4, 98_00, rests=True)
    pair.buy(ANN, 10**6)
    view = MarketView(pair.market, pair.accounts[ANN], 1_000)
    assert view.services() == ("General", "Compute")
    assert (view.cash_cents, view.free_cents) == (
        10_000_00 - 3 * HOUSE_ASK,
        10_000_00 - 3 * HOUSE_ASK - 198_00,
    )
    assert (view.units("General"), view.units("Compute"), view.units("nowhere")) == (3, 0, 0)
    assert (view.positions(), view.cost_cents("General")) == ({"General": 3}, 3 * HOUSE_ASK)
    assert [(order.side, order.left, order.price_cents, order.at_ms) for order in view.resting()] == [
        ("buy", 2, 99_00, 1_000)
    ]
    assert (view.orders_last_minute(), view.errors_last_minute()) == (3, 1)
    assert view.refusal == "not enough cash"
    assert (view.answers(), view.p99_us(), view.deployment_median_us()) == (3, 7, 7)
    assert view.pnl_cents == -3 * (HOUSE_ASK - 100_00)
    assert view.budget_left_cents is None
