"""What agents intend, whole or not, on its way to the market: journal and world agree after each of them."""

from typing import Any

import pytest
from typing_extensions import override

from palm_ual.agents import contract as co
from palm_ual.model.limits import SERVICES_MAX, TEXT_CHARS_MAX
from tests.runtime.exchanging import at_floor, attempt, ops, settle, trading_of
from tests.runtime.palms import Fleet
from tests.service.floor import agent, arbiters, buy, carry_out

_DECISIONS = (co.Release, co.Dispute, co.Refund, co.HandOver)
_ORDERS = (co.Buy, co.Sell)


class Coy:
    """Says nothing to nobody, not even whether it is there."""

    @override
    def __repr__(self) -> str:
        return "Coy"

    def __bool__(self) -> bool:
        raise ZeroDivisionError("was it asked?")

    @override
    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError("was it compared?")

    __hash__ = None  # type: ignore[assignment]


class Whole(int):
    """A whole number with a mind of its own."""

    @override
    def __lt__(self, other: object) -> bool:
        raise ZeroDivisionError("was it compared?")


class Name(str):
    """A text with a mind of its own."""

    __slots__ = ()


# Not whole


def _order(kind: type[Any], **given: object) -> object:
    return kind(**{"service": "General", "units": 1, "limit_cents": 5_000, "rests": True, **given})


_NO_UNITS = (True, 1.0, None, "1", Coy(), Whole(1), float("nan"), [1])
_NO_LIMIT = (True, 5_000.0, "1", Coy(), Whole(5_000), float("inf"))
_NO_RESTS = (1, 0, None, "yes", Coy())
_NO_NUMBER = (True, False, 1.0, None, "1", Coy(), Whole(1))

NOT_WHOLE = [
    *(_order(kind, units=value) for kind in _ORDERS for value in _NO_UNITS),
    *(_order(kind, limit_cents=value) for kind in _ORDERS for value in _NO_LIMIT),
    *(_order(kind, rests=value) for kind in _ORDERS for value in _NO_RESTS),
    *(co.Cancel(value) for value in _NO_NUMBER),  # type: ignore[arg-type]
    *(kind(value) for kind in _DECISIONS for value in _NO_NUMBER),  # type: ignore[arg-type]
]


def test_what_is_not_whole_is_a_type_error_and_does_nothing() -> None:
    def main(fleet: Fleet) -> None:
        head = fleet.palm.registry.journal.head()
        for intent in NOT_WHOLE:
            error = attempt(fleet, "clerk_001", intent)
            assert type(error) is TypeError, (intent, error)
            assert ops(fleet) == [], intent
            assert agent(fleet, "clerk_001").trading is None
            settle(fleet)
        assert fleet.palm.registry.journal.head() == head

    at_floor(main)


@pytest.mark.parametrize("kind", _ORDERS)
@pytest.mark.parametrize(
    ("service", "error"),
    [
        ("", ValueError),
        ("x" * TEXT_CHARS_MAX, None),
        ("x" * (TEXT_CHARS_MAX + 1), ValueError),
        ("é" * TEXT_CHARS_MAX, None),
        ("\x00", None),
        ("half \ud800", UnicodeEncodeError),
        (Name("Compute"), TypeError),
        (5, TypeError),
        (None, TypeError),
        (True, TypeError),
        (b"General", TypeError),
        ([], TypeError),
        (Coy(), TypeError),
    ],
    ids=repr,
)
def test_a_service_is_a_text_that_a_journal_can_keep(
    kind: type[Any], service: object, error: type[Exception] | None
) -> None:
    def main(fleet: Fleet) -> None:
        books = len(fleet.palm.world.market.books)
        raised = attempt(fleet, "clerk_001", kind(service, 1))
        assert (None if raised is None else type(raised)) is error
        assert len(fleet.palm.world.market.books) == books + (error is None)
        if error is not None:
            assert ops(fleet) == []
            assert agent(fleet, "clerk_001").trading is None

    at_floor(main)


def test_a_home_trades_so_many_services_and_no_more() -> None:
    def main(fleet: Fleet) -> None:
        market = fleet.palm.world.market
        for index in range(len(market.books), SERVICES_MAX):
            carry_out(fleet, "clerk_001", co.Buy(f"service {index}", 1, 1))
        assert len(market.books) == SERVICES_MAX
        settle(fleet)
        orders = market.orders_count
        error = attempt(fleet, "clerk_001", co.Buy("one more", 1))
        assert str(error) == f"this home trades {SERVICES_MAX} services already"
        assert (len(market.books), market.orders_count, ops(fleet)) == (SERVICES_MAX, orders, [])
        assert attempt(fleet, "clerk_001", co.Buy("service 999", 1)) is None

    at_floor(main)


def test_those_before_one_that_is_not_whole_are_done_and_those_after_it_are_not() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        intents = (co.Buy("General", 1), co.Buy("General", True), co.Buy("General", 5))
        with pytest.raises(TypeError, match="an order is not whole"):
            palm.exchange.carry_out(1, 1, intents, palm.now_ms)
        assert trading_of(fleet, "clerk_001").positions[0].units == 1

    at_floor(main)


def test_what_is_nothing_for_the_market_is_given_back_in_order() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        coy = Coy()
        others = palm.exchange.carry_out(
            1, 1, (co.Write("a"), co.Buy("General", 1), coy, co.Write("b")), palm.now_ms
        )
        assert len(others) == 3
        assert (others[0], others[2]) == (co.Write("a"), co.Write("b"))
        assert others[1] is coy
        assert palm.exchange.carry_out(1, 1, (co.CancelAll(),), palm.now_ms) == ()

    at_floor(main)


class LargeBuy(co.Buy, frozen=True):
    """A kind of order of a user's own."""


def test_a_subclass_of_an_intent_is_none() -> None:
    def main(fleet: Fleet) -> None:
        palm = fleet.palm
        order = LargeBuy("General", 1)
        assert list(palm.exchange.carry_out(1, 1, (order,), palm.now_ms)) == [order]
        assert ops(fleet) == []

    at_floor(main)


# What is another's, or gone


def test_an_order_that_is_anothers_or_gone_is_left_alone() -> None:
    def main(fleet: Fleet) -> None:
        market = fleet.palm.world.market
        head = fleet.palm.registry.journal.head()
        (theirs,) = market.orders
        for number in (theirs, theirs + 1, 0, -1, 1 << 53, 1 << 70):
            assert attempt(fleet, "clerk_001", co.Cancel(number)) is None
            assert ops(fleet) == [], number
            assert agent(fleet, "clerk_001").trading is None
            settle(fleet)
        assert list(market.orders) == [theirs]
        assert fleet.palm.registry.journal.head() == head
        carry_out(fleet, "clerk_002", co.Cancel(theirs))
        settle(fleet)
        assert market.orders == {}
        carry_out(fleet, "clerk_002", co.Cancel(theirs))
        assert ops(fleet) == []

    at_floor(main)


def test_a_case_that_is_anothers_or_gone_is_left_alone() -> None:
    def main(fleet: Fleet) -> None:
        world = fleet.palm.world
        buy(fleet, "clerk_002", 9)
        settle(fleet)
        (case,) = world.market.desk.cases
        head = fleet.palm.registry.journal.head()
        for kind in _DECISIONS:
            for name in ("clerk_001", "clerk_002"):
                for number in (case, case + 1, 0, -1, 1 << 70):
                    assert attempt(fleet, name, kind(number)) is None
                    assert ops(fleet) == [], (name, number)
            settle(fleet)
        assert agent(fleet, "clerk_001").trading is None
        assert fleet.palm.registry.journal.head() == head
        holder = world.market.desk.cases[case].arbiter.number
        other = {1: 2, 2: 1}[holder]
        carry_out(fleet, f"arbiter_{other:03}", co.Release(case))
        assert ops(fleet) == []
        carry_out(fleet, f"arbiter_{holder:03}", co.Release(case))
        settle(fleet)
        assert world.market.desk.cases == {}
        carry_out(fleet, f"arbiter_{holder:03}", co.Refund(case))
        assert ops(fleet) == []

    at_floor(main, arbiters(500, 2))


@pytest.mark.parametrize(
    ("kind", "left", "holder"),
    [(co.Release, 0, None), (co.Dispute, 1, 1), (co.Refund, 0, None), (co.HandOver, 1, 2)],
)
def test_every_decision_of_the_arbiter_that_holds_a_case_is_told_again(
    kind: type[Any], left: int, holder: int | None
) -> None:
    def main(fleet: Fleet) -> None:
        buy(fleet, "clerk_001", 9)
        cases = fleet.palm.world.market.desk.cases
        (case,) = cases.values()
        held_by: Any = case.arbiter
        carry_out(fleet, f"arbiter_{held_by.number:03}", kind(case.id))
        settle(fleet)
        assert len(cases) == left
        if holder is not None:
            assert (case.arbiter is held_by) is (holder == 1)

    at_floor(main, arbiters(500, 2))


def test_to_cancel_all_of_nothing_is_told_again_too() -> None:
    def main(fleet: Fleet) -> None:
        carry_out(fleet, "clerk_001", co.CancelAll())
        settle(fleet)
        assert trading_of(fleet, "clerk_001").orders == 0
        assert len(fleet.palm.world.market.orders) == 1

    at_floor(main)
