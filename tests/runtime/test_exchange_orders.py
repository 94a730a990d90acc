"""Prices and quantities of orders, and what an exchange tells the journal of them."""

from typing import Any

import pytest

from palm_ual.agents import contract as co
from palm_ual.market.market import Market
from palm_ual.model import events as ev
from palm_ual.model.limits import FLOW_BATCH_OPS_MAX, ORDER_UNITS_MAX
from palm_ual.runtime.folding import fold
from palm_ual.world.records import Agent
from tests.runtime.exchanging import at_floor, attempt, ops, settle, trading_of
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import FUNDING, agent, bid, book, buy, carry_out, clerks

_ORDERS = (co.Buy, co.Sell)


# Prices and quantities

_EDGE = 1 << 53


@pytest.mark.parametrize(
    ("kind", "limit_cents", "refused"),
    [
        (co.Buy, None, False),
        (co.Buy, 0, True),
        (co.Buy, -1, True),
        (co.Buy, -_EDGE, True),
        (co.Buy, -(1 << 70), True),
        (co.Buy, 1, False),
        (co.Buy, _EDGE - 1, False),
        (co.Buy, _EDGE, False),
        (co.Buy, 1 << 70, False),
        (co.Sell, None, False),
        (co.Sell, 0, True),
        (co.Sell, -1, True),
        (co.Sell, -(1 << 70), True),
        (co.Sell, 1, False),
        (co.Sell, _EDGE - 1, True),
        (co.Sell, _EDGE, True),
        (co.Sell, 1 << 70, True),
    ],
)
@pytest.mark.parametrize("rests", [False, True])
def test_a_limit_below_a_cent_is_refused_and_never_any_price(
    kind: type[Any], limit_cents: int | None, refused: bool, rests: bool
) -> None:
    def main(fleet: Fleet) -> None:
        buy(fleet, "clerk_001", 5)
        settle(fleet)
        trading = trading_of(fleet, "clerk_001")
        carry_out(fleet, "clerk_001", kind("General", 2, limit_cents, rests))
        settle(fleet)
        assert (trading.rejected, trading.refusal) == (
            (1, "no such quantity or price") if refused else (0, None)
        )
        traded = {co.Buy: 7, co.Sell: 3}[kind]
        waits = refused or (kind is co.Buy and limit_cents == 1)
        assert trading.positions[0].units == (5 if waits else traded)
        assert len(trading.resting) == (rests and waits and not refused)

    at_floor(main)


@pytest.mark.parametrize("kind", _ORDERS)
@pytest.mark.parametrize(
    ("units", "refusal"),
    [
        (1, None),
        (0, "no such quantity or price"),
        (-1, "no such quantity or price"),
        (ORDER_UNITS_MAX + 1, "no such quantity or price"),
        (_EDGE - 1, "no such quantity or price"),
        (_EDGE, "no such quantity or price"),
        (1 << 70, "no such quantity or price"),
        (-(1 << 70), "no such quantity or price"),
    ],
)
def test_a_quantity_is_from_one_to_a_bound(kind: type[Any], units: int, refusal: str | None) -> None:
    def main(fleet: Fleet) -> None:
        carry_out(fleet, "short_001", kind("General", units))
        settle(fleet)
        trading = trading_of(fleet, "short_001")
        assert (trading.refusal, trading.orders) == (refusal, 1)

    at_floor(main, clerks(1, "s", short=True))


def test_the_largest_order_is_taken() -> None:
    def main(fleet: Fleet) -> None:
        carry_out(fleet, "clerk_001", co.Buy("General", ORDER_UNITS_MAX, 1, rests=True))
        settle(fleet)
        assert trading_of(fleet, "clerk_001").reserved_cents == ORDER_UNITS_MAX

    at_floor(main, f"FUND clerk_001 AMOUNT {ORDER_UNITS_MAX // 100 - FUNDING}")


# The rest of an exchange


def test_operations_are_packed_in_the_order_in_which_they_were_applied() -> None:
    def main(fleet: Fleet) -> None:
        buy(fleet, "clerk_001", 1)
        buy(fleet, "clerk_001", 2)
        bid(fleet, "clerk_002", 3, 40)
        carry_out(fleet, "clerk_001", co.CancelAll())
        assert ops(fleet) == [
            *(1, 1, 1, 3, 0, 1, 0, 0),
            *(3, 0, 2, 0, 0),
            *(1, 1, 2, 4, 0, 3, 4_000, 0),
            *(1, 1, 1, 8 + 1),
        ]
        batch = fleet.palm.registry.batch
        assert (batch.count, batch.since_ms) == (4, fleet.palm.now_ms)
        fleet.palm.commit()
        assert fleet.palm.registry.batch.count == 0
        (*_, traded) = fleet.events(ev.MarketTraded)
        assert (traded.count, traded.sums.orders) == (4, 3)

    at_floor(main)


def test_the_time_is_told_before_what_happens_at_it() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1) + "; WAIT 300ms")
        buy(fleet, "clerk_001", 1)
        assert ops(fleet)[:4] == [0, 300, 2, "General"]
        settle(fleet)
        await fleet.do("WAIT 30ms")
        buy(fleet, "clerk_001", 1)
        assert ops(fleet)[:2] == [0, 30]
        settle(fleet)
        assert fold(fleet.palm.registry.journal).market.now_ms == 330

    on_palm(main)


def test_an_exchange_closes_a_batch_that_has_reached_its_bound() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        head = palm.world.seq
        palm.exchange.carry_out(1, 1, (co.CancelAll(),) * (FLOW_BATCH_OPS_MAX - 1), palm.now_ms)
        assert (palm.registry.batch.count, palm.world.seq) == (FLOW_BATCH_OPS_MAX - 1, head)
        palm.exchange.carry_out(1, 1, (co.CancelAll(),), palm.now_ms)
        assert (palm.registry.batch.count, palm.world.seq) == (0, head + 1)

    at_floor(main)


def test_reference_values_that_matter_to_nobody_stand_still() -> None:
    async def main(fleet: Fleet) -> None:
        palm = fleet.palm
        assert palm.exchange.next_tick_ms() is None
        await fleet.do(clerks(1))
        bid(fleet, "clerk_001", 1, 50)
        assert palm.exchange.next_tick_ms() == 1_000
        await fleet.do("WAIT 2500ms")
        ticks, reference = palm.world.market.ticks, book(fleet).reference_cents
        assert ticks == 2
        carry_out(fleet, "clerk_001", co.CancelAll())
        assert palm.exchange.next_tick_ms() is None
        await fleet.do("WAIT 60s")
        assert (palm.world.market.ticks, book(fleet).reference_cents) == (ticks, reference)
        settle(fleet)

    on_palm(main)


def test_a_jump_and_a_close_by_force_are_told_again() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        buy(fleet, "clerk_001", 3)
        before = book(fleet).reference_cents
        palm.exchange.jump("General", 100_000, palm.now_ms)
        settle(fleet)
        assert book(fleet).reference_cents == pytest.approx(before * 1.1, abs=1)
        palm.exchange.close(1, 1, palm.now_ms)
        settle(fleet)
        assert not trading_of(fleet, "clerk_001").owes
        assert palm.exchange.owes(1, 1) == []

    at_floor(main)


def test_a_view_makes_no_trading_and_says_what_an_agent_may_tie_up() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        found: Agent = agent(fleet, "clerk_003")
        assert palm.exchange.view(2, 3, palm.now_ms).budget_left_cents == 40_000
        assert palm.exchange.owes(2, 3) == []
        assert palm.exchange.owes(9, 9) == []
        assert found.trading is None

    at_floor(main, clerks(1, "y", budget=400))


def test_an_error_inside_the_market_ends_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world may be half changed, and the journal is the truth."""

    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1))
        palm = fleet.palm

        def torn(*_: object, **__: object) -> None:
            raise ArithmeticError("it is torn")

        for name, intent in (("place", co.Buy("General", 1)), ("cancel_all", co.CancelAll())):
            with monkeypatch.context() as broken:
                broken.setattr(Market, name, torn)
                palm.registry.lost = None
                assert isinstance(attempt(fleet, "clerk_001", intent), ArithmeticError)
            assert isinstance(palm.registry.lost, ArithmeticError)
            with pytest.raises(ArithmeticError):
                palm.commit()

    with pytest.raises(ArithmeticError):
        on_palm(main)
