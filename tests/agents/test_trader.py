"""The health of the built-in types: when they say that they are not well, and why."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.buyer import Buyer
from palm_ual.agents.contract import Buy
from palm_ual.agents.seller import Seller
from palm_ual.agents.trader import TraderState, allowance_cents, sellable
from palm_ual.market.view import MarketView
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX
from tests.agents.trading_floor import Agent, Floor

BUSY: dict[str, Any] = {"strategy": "aggressive", "funding": 1_000_000}
"""Nearly an order a second."""


def health(agent: Agent) -> tuple[str, str | None]:
    return agent.health.health, agent.health.reason


# Errors


@pytest.mark.parametrize(
    ("orders", "errors", "reason"),
    [
        (20, 1, "1 of 20 orders in a minute were rejected or failed (5%)"),
        (21, 1, None),
        (19, 19, None),
        (1_000, 49, None),
        (1_000, 59, "59 of 1,000 orders in a minute were rejected or failed (5%)"),
    ],
)
def test_five_percent_of_errors_in_a_minute_degrade(orders: int, errors: int, reason: str | None) -> None:
    floor = Floor()
    (buyer,) = floor.deploy(Buyer)
    buyer.trading.minute.add(40, orders)
    buyer.trading.errors.add(40, errors)
    for now_s, expected in ((40, reason), (99, reason), (100, None)):
        buyer.fleet.behaviour.check(buyer.state, floor.view(0, 1, now_s * 1_000), now_s * 1_000)  # type: ignore[attr-defined]
        assert buyer.state.trouble == expected


@pytest.mark.parametrize(("one_in", "expected"), [(12, "degraded"), (40, "healthy")])
def test_errors_of_an_agent_at_work_are_noticed(one_in: int, expected: str) -> None:
    floor = Floor()
    (buyer,) = floor.deploy(Buyer, **BUSY)
    floor.loses = lambda agent: len(agent.placed) % one_in == one_in - 1
    floor.run(120)
    assert buyer.health.health == expected


def test_the_reason_says_how_many_of_how_many_and_why() -> None:
    floor = Floor()
    (buyer,) = floor.deploy(Buyer, **BUSY)
    floor.run(20)
    floor.loses = lambda _: True
    floor.run(60)
    level, reason = health(buyer)
    assert level == "degraded"
    assert reason is not None
    errors, _, orders = reason.split()[:3]
    assert 20 <= int(orders) <= 61
    assert int(orders) <= 20 * int(errors)
    assert reason.endswith(f"({int(errors) * 100 // int(orders)}%), the last one because: lost on its way")


def test_fewer_than_twenty_orders_a_minute_are_too_few_to_judge_by() -> None:
    floor = Floor()
    (buyer,) = floor.deploy(Buyer, price=50)
    floor.run(1)
    floor.loses = lambda _: True
    for _ in range(20):
        floor.run(10)
        assert health(buyer) == ("healthy", None)
    assert len(buyer.refusals) > 5


def test_an_agent_recovers_when_its_errors_are_over() -> None:
    floor = Floor()
    (buyer,) = floor.deploy(Buyer, **BUSY)
    floor.loses = lambda _: True
    floor.run(60)
    assert buyer.health.health == "degraded"
    floor.loses = lambda _: False
    floor.run(130)
    assert health(buyer) == ("healthy", None)


# Latency


@pytest.mark.parametrize(
    ("usual_us", "own_us", "expected"),
    [
        (2_000, 8_000, "degraded"),
        (2_000, 5_000, "healthy"),
        (40, 3_300, "degraded"),
        (40, 2_700, "healthy"),
        (0, 40, "healthy"),
    ],
)
def test_a_p99_of_three_times_the_deployments_median_degrades(
    usual_us: int, own_us: int, expected: str
) -> None:
    """Both count as a millisecond at least."""
    floor = Floor()
    slow, *others = floor.deploy(Buyer, 10, **BUSY)
    floor.latency_us = lambda agent: own_us if agent is slow else usual_us
    floor.run(200)
    assert slow.health.health == expected
    assert all(agent.health.health == "healthy" for agent in others)
    if expected == "degraded":
        told = re.fullmatch(
            r"its p99 latency is ([\d.]+)ms, the median of its deployment ([\d.]+)ms", str(slow.health.reason)
        )
        assert told is not None
        assert (float(told[1]), float(told[2])) == pytest.approx((own_us / 1_000, usual_us / 1_000), rel=0.02)


def test_fewer_than_a_hundred_answers_say_nothing() -> None:
    floor = Floor()
    slow, *_ = floor.deploy(Buyer, 10, **BUSY)
    floor.latency_us = lambda agent: 50_000 if agent is slow else 40
    floor.run(80)
    assert slow.trading.latency.count < 100
    assert health(slow) == ("healthy", None)


# Being unable to act


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        (Buyer, {"strategy": "momentum", "price": 50}, "and it pays $50 at most"),
        (Buyer, {"budget": 50}, "and its budget is $50"),
        (Buyer, {"funding": 50, "budget": 5_000}, "and it has $50"),
        (Buyer, {"funding": 0, "service": "New"}, "it has $0 and a budget of $0"),
        (Seller, {"price": 0}, "its price is $0"),
        (Seller, {"price": 6_000}, "a unit is $6,000, and its budget $5,000"),
        (Seller, {"price": 20_000_000}, "its price is $20,000,000, and the market takes $10,000,000 at most"),
    ],
)
def test_five_minutes_without_being_able_to_act_degrade(
    kind: type[Any], config: dict[str, Any], reason: str
) -> None:
    floor = Floor()
    floor.deploy(Buyer)
    floor.run(1)
    (agent,) = floor.deploy(kind, **config)
    floor.run(299)
    assert health(agent) == ("healthy", None)
    floor.run(15)
    assert agent.health.health == "degraded"
    assert str(agent.health.reason).startswith("could not act for 5 minutes: ")
    assert str(agent.health.reason).endswith(reason)
    assert agent.refusals == []


def test_an_agent_that_can_act_again_recovers() -> None:
    floor = Floor()
    floor.deploy(Buyer)
    floor.run(1)
    (buyer,) = floor.deploy(Buyer, funding=50, budget=5_000)
    floor.run(400)
    assert buyer.health.health == "degraded"
    buyer.account.cash_cents += 1_000_00
    floor.run(70)
    assert health(buyer) == ("healthy", None)


def test_a_spent_budget_is_no_illness() -> None:
    """All of it is in a trade that an arbiter holds: nothing rests, there is no position, and no unit more."""
    floor = Floor()
    floor.deploy(Arbiter, dispute_timeout=3_600)
    (buyer,) = floor.deploy(Buyer, funding=100_000, price=110, strategy="momentum")
    floor.run(3)
    floor.carry_out(buyer, Buy("General", 490 - buyer.units()))
    floor.market.jump(0, 150_000)
    floor.run(5)
    assert buyer.trading.escrowed_cents > 40_000_00
    for _ in range(60):
        floor.run(10)
        assert health(buyer) == ("healthy", None)


def test_waiting_for_an_arbiter_while_it_drains_is_no_illness() -> None:
    floor = Floor()
    floor.deploy(Arbiter, dispute_timeout=3_600)
    (buyer,) = floor.deploy(Buyer, funding=100_000)
    floor.run(3)
    floor.carry_out(buyer, Buy("General", 400))
    floor.market.jump(0, 150_000)
    floor.run(5)
    floor.drain(buyer)
    for _ in range(60):
        floor.run(10)
        assert health(buyer) == ("healthy", None)
    assert floor.owes(buyer)
    assert buyer.refusals == []


@pytest.mark.parametrize(
    ("kind", "config"), [(Buyer, {"price": 50}), (Buyer, {"budget": 101}), (Seller, {"budget": 150})]
)
def test_one_that_waits_for_its_price_is_well(kind: type[Any], config: dict[str, Any]) -> None:
    floor = Floor()
    (agent,) = floor.deploy(kind, **config)
    for _ in range(120):
        floor.run(10)
        assert health(agent) == ("healthy", None)


def test_a_fleet_at_work_is_well() -> None:
    floor = Floor()
    floor.deploy(Arbiter, 2)
    for strategy in ("conservative", "momentum", "aggressive"):
        floor.deploy(Buyer, 3, strategy=strategy)
        floor.deploy(Seller, 2, strategy=strategy)
    floor.deploy(Buyer, 3, strategy="aggressive", funding=1_000_000, risk_tolerance=1)
    floor.deploy(Seller, 2, strategy="aggressive", funding=1_000_000, risk_tolerance=1)
    for _ in range(120):
        floor.run(10)
        assert {health(agent) for agent in floor.each_agent()} == {("healthy", None)}
    assert all(agent.refusals == [] for agent in floor.each_agent())
    assert any(agent.decided for agent in floor.each_agent())


@pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter])
def test_an_agent_looks_at_itself_every_ten_seconds_at_most(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    times_ms: list[int] = []
    floor = Floor()
    (agent,) = floor.deploy(kind)
    check = agent.fleet.behaviour.check  # type: ignore[attr-defined]

    def counting(state: TraderState, market: MarketView, now_ms: int) -> None:
        times_ms.append(now_ms)
        check(state, market, now_ms)

    monkeypatch.setattr(agent.fleet.behaviour, "check", counting)
    floor.run(300)
    assert 25 <= len(times_ms) <= 30
    assert all(later - sooner >= 10_000 for sooner, later in pairwise(times_ms))


# Shares of a budget


@pytest.mark.parametrize(
    ("risk", "cents"), [("0", 50_00), ("0.5", 525_00), ("0.25", 287_00), ("1", 1_000_00)]
)
def test_risk_decides_how_much_of_a_budget_is_used(risk: str, cents: int) -> None:
    assert allowance_cents(1_000_00, Decimal(risk)) == cents


def test_no_order_sells_more_than_the_market_takes() -> None:
    assert sellable(7, 100_00) == 7
    assert sellable(ORDER_UNITS_MAX + 1, 1) == ORDER_UNITS_MAX
    assert sellable(ORDER_UNITS_MAX, 10**9) * 10**9 <= MONEY_CENTS_MAX
