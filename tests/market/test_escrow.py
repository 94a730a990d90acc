"""Trades that an arbiter holds: whose money and units are where, and what becomes of them."""

import pytest

from palm_ual.market import flow
from palm_ual.market.accounts import BUY, SELL, pnl_of
from palm_ual.market.ledger import trading_of
from palm_ual.market.reference import is_off
from tests.market.floor import HOUSE_ASK, a_floor
from tests.market.naive_values import Who
from tests.market.pair import Pair

ANN: Who = (1, 1)
BOB: Who = (2, 1)
JUDGE: Who = (3, 1)
OTHER: Who = (3, 2)
CASH = 10_000_00


def a_court(*arbiters: tuple[int, Who]) -> Pair:
    pair = a_floor({ANN: CASH, BOB: CASH, JUDGE: 0, OTHER: 0}, may_short={BOB})
    pair.set_arbiters(*(arbiters or ((500_00, JUDGE),)))
    return pair


def a_held_trade() -> Pair:
    """Ann buys 10 of Bob, who is short of them, for 1,000 dollars: case 1."""
    pair = a_court()
    pair.sell(BOB, 10, 100_00, rests=True)
    pair.buy(ANN, 10, 100_00)
    assert list(pair.market.desk.cases) == [1]
    return pair


def position(pair: Pair, who: Who) -> tuple[int, int, int, int]:
    """Cash, units, units in escrow, money in escrow."""
    account, trading = pair.accounts[who], trading_of(pair.accounts[who])
    held = trading.position(0)
    return (account.cash_cents, held.units, held.escrowed, trading.escrowed_cents)


def test_a_held_trade_has_taken_what_is_given_and_given_nothing() -> None:
    pair = a_held_trade()
    assert position(pair, ANN) == (CASH - 1_000_00, 0, 0, 1_000_00)
    assert position(pair, BOB) == (CASH, -10, 10, 0)
    assert [pair.market.figures[uid].filled for uid in (1, 2, 3)] == [0, 0, 0]
    assert [trading_of(pair.accounts[who]).owes for who in (ANN, BOB, JUDGE, OTHER)] == [
        True,
        True,
        True,
        False,
    ]
    assert pair.differences() == []


def test_a_trade_in_escrow_changes_nobodys_pnl() -> None:
    pair = a_held_trade()
    pair.jump(0, 100_000)
    assert [pnl_of(pair.accounts[who], pair.market.references) for who in (ANN, BOB)] == [0, 0]


def test_a_released_trade_stands() -> None:
    pair = a_held_trade()
    pair.decide(flow.RELEASE, 1)
    assert position(pair, ANN) == (CASH - 1_000_00, 10, 0, 0)
    assert position(pair, BOB) == (CASH + 1_000_00, -10, 0, 0)
    assert [pair.market.figures[uid].filled for uid in (1, 2, 3)] == [1, 1, 1]
    assert not trading_of(pair.accounts[JUDGE]).owes
    assert pair.differences() == []


def test_a_refunded_trade_never_was_and_both_orders_have_failed() -> None:
    pair = a_held_trade()
    pair.decide(flow.REFUND, 1)
    assert position(pair, ANN) == (CASH, 0, 0, 0)
    assert position(pair, BOB) == (CASH, 0, 0, 0)
    figures = pair.market.figures
    assert [(figures[uid].filled, figures[uid].failed) for uid in (1, 2, 3)] == [(0, 1), (0, 1), (0, 1)]
    assert [trading_of(pair.accounts[who]).errors.count(0) for who in (ANN, BOB)] == [1, 1]
    assert pair.differences() == []


def test_a_disputed_case_stays_open_and_remembers_since_when() -> None:
    pair = a_held_trade()
    pair.later(5_000)
    pair.decide(flow.DISPUTE, 1)
    pair.later(5_000)
    pair.decide(flow.DISPUTE, 1)
    assert pair.market.desk.cases[1].disputed_ms == 5_000
    assert position(pair, ANN) == (CASH - 1_000_00, 0, 0, 1_000_00)
    pair.decide(flow.REFUND, 1)
    assert position(pair, ANN) == (CASH, 0, 0, 0)


@pytest.mark.parametrize("code", [flow.RELEASE, flow.REFUND, flow.DISPUTE, flow.HAND_OVER])
def test_a_case_that_is_decided_cannot_be_decided_again(code: int) -> None:
    pair = a_held_trade()
    pair.decide(flow.RELEASE, 1)
    with pytest.raises(KeyError):
        flow.play_case(pair.market, code, 1)
    assert position(pair, BOB) == (CASH + 1_000_00, -10, 0, 0)


def test_the_house_has_its_trades_held_as_well() -> None:
    pair = a_court()
    pair.buy(ANN, 10)
    assert position(pair, ANN) == (CASH - 10 * HOUSE_ASK, 0, 0, 10 * HOUSE_ASK)
    assert pair.market.ledger.house_units == {0: -10}
    assert pair.market.ledger.burned_cents == 0, "it gets the money when the trade is released"
    pair.decide(flow.REFUND, 1)
    assert pair.market.ledger.house_units == {0: 0}
    assert position(pair, ANN) == (CASH, 0, 0, 0)
    pair.sell(BOB, 10)
    assert pair.market.ledger.minted_cents > 0, "it has paid"
    pair.decide(flow.RELEASE, 2)
    assert pair.market.ledger.house_units == {0: 10}
    assert pair.differences() == []


@pytest.mark.parametrize(
    ("units", "limit", "held"),
    [(5, 100_00, True), (5, 99_99, False), (4, 100_24, False), (100, 1_00, False)],
)
def test_only_orders_of_at_least_the_threshold_at_their_limit_are_held(
    units: int, limit: int, held: bool
) -> None:
    pair = a_court()
    pair.sell(BOB, units, limit if limit > 99_75 else 99_80, rests=True)
    pair.buy(ANN, units, limit)
    assert bool(pair.market.desk.cases) is held
    assert pair.differences() == []


def test_a_small_order_that_meets_a_large_one_is_held_with_it() -> None:
    pair = a_court()
    pair.sell(BOB, 10, 100_00, rests=True)
    pair.buy(ANN, 1, 100_00)
    assert [case.units for case in pair.market.desk.cases.values()] == [1]


def test_each_trade_of_a_large_order_is_a_case_and_the_order_counts_by_its_first() -> None:
    pair = a_court()
    pair.sell(BOB, 6, 100_00, rests=True)
    pair.buy(ANN, 10)
    cases = pair.market.desk.cases
    assert [(case.units, case.buyer_counts, case.seller_counts) for case in cases.values()] == [
        (6, True, True),
        (4, False, False),
    ]
    pair.decide(flow.REFUND, 1)
    pair.decide(flow.RELEASE, 2)
    figures = pair.market.figures
    assert [(figures[uid].filled, figures[uid].failed) for uid in (1, 2)] == [(0, 1), (0, 1)]
    assert pair.differences() == []


def test_an_order_that_rests_counts_by_its_first_trade_too() -> None:
    pair = a_court()
    pair.sell(BOB, 12, 100_00, rests=True)
    for _ in range(2):
        pair.buy(ANN, 6, 100_00)
    assert [case.seller_counts for case in pair.market.desk.cases.values()] == [True, False]
    for case in (1, 2):
        pair.decide(flow.RELEASE, case)
    assert [pair.market.figures[uid].filled for uid in (1, 2, 3)] == [2, 1, 2]
    assert pair.differences() == []


def test_nothing_is_held_where_nobody_arbitrates() -> None:
    pair = a_court()
    pair.set_arbiters()
    pair.buy(ANN, 10)
    assert pair.market.desk.cases == {}


def test_what_was_to_be_held_is_not_once_the_last_arbiter_is_gone() -> None:
    pair = a_court()
    pair.sell(BOB, 10, 100_00, rests=True)
    pair.set_arbiters()
    pair.buy(ANN, 10, 100_00)
    assert pair.market.desk.cases == {}
    assert position(pair, ANN)[1] == 10


@pytest.mark.parametrize(
    ("arbiters", "holders"),
    [
        ([(500_00, JUDGE), (500_00, OTHER)], [OTHER, JUDGE, OTHER, JUDGE]),
        ([(500_00, OTHER), (500_00, JUDGE)], [OTHER, JUDGE, OTHER, JUDGE]),
        ([(500_00, OTHER), (5_000_00, JUDGE)], [OTHER, OTHER, OTHER, OTHER]),
        ([(500_00, OTHER), (6 * HOUSE_ASK, JUDGE)], [JUDGE, OTHER, JUDGE, OTHER]),
        ([(500_00, OTHER), (6 * HOUSE_ASK + 1, JUDGE)], [OTHER, OTHER, OTHER, OTHER]),
        ([(500_00, JUDGE), (600_00, OTHER)], [OTHER, JUDGE, OTHER, JUDGE]),
        ([(600_00, JUDGE), (500_00, OTHER)], [JUDGE, OTHER, JUDGE, OTHER]),
    ],
)
def test_arbiters_whose_threshold_it_reaches_take_turns(
    arbiters: list[tuple[int, Who]], holders: list[Who]
) -> None:
    pair = a_court(*arbiters)
    for _ in holders:
        pair.order(ANN, BUY, 6)
    assert [case.arbiter.key for case in pair.market.desk.cases.values()] == holders
    assert pair.differences() == []


def test_a_case_is_handed_over_to_somebody_else_who_is_ready_or_stays() -> None:
    pair = a_held_trade()
    pair.decide(flow.HAND_OVER, 1)
    assert pair.market.desk.cases[1].arbiter.key == JUDGE
    pair.set_arbiters((500_00, JUDGE), (9_000_00, OTHER))
    pair.decide(flow.HAND_OVER, 1)
    assert pair.market.desk.cases[1].arbiter.key == OTHER
    assert not trading_of(pair.accounts[JUDGE]).cases
    pair.decide(flow.RELEASE, 1)
    counts = [trading_of(pair.accounts[who]) for who in (JUDGE, OTHER)]
    assert [(tally.orders, tally.filled) for tally in counts] == [(1, 0), (1, 1)]
    assert pair.differences() == []


# Ends


def test_an_arbiter_that_is_ended_by_force_hands_over_what_it_can_and_refunds_the_rest() -> None:
    pair = a_held_trade()
    pair.set_arbiters((500_00, JUDGE), (500_00, OTHER))
    pair.close(JUDGE)
    assert pair.market.desk.cases[1].arbiter.key == OTHER
    pair.set_arbiters((500_00, OTHER))
    pair.close(OTHER)
    assert pair.market.desk.cases == {}
    assert position(pair, ANN) == (CASH, 0, 0, 0)
    assert pair.differences() == []


def test_whoever_is_ended_by_force_leaves_nothing_open() -> None:
    pair = a_held_trade()
    pair.set_arbiters()
    pair.buy(ANN, 5)
    pair.buy(ANN, 5, 90_00, rests=True)
    pair.open_book("Compute")
    pair.order(BOB, SELL, 7, service=1)
    for who in (ANN, BOB):
        pair.close(who)
        trading = trading_of(pair.accounts[who])
        assert not trading.owes
        assert (trading.used_budget_cents, trading.reserved_cents) == (0, 0)
    assert pair.market.orders == {}
    assert all(units == 0 for units in pair.market.ledger.house_units.values())
    assert pair.differences() == []


def test_who_cannot_pay_for_what_it_is_short_of_gives_all_it_has_after_selling_what_it_can() -> None:
    pair = a_floor({BOB: 0}, may_short={BOB})
    pair.open_book("Compute")
    pair.order(BOB, SELL, 10, service=1)
    pair.order(BOB, BUY, 9)
    pair.jump(1, 1_000_000)
    pair.close(BOB)
    assert pair.accounts[BOB].cash_cents == 0
    assert not trading_of(pair.accounts[BOB]).owes
    pnl = pair.market.figures[BOB[0]].pnl_cents(pair.market.references)
    assert pnl == 0, "nobody loses more than it has: the house takes the loss"
    assert pair.differences() == []


@pytest.mark.parametrize("first", [0, 1])
def test_a_forced_end_comes_to_the_same_in_whatever_order_positions_were_opened(first: int) -> None:
    """A snapshot forgets the order: what is folded from it must come to what happened."""
    pair = a_floor({BOB: 30_00}, may_short={BOB})
    pair.open_book("Compute")
    for service in (first, 1 - first):
        pair.order(BOB, SELL, 4 + service, service=service)
    pair.jump(0, 900_000)
    pair.jump(1, 700_000)
    pair.close(BOB)
    assert pair.market.volume_cents == 9 * 99_75 + 9 * 99_75 + 30_00
    assert pair.differences() == []


@pytest.mark.parametrize(
    ("price", "reference", "off"),
    [
        (105_00, 100_00, False),
        (105_01, 100_00, True),
        (95_00, 100_00, False),
        (94_99, 100_00, True),
        (2, 1, True),
    ],
)
def test_a_price_is_off_beyond_five_percent(price: int, reference: int, off: bool) -> None:
    assert is_off(price, reference) is off
