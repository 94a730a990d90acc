"""The buyer: its first position, its limits, its three strategies, and which service it looks at."""

from collections import Counter
from decimal import Decimal
from statistics import fmean, pstdev
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palm_ual.agents.buyer import Buyer
from palm_ual.agents.contract import Buy, Sell
from palm_ual.agents.seller import Seller
from tests.agents.trading_floor import Agent, Floor

STRATEGIES = ("conservative", "momentum", "aggressive")
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def alone(seconds: int = 0, seed: int = 1, **config: Any) -> tuple[Floor, Agent]:
    floor = Floor(seed)
    (agent,) = floor.deploy(Buyer, **config)
    floor.run(seconds)
    return floor, agent


# Its first step


@every_strategy
def test_a_fresh_buyer_has_a_position_after_its_first_step(strategy: str) -> None:
    _, buyer = alone(strategy=strategy)
    assert len(buyer.taken) == 1
    (order,) = buyer.orders
    assert isinstance(order, Buy)
    assert not order.rests
    assert buyer.units() > 0
    assert 0 < buyer.used_cents < buyer.trading.budget_cents / 5  # type: ignore[operator]


def test_a_buyer_that_is_drained_at_once_closes_that_position() -> None:
    floor, buyer = alone()
    floor.drain(buyer)
    floor.run(5)
    assert not floor.owes(buyer)
    assert isinstance(buyer.orders[-1], Sell)
    assert buyer.units() == 0
    assert buyer.refusals == []


def test_a_buyer_that_drains_takes_nothing_new() -> None:
    floor, buyer = alone(60, strategy="aggressive")
    before, units = len(buyer.placed), buyer.units()
    floor.drain(buyer)
    floor.run(100)
    assert [(type(order), order.units) for order in buyer.orders[before:]] == [(Sell, units)]
    assert not floor.owes(buyer)


def test_a_buyer_that_is_resumed_works_on() -> None:
    floor, buyer = alone(60, strategy="aggressive")
    floor.drain(buyer)
    floor.run(600)
    before = len(buyer.placed)
    floor.resume(buyer)
    floor.run(60)
    assert len(buyer.placed) > before
    assert buyer.health.health == "healthy", "that it did nothing meanwhile is no illness"


@pytest.mark.parametrize(
    "config",
    [
        {"price": 50},
        {"price": 0},
        {"budget": 80},
        {"budget": 0},
        {"funding": 80},
        {"funding": 0},
        {"funding": 80, "budget": 10_000},
    ],
)
@every_strategy
def test_what_ceiling_budget_and_cash_forbid_is_not_tried(strategy: str, config: dict[str, Any]) -> None:
    floor = Floor()
    floor.deploy(Buyer)
    floor.run(1)
    (buyer,) = floor.deploy(Buyer, strategy=strategy, **config)
    floor.run(120)
    assert buyer.refusals == []
    assert buyer.trading.filled == 0
    assert all(isinstance(order, Buy) and order.rests for order in buyer.orders), "it may wait for its price"


# Its limits

money = st.decimals(0, 10**13, places=2) | st.decimals(0, 1_000, places=2)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    configs=st.lists(
        st.fixed_dictionaries(
            {
                "strategy": st.sampled_from(STRATEGIES),
                "risk_tolerance": st.decimals(0, 1, places=2),
                "funding": money,
            },
            optional={"budget": money, "price": money, "service": st.sampled_from("AB")},
        ),
        min_size=1,
        max_size=4,
    ),
    shocks_ppm=st.lists(st.integers(-300_000, 300_000), min_size=1, max_size=4),
)
def test_a_buyer_sends_no_order_that_the_market_refuses(
    seed: int, configs: list[dict[str, Any]], shocks_ppm: list[int]
) -> None:
    floor = Floor(seed)
    buyers = [buyer for config in configs for buyer in floor.deploy(Buyer, 2, **config)]
    for shock_ppm in shocks_ppm:
        floor.run(20)
        if floor.market.books:
            floor.market.jump(0, shock_ppm)
    for buyer in buyers:
        assert buyer.refusals == []
        assert buyer.account.cash_cents >= 0
        assert buyer.used_cents <= buyer.fleet.config.budget
        assert all(position.units >= 0 for position in buyer.trading.positions.values())
        ceiling_cents = buyer.fleet.config.price
        if ceiling_cents is not None:
            assert all(order.limit_cents <= ceiling_cents for order in buyer.orders if isinstance(order, Buy))


@pytest.mark.parametrize(
    ("strategy", "whole_pct"), [("conservative", 15), ("momentum", 95), ("aggressive", 95)]
)
def test_no_risk_is_next_to_nothing_and_all_risk_is_the_whole_budget(strategy: str, whole_pct: int) -> None:
    """The most that is tied up within half an hour; the conservative would need a longer fall for all of it."""
    most_pct = {}
    for risk in ("0", "0.5", "1"):
        floor, buyer = alone(strategy=strategy, funding=100_000, risk_tolerance=Decimal(risk))
        most_cents = 0
        for _ in range(1_800):
            floor.run(1)
            most_cents = max(most_cents, buyer.used_cents)
        most_pct[risk] = most_cents / 50_000_00 * 100
    assert 0 < most_pct["0"] <= 5
    assert most_pct["0"] * 3 < most_pct["0.5"] <= 52.5
    assert most_pct["0.5"] * 1.3 < most_pct["1"] <= 100
    assert most_pct["1"] > whole_pct


@every_strategy
@pytest.mark.parametrize("price", [Decimal("0.01"), Decimal("0.05"), 9_999_000, 10_000_000])
def test_a_buyer_of_great_means_keeps_to_what_the_market_takes(strategy: str, price: Decimal | int) -> None:
    """Units of a cent or two, and units whose price reaches the market's highest."""
    floor = Floor()
    floor.deploy(Seller, price=price, funding=10**13)
    floor.run(2)
    (buyer,) = floor.deploy(Buyer, strategy=strategy, funding=10**13, risk_tolerance=1)
    floor.run(240)
    assert buyer.refusals == []
    assert buyer.trading.filled > 0


def test_a_buyer_that_can_afford_one_unit_only_buys_it_at_any_risk() -> None:
    _, buyer = alone(budget=110, risk_tolerance=0)
    assert buyer.units() == 1


def test_a_stop_ends_a_position_that_a_shock_has_hit() -> None:
    for strategy in STRATEGIES:
        floor, buyer = alone(60, strategy=strategy, seed=4)
        floor.market.jump(0, -100_000)
        if buyer.units() == 0:
            continue
        floor.run(2)
        assert buyer.units() == 0, strategy
        floor.run(10)
        assert buyer.units() == 0, "it stays out while the price is that far below"


# Its strategies


class Life:
    """Ten minutes of ten buyers of one strategy."""

    def __init__(self, strategy: str, seed: int, sellers: int) -> None:
        floor = Floor(seed)
        if sellers:
            floor.deploy(Seller, sellers)
        buyers = floor.deploy(Buyer, 10, strategy=strategy)
        used_cents, held = [], 0
        for _ in range(600):
            floor.run(1)
            used_cents.append(sum(buyer.used_cents for buyer in buyers))
            held += sum(buyer.units() for buyer in buyers)
        orders = [order for buyer in buyers for order in buyer.orders]
        sold = sum(order.units for order in orders if isinstance(order, Sell))
        self.orders_per_min = len(orders) / 10 / 10
        self.used_cents = fmean(used_cents) / 10
        self.pnl_cents = fmean(floor.pnl_cents(buyer) for buyer in buyers)
        self.largest = max(order.units for order in orders if isinstance(order, Buy))
        self.marketable = fmean(not order.rests for order in orders)
        self.held_s = held / sold
        self.refusals = sum(len(buyer.refusals) for buyer in buyers)


@pytest.fixture(scope="module")
def lives() -> dict[str, list[Life]]:
    """Eight lives each, of fixed seeds: the same figures at every run."""
    return {
        strategy: [Life(strategy, seed, sellers=3 * (seed % 2)) for seed in range(8)]
        for strategy in STRATEGIES
    }


def test_strategies_differ_in_how_often_they_trade(lives: dict[str, list[Life]]) -> None:
    """About 2, 10 and 32 orders a minute, within half of that either way."""
    conservative, momentum, aggressive = (
        [life.orders_per_min for life in lives[strategy]] for strategy in STRATEGIES
    )
    assert max(conservative) * 2 < min(momentum)
    assert fmean(momentum) * 2 < fmean(aggressive)
    assert max(momentum) < min(aggressive)
    assert fmean(aggressive) > 20


def test_strategies_differ_in_how_much_they_tie_up_and_at_a_time(lives: dict[str, list[Life]]) -> None:
    """About $100, $1,200 and $1,250 of $5,000."""
    used = {strategy: fmean(life.used_cents for life in lives[strategy]) for strategy in STRATEGIES}
    assert used["conservative"] * 4 < used["momentum"]
    assert used["conservative"] * 4 < used["aggressive"]
    largest = {strategy: fmean(life.largest for life in lives[strategy]) for strategy in STRATEGIES}
    assert largest["conservative"] * 2 <= largest["momentum"]
    assert largest["conservative"] * 2 <= largest["aggressive"]


def test_strategies_differ_in_what_is_at_stake(lives: dict[str, list[Life]]) -> None:
    """What ten minutes come to is spread over a few dollars, or over some tens of dollars."""
    spread = {strategy: pstdev(life.pnl_cents for life in lives[strategy]) for strategy in STRATEGIES}
    assert spread["conservative"] * 2 < spread["momentum"]
    assert spread["conservative"] * 2 < spread["aggressive"]


def test_strategies_differ_in_how_long_they_hold(lives: dict[str, list[Life]]) -> None:
    held_s = {strategy: fmean(life.held_s for life in lives[strategy]) for strategy in STRATEGIES}
    assert held_s["conservative"] * 1.3 < held_s["momentum"]
    assert held_s["aggressive"] * 1.1 < held_s["momentum"]


def test_the_conservative_rests_its_bids_and_the_others_take_what_there_is(
    lives: dict[str, list[Life]],
) -> None:
    for strategy, lived in lives.items():
        for life in lived:
            assert life.marketable < 0.9 if strategy == "conservative" else life.marketable == 1


def test_no_strategy_ruins_itself(lives: dict[str, list[Life]]) -> None:
    """A fleet may be left alone: none loses more than a hundredth of its funding in ten minutes."""
    for strategy in STRATEGIES:
        assert fmean(life.pnl_cents for life in lives[strategy]) > -100_00


def test_a_healthy_buyer_has_no_refusals(lives: dict[str, list[Life]]) -> None:
    assert all(life.refusals == 0 for lived in lives.values() for life in lived)


def test_a_resting_bid_is_left_where_it_is_as_long_as_its_price_will_do() -> None:
    floor, buyer = alone(funding=1_000, price=90)
    seen = set()
    for _ in range(300):
        floor.run(1)
        seen |= set(buyer.trading.resting)
    assert len(seen) == 1
    assert len(buyer.placed) == 2, "one opened the book, and one waits at the ceiling"


# Which service


def test_without_a_book_a_buyer_opens_general() -> None:
    floor, _ = alone()
    assert [book.name for book in floor.market.books] == ["General"]


def test_a_buyer_that_was_told_a_service_buys_nothing_else() -> None:
    floor = Floor()
    floor.deploy(Seller, service="A")
    floor.deploy(Seller, service="B")
    (buyer,) = floor.deploy(Buyer, service="B", strategy="aggressive")
    floor.run(120)
    assert {order.service for order in buyer.orders} == {"B"}


def test_a_buyer_that_was_told_a_service_without_a_book_opens_it() -> None:
    floor, buyer = alone(service="Data Analysis")
    assert [book.name for book in floor.market.books] == ["Data Analysis"]
    assert buyer.units() == 1


@every_strategy
def test_a_buyer_that_was_told_nothing_trades_every_service(strategy: str) -> None:
    floor = Floor()
    for service in ("A", "B", "C"):
        floor.deploy(Seller, service=service)
    floor.run(3)
    (buyer,) = floor.deploy(Buyer, strategy=strategy)
    floor.run(7_200)
    bought = Counter(order.service for order in buyer.orders if isinstance(order, Buy))
    sold = Counter(order.service for order in buyer.orders if isinstance(order, Sell))
    assert bought.keys() == sold.keys() == {"A", "B", "C"}
    assert buyer.refusals == []


def test_a_fresh_buyer_finds_the_service_that_it_can_afford() -> None:
    floor = Floor()
    for number in range(9):
        floor.deploy(Seller, service=f"dear {number}", price=50_000, funding=10**7)
    floor.deploy(Seller, service="cheap", price=20)
    floor.run(3)
    for buyer in floor.deploy(Buyer, 10):
        floor.run_until(floor.now_ms)
        assert [order.service for order in buyer.orders] == ["cheap"]


def test_a_buyer_that_can_afford_nothing_here_looks_elsewhere() -> None:
    floor = Floor()
    for number in range(60):
        floor.deploy(Seller, service=f"dear {number}", price=50_000, funding=10**7)
    floor.run(3)
    (buyer,) = floor.deploy(Buyer)
    floor.run(5)
    assert buyer.orders == []
    floor.deploy(Seller, service="cheap", price=20)
    floor.run(1_800)
    assert {order.service for order in buyer.orders} == {"cheap"}


def test_a_buyer_goes_on_after_its_state_was_put_away() -> None:
    """It knows its average, its last bid and its service still."""
    _, one = alone(200)
    _, two = alone(200)
    two.state = two.fleet.behaviour.restore(
        msgspec.json.decode(msgspec.json.encode(two.fleet.behaviour.snapshot(two.state)))
    )
    assert two.state == one.state
    assert two.state is not one.state
