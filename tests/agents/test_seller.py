"""The seller: where it quotes, what it leaves alone, and what its position and its money allow."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.contract import Buy, Sell
from palm_ual.agents.seller import Seller, quotes_cents
from palm_ual.market.accounts import BUY, SELL, Order
from tests.agents.samples import Puppet
from tests.agents.trading_floor import Agent, Floor

CALM: dict[str, Any] = {"spread": Decimal("0.2")}
"""So far apart that the house's prices never reach the quotes."""
BEFORE_THE_FIRST_MOVE_MS = 600
"""Both quotes rest, and the reference value is the price still."""


def alone(seconds: int = 0, seed: int = 1, **config: Any) -> tuple[Floor, Agent]:
    floor = Floor(seed)
    (agent,) = floor.deploy(Seller, **config)
    floor.run(seconds)
    return floor, agent


def quotes(seller: Agent) -> dict[int, Order]:
    """Its resting orders by side; there is one at most on each."""
    found = {order.side: order for order in seller.trading.resting.values()}
    assert len(found) == len(seller.trading.resting)
    return found


# Where it quotes


@pytest.mark.parametrize(
    ("price_cents", "spread", "bid_cents", "ask_cents"),
    [
        (100_00, "0.002", 99_90, 100_10),
        (5_000_00, "0.002", 4_995_00, 5_005_00),
        (3_33, "0.01", 3_31, 3_35),
        (100_00, "0", 100_00, 100_01),
        (100_00, "1", 50_00, 150_00),
        (1, "0.002", 0, 2),
        (0, "0.002", 0, 1),
    ],
)
def test_a_bid_is_rounded_down_and_an_ask_up(
    price_cents: int, spread: str, bid_cents: int, ask_cents: int
) -> None:
    assert quotes_cents(price_cents, Decimal(spread)) == (bid_cents, ask_cents)


@given(st.integers(0, 10**15), st.decimals(0, 1, places=6))
def test_quotes_are_whole_cents_around_the_price(price_cents: int, spread: Decimal) -> None:
    bid_cents, ask_cents = quotes_cents(price_cents, spread)
    half = Decimal(price_cents) * spread / 2
    assert bid_cents <= price_cents - half < bid_cents + 1
    assert ask_cents == bid_cents + 1 or ask_cents - 1 < price_cents + half <= ask_cents
    assert bid_cents < ask_cents


def test_a_seller_quotes_both_sides() -> None:
    _, seller = alone(3, **CALM)
    sides = quotes(seller)
    assert (sides[BUY].price_cents, sides[SELL].price_cents) == (90_00, 110_00)
    assert sides[BUY].left == sides[SELL].left > 0


def test_a_service_begins_at_the_price_of_those_who_sell_it() -> None:
    floor = Floor()
    sellers = floor.deploy(Seller, 3, service="Data Analysis", price=5_000, funding=100_000)
    floor.run_until(BEFORE_THE_FIRST_MOVE_MS)
    (book,) = floor.market.books
    assert (book.name, book.value) == ("Data Analysis", 5_000_00_000)
    floor.run(2)
    assert all(len(seller.trading.resting) == 2 for seller in sellers)


def test_strategy_and_risk_make_quotes_larger() -> None:
    def quantity(strategy: str, risk: str) -> int:
        _, seller = alone(3, funding=1_000_000, strategy=strategy, risk_tolerance=Decimal(risk), **CALM)
        return quotes(seller)[SELL].left

    by_strategy = [quantity(strategy, "0.5") for strategy in ("conservative", "momentum", "aggressive")]
    by_risk = [quantity("conservative", risk) for risk in ("0", "0.5", "1")]
    assert by_strategy == sorted(set(by_strategy))
    assert by_risk == sorted(set(by_risk))
    assert by_risk[0] > 0


# What it leaves alone


def test_quotes_that_nobody_hit_keep_their_place_in_the_queue() -> None:
    floor, seller = alone(3, **CALM)
    before = quotes(seller)
    floor.run(600)
    assert quotes(seller) == before
    assert len(seller.placed) == 2


def test_only_the_quote_that_traded_is_replaced() -> None:
    floor, seller = alone()
    floor.run_until(BEFORE_THE_FIRST_MOVE_MS)
    (puppet,) = floor.deploy(Puppet)
    before = quotes(seller)
    assert (before[BUY].left, before[SELL].left) == (1, 1)
    floor.carry_out(puppet, Buy("General", 1, 100_10))
    assert seller.units() == -1
    floor.run_until(floor.now_ms + 1_500)
    after = quotes(seller)
    assert after[BUY] is before[BUY]
    assert after[SELL] is not before[SELL]


def test_a_quote_that_traded_in_part_is_made_whole() -> None:
    floor, seller = alone(funding=100_000)
    floor.run_until(BEFORE_THE_FIRST_MOVE_MS)
    (puppet,) = floor.deploy(Puppet)
    before = quotes(seller)
    floor.carry_out(puppet, Buy("General", 5, 100_10))
    assert before[SELL].left == before[BUY].left - 5 > 0
    floor.run_until(floor.now_ms + 1_500)
    after = quotes(seller)
    assert after[SELL].left == before[BUY].left
    assert after[BUY] is before[BUY]


def test_quotes_that_take_all_of_its_money_and_budget_are_left_alone_too() -> None:
    floor, seller = alone(3, funding=100, budget=201, **CALM)
    before = quotes(seller)
    floor.run(600)
    assert quotes(seller) == before
    assert len(seller.placed) == 2


def test_a_quote_that_traded_into_escrow_is_replaced() -> None:
    """Its units are gone at once, its money comes when an arbiter has decided."""
    floor = Floor()
    floor.deploy(Arbiter, escrow_threshold=50, dispute_timeout=3_600)
    (seller,) = floor.deploy(Seller)
    floor.run_until(BEFORE_THE_FIRST_MOVE_MS)
    (puppet,) = floor.deploy(Puppet)
    floor.carry_out(puppet, Buy("General", 1, 100_10))
    floor.market.jump(0, 200_000)
    assert seller.trading.party_to
    before = len(seller.placed)
    floor.run(2)
    assert any(isinstance(order, Sell) for order in seller.orders[before:])


def test_quotes_that_somebody_cancelled_come_back() -> None:
    floor, seller = alone(3, **CALM)
    floor.market.cancel_all(seller.account)
    floor.run(2)
    assert len(quotes(seller)) == 2


def test_a_quote_that_was_lost_is_made_again() -> None:
    floor = Floor()
    (seller,) = floor.deploy(Seller, **CALM)
    floor.loses = lambda agent: len(agent.placed) == 1
    floor.run(20)
    assert seller.refusals == ["lost on its way"]
    assert len(quotes(seller)) == 2


# What its position and its money allow


@pytest.mark.parametrize("strategy", ["conservative", "momentum", "aggressive"])
@pytest.mark.parametrize("risk", ["0", "0.5", "1"])
def test_a_position_stays_within_the_budget_either_way(strategy: str, risk: str) -> None:
    floor, seller = alone(strategy=strategy, risk_tolerance=Decimal(risk))
    seen = set()
    for _ in range(1_200):
        floor.run(1)
        seen.add(seller.units())
        assert abs(seller.units()) * 100_00 <= 5_000_00
        assert seller.used_cents <= 5_000_00
    assert min(seen) < 0 < max(seen), "it sells short, and buys"
    assert seller.refusals == []


def test_at_its_limit_a_seller_quotes_one_side_only() -> None:
    floor, seller = alone(3)
    for change_ppm, units, side in ((-60_000, 10, SELL), (60_000, -10, BUY)):
        for _ in range(40):
            floor.market.jump(0, change_ppm // 10)
            floor.run(1)
            if abs(seller.units() - units) < 1:
                break
        floor.run_until(floor.now_ms + 1_500)
        assert seller.units() == units
        assert list(quotes(seller)) == [side]


def test_a_position_that_takes_the_whole_budget_is_closed_again() -> None:
    """There is room for one quote only: an offer, and when that has traded, a bid for what it is short."""
    floor, seller = alone(budget=101)
    seen: list[int] = []
    for _ in range(900):
        floor.run(1)
        if not seen or seen[-1] != seller.units():
            seen.append(seller.units())
    assert set(seen) == {-1, 0}
    assert len(seen) > 5


def test_without_cash_there_is_an_ask_and_no_bid() -> None:
    _, seller = alone(5, funding=0, budget=5_000, **CALM)
    assert list(quotes(seller)) == [SELL]
    assert seller.refusals == []


def test_a_seller_that_drains_closes_long_and_short() -> None:
    ended = set()
    for seed in range(12):
        floor, seller = alone(60, seed)
        ended.add(seller.units() > 0)
        floor.drain(seller)
        floor.run(5)
        assert not floor.owes(seller)
        assert seller.units() == 0
        assert seller.refusals == []
    assert ended == {True, False}


dollars = st.integers(1, 10**13) | st.integers(1, 1_000)
config = st.fixed_dictionaries(
    {
        "service": st.sampled_from("AB"),
        "price": dollars,
        "spread": st.decimals(0, 1, places=3),
        "strategy": st.sampled_from(["conservative", "momentum", "aggressive"]),
        "risk_tolerance": st.decimals(0, 1, places=2),
    },
    optional={"budget": dollars},
)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    configs=st.lists(st.tuples(config, st.integers(1, 1_000)), min_size=1, max_size=4),
    shocks_ppm=st.lists(st.integers(-300_000, 300_000), min_size=1, max_size=4),
)
def test_a_seller_sends_no_order_that_the_market_refuses(
    seed: int, configs: list[tuple[dict[str, Any], int]], shocks_ppm: list[int]
) -> None:
    """One that can pay for a unit: without money it opens a book at a price that it cannot know."""
    floor = Floor(seed)
    sellers = [
        seller
        for config, times in configs
        for seller in floor.deploy(Seller, 2, funding=min(config["price"] * times, 10**13), **config)
    ]
    for shock_ppm in shocks_ppm:
        floor.run(20)
        if floor.market.books:
            floor.market.jump(0, shock_ppm)
    for seller in sellers:
        assert seller.refusals == []
        assert seller.account.cash_cents >= 0
        assert len(seller.trading.resting) <= 2
