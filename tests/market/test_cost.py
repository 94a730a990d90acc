"""What positions cost by average, and what they gain: worked by hand."""

import pytest

from palm_ual.market.accounts import BUY, SELL, pnl_of
from palm_ual.market.ledger import trading_of
from tests.market.floor import HOUSE_ASK, HOUSE_BID, a_floor
from tests.market.naive_values import Who
from tests.market.pair import Pair

ANN: Who = (1, 1)
BOB: Who = (2, 1)
CASH = 100_000_00

Trade = tuple[int, int, int]
"""Ann's side, units, cents for each."""

STORIES: dict[str, tuple[list[Trade], int, int]] = {
    "nothing": ([], 0, 0),
    "one purchase": ([(BUY, 10, 100)], 10, 1_000),
    "two purchases add up": ([(BUY, 10, 100), (BUY, 10, 200)], 20, 3_000),
    "a sale takes its share of the cost, at whatever price": ([(BUY, 10, 100), (SELL, 3, 500)], 7, 700),
    "a share of a cent is rounded down": ([(BUY, 3, 100), (BUY, 1, 101), (SELL, 2, 100)], 2, 200),
    "all sold, nothing left": ([(BUY, 3, 100), (BUY, 1, 101), (SELL, 4, 90)], 0, 0),
    "a short position is worth what it brought": ([(SELL, 10, 100)], -10, 1_000),
    "a larger short position adds up": ([(SELL, 10, 100), (SELL, 10, 300)], -20, 4_000),
    "a short position bought back in part": ([(SELL, 10, 100), (BUY, 4, 150)], -6, 600),
    "through zero, the rest at the last price": ([(BUY, 10, 100), (SELL, 15, 150)], -5, 750),
    "through zero the other way": ([(SELL, 10, 100), (BUY, 15, 150)], 5, 750),
    "zero forgets what was": ([(BUY, 10, 100), (SELL, 10, 300), (BUY, 2, 50)], 2, 100),
}


def told(trades: list[Trade]) -> Pair:
    """Ann trades with Bob, at prices between those of the house or not."""
    pair = a_floor({ANN: CASH, BOB: CASH}, may_short={ANN, BOB})
    for side, units, cents in trades:
        pair.jump(0, (cents * 1_000_000 // max(1, pair.market.books[0].reference_cents)) - 1_000_000)
        assert pair.order(BOB, -side, units, cents, rests=True) is None
        assert pair.order(ANN, side, units, cents) is None
    return pair


@pytest.mark.parametrize("story", STORIES)
def test_a_position_costs_the_average_of_what_was_paid(story: str) -> None:
    trades, units, cost = STORIES[story]
    pair = told(trades)
    trading = trading_of(pair.accounts[ANN])
    position = trading.position(0)
    assert (position.units, position.cost_cents) == (units, cost)
    assert trading.cost_cents == cost
    assert pair.differences() == []


@pytest.mark.parametrize("story", STORIES)
def test_pnl_is_what_came_in_less_what_went_out_and_the_position_at_its_reference_value(story: str) -> None:
    trades, units, _ = STORIES[story]
    pair = told(trades)
    earned = sum(-side * count * cents for side, count, cents in trades)
    references = pair.market.references
    assert pnl_of(pair.accounts[ANN], references) == earned + units * references[0]
    figures = pair.market.figures[ANN[0]]
    assert figures.pnl_cents(references) == earned + units * references[0]


def test_trading_with_the_house_costs_its_distance_from_the_reference_value() -> None:
    pair = a_floor({ANN: CASH})
    pair.buy(ANN, 10)
    assert pnl_of(pair.accounts[ANN], pair.market.references) == -10 * (HOUSE_ASK - 100_00)
    pair.sell(ANN, 10)
    assert pnl_of(pair.accounts[ANN], pair.market.references) == -10 * (HOUSE_ASK - HOUSE_BID)
    assert pair.market.ledger.burned_cents - pair.market.ledger.minted_cents == 10 * (HOUSE_ASK - HOUSE_BID)


def test_who_has_not_traded_has_no_pnl() -> None:
    pair = a_floor({ANN: CASH})
    pair.accounts[ANN].trading = None
    assert pnl_of(pair.accounts[ANN], pair.market.references) is None


def test_money_that_was_given_is_no_gain() -> None:
    pair = a_floor({ANN: CASH})
    pair.buy(ANN, 1)
    account, before = pair.accounts[ANN], pnl_of(pair.accounts[ANN], pair.market.references)
    account.cash_cents += 5_00
    account.funded_cents += 5_00
    assert pnl_of(account, pair.market.references) == before


def test_an_order_counts_as_filled_once_however_often_it_trades() -> None:
    pair = a_floor({ANN: CASH, BOB: CASH}, may_short={BOB})
    pair.buy(ANN, 10, 100_00, rests=True)
    for _ in range(3):
        pair.sell(BOB, 2, 100_00)
    figures = pair.market.figures
    assert (figures[1].orders, figures[1].filled) == (1, 1)
    assert (figures[2].orders, figures[2].filled) == (3, 3)


def test_what_is_cancelled_or_never_hit_counts_nowhere_and_what_is_lost_has_failed() -> None:
    pair = a_floor({ANN: CASH})
    pair.buy(ANN, 1, 90_00, rests=True)
    pair.buy(ANN, 1, 91_00, rests=True)
    pair.cancel_all(ANN)
    figures = pair.market.figures[1]
    assert (figures.orders, figures.filled, figures.rejected, figures.failed) == (2, 0, 0, 0)
    pair.buy(ANN, 1)
    pair.buy(ANN, 10**6)
    pair.fail(ANN)
    pair.fail(ANN)
    assert (figures.filled, figures.rejected, figures.failed) == (1, 1, 2)
    assert (figures.filled, figures.rejected + figures.failed) == (1, 3)
    assert trading_of(pair.accounts[ANN]).errors.count(0) == 3
    assert trading_of(pair.accounts[ANN]).refusal == "lost on its way"
