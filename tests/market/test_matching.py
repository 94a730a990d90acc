"""Which orders meet, at what price, and what is left of them."""

from typing import NamedTuple

import pytest

from palm_ual.market.accounts import BUY, SELL
from tests.market.floor import HOUSE_ASK, HOUSE_BID, a_floor
from tests.market.naive_values import Who
from tests.market.pair import Pair

TAKER: Who = (1, 1)
ANN: Who = (2, 1)
BOB: Who = (2, 2)
HOUSE: Who = (0, 0)


class Meeting(NamedTuple):
    """Orders rest in the order given; then the taker's comes. Limits are cents, quantities units."""

    resting: list[tuple[Who, int, int, int]]
    taker: tuple[int, int, int | None, bool]
    """Side, units, limit, and whether it rests."""
    fills: dict[Who, tuple[int, int]]
    """From whom the taker got units, or to whom it sold them, and for how many cents in all."""
    left: list[tuple[Who, int, int]]
    """Whose orders rest afterwards: units and limit, best price first."""


MEETINGS: dict[str, Meeting] = {
    "the best price comes first": Meeting(
        [(ANN, SELL, 5, 100_10), (BOB, SELL, 5, 100_05)],
        (BUY, 5, None, False),
        {BOB: (5, 5 * 100_05)},
        [(ANN, 5, 100_10)],
    ),
    "a buyer who pays more comes first": Meeting(
        [(ANN, BUY, 5, 99_90), (BOB, BUY, 5, 99_95)],
        (SELL, 5, None, False),
        {BOB: (5, 5 * 99_95)},
        [(ANN, 5, 99_90)],
    ),
    "of one price the oldest comes first": Meeting(
        [(ANN, SELL, 5, 100_00), (BOB, SELL, 5, 100_00)],
        (BUY, 7, 100_00, False),
        {ANN: (5, 5 * 100_00), BOB: (2, 2 * 100_00)},
        [(BOB, 3, 100_00)],
    ),
    "a part of an order leaves the rest in its place": Meeting(
        [(ANN, SELL, 5, 100_00), (BOB, SELL, 5, 100_00)],
        (BUY, 2, 100_00, False),
        {ANN: (2, 2 * 100_00)},
        [(ANN, 3, 100_00), (BOB, 5, 100_00)],
    ),
    "what is left rests behind older ones of its price": Meeting(
        [(ANN, SELL, 2, 100_00), (BOB, BUY, 1, 100_00)],
        (BUY, 5, 100_00, True),
        {ANN: (1, 100_00)},
        [(TAKER, 4, 100_00)],
    ),
    "what is left of an order that does not rest is cancelled": Meeting(
        [(ANN, SELL, 2, 100_00)],
        (BUY, 5, 100_00, False),
        {ANN: (2, 2 * 100_00)},
        [],
    ),
    "a limit that nobody meets rests": Meeting(
        [(ANN, SELL, 2, 100_10)],
        (BUY, 5, 100_09, True),
        {},
        [(TAKER, 5, 100_09), (ANN, 2, 100_10)],
    ),
    "a limit that nobody meets is cancelled if it does not rest": Meeting(
        [(ANN, SELL, 2, 100_10)],
        (BUY, 5, 100_09, False),
        {},
        [(ANN, 2, 100_10)],
    ),
    "a seller's limit is the least it takes": Meeting(
        [(ANN, BUY, 2, 99_90), (BOB, BUY, 2, 99_80)],
        (SELL, 4, 99_85, True),
        {ANN: (2, 2 * 99_90)},
        [(BOB, 2, 99_80), (TAKER, 2, 99_85)],
    ),
    "the house has what nobody else has": Meeting(
        [(ANN, SELL, 2, 100_10)],
        (BUY, 5, None, False),
        {ANN: (2, 2 * 100_10), HOUSE: (3, 3 * HOUSE_ASK)},
        [],
    ),
    "the house takes what nobody else takes": Meeting(
        [(ANN, BUY, 2, 99_80)],
        (SELL, 5, None, False),
        {ANN: (2, 2 * 99_80), HOUSE: (3, 3 * HOUSE_BID)},
        [],
    ),
    "an agent's price goes before the same of the house": Meeting(
        [(ANN, SELL, 2, HOUSE_ASK - 1), (BOB, BUY, 1, HOUSE_BID + 1)],
        (BUY, 3, HOUSE_ASK, True),
        {ANN: (2, 2 * (HOUSE_ASK - 1)), HOUSE: (1, HOUSE_ASK)},
        [(BOB, 1, HOUSE_BID + 1)],
    ),
    "nobody pays more than the house asks": Meeting(
        [],
        (BUY, 3, 500_00, True),
        {HOUSE: (3, 3 * HOUSE_ASK)},
        [],
    ),
    "nobody sells for less than the house pays": Meeting(
        [],
        (SELL, 3, 1, True),
        {HOUSE: (3, 3 * HOUSE_BID)},
        [],
    ),
    "one's own order is cancelled, not met": Meeting(
        [(TAKER, SELL, 2, 100_00), (ANN, SELL, 2, 100_05)],
        (BUY, 3, 100_05, True),
        {ANN: (2, 2 * 100_05)},
        [(TAKER, 1, 100_05)],
    ),
    "one's own order behind a better one stays": Meeting(
        [(ANN, SELL, 2, 100_00), (TAKER, SELL, 2, 100_05)],
        (BUY, 2, None, True),
        {ANN: (2, 2 * 100_00)},
        [(TAKER, 2, 100_05)],
    ),
}


@pytest.mark.parametrize("what", MEETINGS)
def test_who_trades_with_whom(what: str) -> None:
    meeting = MEETINGS[what]
    pair = a_floor({TAKER: 10_000_00, ANN: 10_000_00, BOB: 10_000_00}, may_short={TAKER, ANN, BOB})
    for who, side, units, limit in meeting.resting:
        assert pair.order(who, side, units, limit, rests=True) is None
    before = _holdings(pair)
    side, taken, at_most, rests = meeting.taker
    assert pair.order(TAKER, side, taken, at_most, rests=rests) is None
    after = _holdings(pair)
    fills = {
        who: (side * (before[who][0] - units), side * (cents - before[who][1]))
        for who, (units, cents) in after.items()
        if who != TAKER and units != before[who][0]
    }
    assert fills == meeting.fills
    assert _resting(pair) == meeting.left
    assert pair.differences() == []


def _holdings(pair: Pair) -> dict[Who, tuple[int, int]]:
    """Units and cents of each, the house among them: it gets what is burned."""
    ledger = pair.market.ledger
    holdings = {
        who: (0 if account.trading is None else account.trading.position(0).units, account.cash_cents)
        for who, account in pair.accounts.items()
    }
    return {**holdings, HOUSE: (ledger.house_units.get(0, 0), ledger.burned_cents - ledger.minted_cents)}


def _resting(pair: Pair) -> list[tuple[Who, int, int]]:
    book = pair.market.books[0]
    bids = [
        order
        for price in sorted(book.bids.levels, reverse=True)
        for order in book.bids.levels[price].values()
    ]
    asks = [order for price in sorted(book.asks.levels) for order in book.asks.levels[price].values()]
    return [(order.owner.key, order.left, order.price_cents) for order in (*bids, *asks)]


def test_a_cancelled_order_never_trades() -> None:
    pair = a_floor({TAKER: 10_000_00, ANN: 10_000_00}, may_short={ANN})
    pair.sell(ANN, 5, 100_00, rests=True)
    (order,) = pair.market.orders
    pair.cancel(order)
    assert pair.buy(TAKER, 5, 100_00) is None
    assert _resting(pair) == []
    assert pair.accounts[ANN].cash_cents == 10_000_00
    assert pair.differences() == []


def test_the_place_in_the_queue_is_kept_through_many_arrivals_and_cancels() -> None:
    pair = a_floor({TAKER: 100_000_00, ANN: 100_000_00, BOB: 100_000_00}, may_short={ANN, BOB})
    for _ in range(50):
        pair.sell(ANN, 1, 100_00, rests=True)
        pair.sell(BOB, 1, 100_00, rests=True)
    for order in [order for order in pair.market.orders if order % 3 == 0]:
        pair.cancel(order)
    while pair.market.orders:
        first = min(pair.market.orders)
        pair.buy(TAKER, 1, 100_00)
        assert first not in pair.market.orders
        assert pair.differences() == []


def test_when_the_house_comes_to_a_resting_order_it_trades_at_the_orders_own_price() -> None:
    pair = a_floor({TAKER: 10_000_00, ANN: 10_000_00}, may_short={ANN})
    pair.buy(TAKER, 2, 99_00, rests=True)
    pair.sell(ANN, 3, 101_00, rests=True)
    pair.jump(0, -20_000)
    assert pair.accounts[TAKER].cash_cents == 10_000_00 - 2 * 99_00
    assert [who for who, _, _ in _resting(pair)] == [ANN]
    pair.jump(0, 40_000)
    assert pair.accounts[ANN].cash_cents == 10_000_00 + 3 * 101_00
    assert _resting(pair) == []
    assert pair.differences() == []


@pytest.mark.parametrize(("away", "left"), [(0, []), (1, [(ANN, 1, 99_00)])])
def test_the_house_has_come_to_an_order_when_its_price_is_the_same(away: int, left: list[object]) -> None:
    pair = a_floor({ANN: 10_000_00})
    pair.buy(ANN, 1, 99_00, rests=True)
    pair.market.books[0].value = pair.naive.books[0].value = (98_76 + away) * 1_000
    pair.jump(0, 0)
    assert pair.market.books[0].house_ask_cents == 99_00 + away
    assert _resting(pair) == left
    assert pair.differences() == []


def test_the_house_comes_to_better_prices_first_and_of_one_price_to_older_orders() -> None:
    """All of it is one moment, and nobody could tell; but a case in escrow has a number."""
    pair = a_floor({ANN: 100_000_00, BOB: 100_000_00, TAKER: 0})
    pair.set_arbiters((50_00, TAKER))
    pair.buy(ANN, 1, 99_00, rests=True)
    pair.buy(BOB, 1, 99_10, rests=True)
    pair.buy(ANN, 2, 99_10, rests=True)
    pair.jump(0, -50_000)
    cases = pair.market.desk.cases.values()
    assert [(case.id, case.buyer and case.buyer.key, case.units) for case in cases] == [
        (1, BOB, 1),
        (2, ANN, 2),
        (3, ANN, 1),
    ]
    assert pair.differences() == []


def test_services_have_books_of_their_own() -> None:
    pair = a_floor({TAKER: 10_000_00, ANN: 10_000_00}, may_short={ANN})
    assert pair.open_book("Compute") == 1
    assert pair.open_book("General") == 0
    pair.order(ANN, SELL, 5, 100_00, rests=True, service=1)
    pair.buy(TAKER, 5, 100_00, rests=True)
    assert len(pair.market.orders) == 2
    pair.order(TAKER, BUY, 5, 100_00, service=1)
    assert _resting(pair) == [(TAKER, 5, 100_00)]
    assert pair.differences() == []
