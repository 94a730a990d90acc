"""The arbiter: what it releases, disputes, refunds, and hands over."""

import pytest

from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.contract import Buy, Dispute, HandOver, Refund, Release
from tests.agents.samples import Puppet
from tests.agents.trading_floor import Agent, Floor

SHOCK_PPM = -200_000


class Court:
    """Arbiters, and somebody whose large orders they hold."""

    def __init__(self, arbiters: int = 1, *, seed: int = 1) -> None:
        self.floor = Floor(seed)
        self.arbiters = self.floor.deploy(Arbiter, arbiters, dispute_timeout=600)
        (self.buyer,) = self.floor.deploy(Puppet)
        self.floor.run(3)

    def trade(self) -> None:
        """One trade of the house's that is held: 20,000 dollars and more."""
        self.floor.carry_out(self.buyer, Buy("General", 300))

    @property
    def held(self) -> list[int]:
        return [len(arbiter.trading.cases) for arbiter in self.arbiters]

    @property
    def owns(self) -> int:
        return self.buyer.units()


def said(arbiter: Agent) -> list[type]:
    return [type(decided.intent) for decided in arbiter.decided]


def test_a_fair_trade_is_released_at_the_next_step() -> None:
    court = Court()
    (arbiter,) = court.arbiters
    court.trade()
    held_ms = court.floor.now_ms
    assert (court.held, court.owns) == ([1], 0)
    court.floor.run(2)
    assert (court.held, court.owns) == ([0], 300)
    assert said(arbiter) == [Release]
    assert 0 < arbiter.decided[0].at_ms - held_ms < 1_500


def test_a_small_trade_is_nobodys_case() -> None:
    court = Court()
    court.floor.carry_out(court.buyer, Buy("General", 9))
    assert (court.held, court.owns) == ([0], 9)


def test_all_cases_are_decided_at_once() -> None:
    court = Court(2)
    for _ in range(50):
        court.trade()
    assert court.held == [25, 25]
    court.floor.run(2)
    assert (court.held, court.owns) == ([0, 0], 50 * 300)
    assert len({decided.at_ms for arbiter in court.arbiters for decided in arbiter.decided}) == 2


def test_a_trade_off_the_reference_is_disputed_and_refunded_after_its_time() -> None:
    court = Court()
    (arbiter,) = court.arbiters
    cash_cents = court.buyer.account.cash_cents
    court.trade()
    court.floor.market.jump(0, SHOCK_PPM)
    court.floor.run(2)
    assert said(arbiter) == [Dispute]
    assert court.buyer.account.cash_cents < cash_cents
    court.floor.run(590)
    assert said(arbiter) == [Dispute], "although the price has long come back"
    court.floor.run(12)
    assert said(arbiter) == [Dispute, Refund]
    passed_ms = arbiter.decided[1].at_ms - arbiter.decided[0].at_ms
    assert 600_000 <= passed_ms < 602_000
    assert (court.buyer.account.cash_cents, court.owns) == (cash_cents, 0)


def test_an_arbiter_that_drains_hands_its_cases_over() -> None:
    court = Court(2)
    one, two = court.arbiters
    for _ in range(6):
        court.trade()
    assert court.held == [3, 3]
    court.floor.drain(one)
    court.floor.run_until(court.floor.now_ms)
    assert court.held == [0, 6]
    assert said(one) == [HandOver] * 3
    court.floor.run(2)
    assert not court.floor.owes(one)
    assert said(two) == [Release] * 6


def test_a_disputed_case_keeps_its_time_when_it_is_handed_over() -> None:
    court = Court(2)
    one, two = court.arbiters
    court.trade()
    court.trade()
    court.floor.market.jump(0, SHOCK_PPM)
    court.floor.run(300)
    court.floor.drain(one)
    court.floor.run(2)
    assert court.held == [0, 2]
    court.floor.run(297)
    assert Refund not in said(two)
    court.floor.run(4)
    assert said(two) == [Dispute, Refund, Refund]


@pytest.mark.parametrize(("shock_ppm", "first"), [(0, Release), (SHOCK_PPM, Dispute)])
def test_the_last_arbiter_decides_what_nobody_takes_over(shock_ppm: int, first: type) -> None:
    court = Court()
    (arbiter,) = court.arbiters
    court.trade()
    court.floor.market.jump(0, shock_ppm)
    court.floor.drain(arbiter)
    court.floor.run_until(court.floor.now_ms)
    assert said(arbiter) == [HandOver]
    court.floor.run(2)
    assert said(arbiter)[:2] == [HandOver, first]
    court.floor.run(590)
    assert court.floor.owes(arbiter) is (first is Dispute), "a disputed trade is not refunded before its time"
    court.floor.run(20)
    assert not court.floor.owes(arbiter)
    assert arbiter.due_ms is None


def test_what_nobody_took_is_offered_again_later() -> None:
    court = Court()
    (arbiter,) = court.arbiters
    court.trade()
    court.floor.market.jump(0, SHOCK_PPM)
    court.floor.run(2)
    court.floor.drain(arbiter)
    court.floor.run(10)
    assert said(arbiter) == [Dispute, HandOver]
    (other,) = court.floor.deploy(Arbiter)
    court.floor.run(62)
    assert said(arbiter) == [Dispute, HandOver, HandOver]
    assert len(other.trading.cases) == 1
    assert not court.floor.owes(arbiter)


def test_an_arbiter_without_cases_is_well() -> None:
    court = Court()
    court.floor.run(1_200)
    assert court.arbiters[0].health.health == "healthy"
    assert court.arbiters[0].decided == []
