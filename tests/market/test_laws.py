"""The market against one that is too simple to be wrong, over random operations."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from palm_ual.market import flow
from palm_ual.market.accounts import BUY, SELL
from palm_ual.market.ledger import trading_of
from palm_ual.model.limits import ORDER_UNITS_MAX
from palm_ual.world.market_image import figures_image, flow_image, market_image, trading_image
from tests.market.naive_values import Who
from tests.market.pair import Pair

TRADERS = ((1, 1), (1, 2), (2, 1), (2, 2))
"""Those of deployment 2 sell short."""
ARBITERS = ((3, 1), (3, 2), (4, 1))
SERVICES = ("General", "Compute")

anybody = st.sampled_from((*TRADERS, *ARBITERS))
services = st.integers(0, len(SERVICES) - 1)
units = st.one_of(*[st.integers(1, 9)] * 9, st.sampled_from([0, 1_000, ORDER_UNITS_MAX, ORDER_UNITS_MAX + 1]))
limits = st.one_of(
    st.none(),
    *[st.integers(98_00, 102_00)] * 3,
    st.sampled_from([1, 5, 99_00, 99_75, 100_25, 101_00, 10**12]),
)
orders = st.tuples(
    st.sampled_from(TRADERS), st.sampled_from([BUY, SELL]), units, limits, st.booleans(), services
)
decisions = st.sampled_from([flow.RELEASE, flow.RELEASE, flow.DISPUTE, flow.REFUND, flow.HAND_OVER])


class Markets(RuleBasedStateMachine):
    """What agents, arbiters and time may do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair(seed=3)

    @initialize(
        cash=st.lists(st.sampled_from([0, 700_00, *[100_000_00] * 4]), min_size=4, max_size=4),
        budget=st.sampled_from([None, None, 0, 1_500_00, 50_000_00]),
        arbiters=st.integers(0, 3),
        mean=st.sampled_from([1, 7, 100_00, 100_00, 10**9]),
    )
    def _begin(self, cash: list[int], budget: int | None, arbiters: int, mean: int) -> None:
        for who, cents in zip(TRADERS, cash, strict=True):
            self.pair.join(who, cents, budget=budget, may_short=who[0] == 2)
        for who in ARBITERS:
            self.pair.join(who, 0)
        self.pair.set_arbiters(
            *((400_00 + 200_00 * (at % 2), who) for at, who in enumerate(ARBITERS[:arbiters]))
        )
        self.pair.set_mean(SERVICES[1], mean)
        for name in SERVICES:
            self.pair.open_book(name)

    @rule(several=st.lists(orders, min_size=1, max_size=8))
    def _order(self, several: list[tuple[Who, int, int, int | None, bool, int]]) -> None:
        for who, side, count, limit, rests, service in several:
            self.pair.order(who, side, count, limit, rests=rests, service=service)

    @rule(who=st.sampled_from(TRADERS), times=st.integers(1, 3))
    def _lose_orders(self, who: Who, times: int) -> None:
        for _ in range(times):
            self.pair.fail(who)

    @rule(who=st.sampled_from(TRADERS), closing=st.booleans())
    def _drain_or_resume(self, who: Who, closing: bool) -> None:
        if closing:
            self.pair.cancel_all(who)
        self.pair.set_closing(who, closing=closing)

    @precondition(lambda self: self.pair.market.orders)
    @rule(at=st.integers(0, 99))
    def _cancel(self, at: int) -> None:
        orders = list(self.pair.market.orders)
        self.pair.cancel(orders[at % len(orders)])

    @precondition(lambda self: self.pair.market.desk.cases)
    @rule(at=st.integers(0, 99), code=decisions)
    def _decide(self, at: int, code: int) -> None:
        cases = list(self.pair.market.desk.cases)
        self.pair.decide(code, cases[at % len(cases)])

    @rule(length_ms=st.sampled_from([1, 999, 1_000, 1_000, 5_000, 60_000, 700_000]))
    def _pass_time(self, length_ms: int) -> None:
        self.pair.later(length_ms)
        if self.pair.market.now_ms >= self.pair.market.tick_at_ms:
            self.pair.tick()

    @rule(
        service=services,
        ppm=st.sampled_from([-999_999, -300_000, -3_000, -8_000, 8_000, 3_000, 60_000, 5_000_000]),
    )
    def _jump(self, service: int, ppm: int) -> None:
        self.pair.jump(service, ppm)

    @rule(who=anybody)
    def _close_by_force(self, who: Who) -> None:
        self.pair.close(who)

    @invariant()
    def _is_what_the_naive_one_is(self) -> None:
        assert self.pair.differences() == []

    @invariant()
    def _conserves_money_and_units(self) -> None:
        ledger, cases = self.pair.market.ledger, self.pair.market.desk.cases.values()
        accounts = self.pair.accounts.values()
        money = sum(a.cash_cents for a in accounts) + sum(case.cents for case in cases)
        assert money + ledger.treasury_cents == ledger.issued_cents
        for service in range(len(self.pair.market.books)):
            positions = [trading_of(account).positions.get(service) for account in accounts]
            owned = sum(position.units for position in positions if position is not None)
            held = sum(case.units for case in cases if case.service == service)
            assert owned + held + ledger.house_units.get(service, 0) == 0

    @override
    def teardown(self) -> None:
        """What was packed plays again, to the same market."""
        first, again = self.pair, self.pair.replayed()
        assert market_image(again.market) == market_image(first.market)
        for one, other in ((first, again), (again, first)):
            for uid, figures in one.market.figures.items():
                assert figures_image(other.market.figures[uid]) == figures_image(figures)
        for who, account in first.accounts.items():
            assert trading_image(again.accounts[who]) == trading_image(account)
        assert flow_image(again.market) == flow_image(first.market)


def test_whatever_is_asked_of_a_market_it_is_what_the_naive_one_is_and_its_flow_plays_again() -> None:
    run_state_machine_as_test(Markets, settings=settings(stateful_step_count=40))
