"""`check` finds what is wrong with money, units, orders and escrows: each invariant is broken once by hand."""

from collections.abc import Callable

import pytest

from palm_ual.world.check import check
from palm_ual.world.records import AgentState, World
from tests.world.towns import ANN, BOB, JUDGE, OTHER, SHORT, a_town, agent_in, position_in, trading_in

Break = Callable[[World], object]


def add(holder: Callable[[World], object], name: str, change: int) -> Break:
    """Add to a number where nobody should."""

    def by_hand(world: World) -> None:
        thing = holder(world)
        setattr(thing, name, getattr(thing, name) + change)

    return by_hand


def ledger(world: World) -> object:
    return world.market.ledger


def figures(world: World) -> object:
    return world.deployments[1].figures


def ann(world: World) -> object:
    return agent_in(world, ANN)


def anns_trading(world: World) -> object:
    return trading_in(world, ANN)


def bobs_trading(world: World) -> object:
    return trading_in(world, BOB)


def anns_position(world: World) -> object:
    return position_in(world, ANN)


def _lose_an_order(world: World) -> None:
    book = world.market.books[0]
    book.bids.remove(next(iter(world.market.orders.values())))


def _put_an_order_at_another_price(world: World) -> None:
    next(iter(world.market.orders.values())).price_cents += 1


def _owe_while_drained(world: World) -> None:
    agent_in(world, BOB).state = AgentState.DRAINED


def _cost_of_nothing(world: World) -> None:
    position_in(world, BOB).cost_cents = 5


def _spend_what_is_claimed(world: World) -> None:
    trading_in(world, ANN).reserved_cents = agent_in(world, ANN).cash_cents + 1


def _answer_too_often(world: World) -> None:
    for _ in range(9):
        trading_in(world, ANN).latency.record(5)


def _owe_money(world: World) -> None:
    world.market.ledger.treasury_cents -= 1
    agent_in(world, ANN).cash_cents += 1


BROKEN: dict[str, tuple[str, Break]] = {
    "a cent out of nowhere": ("money is conserved", add(ledger, "treasury_cents", 1)),
    "a cent that is gone": ("money is conserved", add(ann, "cash_cents", -1)),
    "a case that is worth more": (
        "money is conserved",
        add(lambda world: world.market.desk.cases[1], "cents", 1),
    ),
    "a treasury in debt": ("no account is overdrawn", _owe_money),
    "money that is claimed twice": ("no account is overdrawn", _spend_what_is_claimed),
    "a unit out of nowhere": ("units are conserved", add(anns_position, "units", 1)),
    "a unit of the house": ("units are conserved", lambda w: w.market.ledger.house_units.update({0: 7})),
    "an arbiter that nobody knows": ("ready arbiters are listed", lambda w: w.market.desk.leave(JUDGE)),
    "an arbiter that there is not": ("ready arbiters are listed", lambda w: w.market.desk.join((3, 9), 5)),
    "an order that its owner forgot": (
        "an agent's orders are on the books",
        lambda w: trading_in(w, ANN).resting.clear(),
    ),
    "a debt of one that is drained": ("whoever is drained owes nothing", _owe_while_drained),
    "an order of one that drains": (
        "who takes no new work has nothing resting",
        lambda w: setattr(agent_in(w, ANN), "closing", True),
    ),
    "a trade in escrow that its buyer forgot": (
        "an agent's escrows are known to it",
        lambda w: trading_in(w, BOB).party_to.clear(),
    ),
    "a miscount of money in escrow": ("money in escrow is counted", add(bobs_trading, "escrowed_cents", -1)),
    "a miscount of units in escrow": ("units in escrow are counted", add(anns_position, "escrowed", 1)),
    "an offer of what it has not": ("nobody sells what it has not", add(anns_position, "offered", 2)),
    "a cost of nothing": ("nothing costs nothing", _cost_of_nothing),
    "a miscount of cost": ("the cost of positions is counted", add(anns_trading, "cost_cents", 1)),
    "a miscount of resting orders": ("resting orders are counted", add(anns_trading, "resting_cents", 1)),
    "a miscount of claimed cash": ("claimed cash is counted", add(anns_trading, "reserved_cents", 1)),
    "a miscount of offers": ("offered units are counted", add(anns_position, "offered", -1)),
    "a miscount of bids": ("sought units are counted", add(anns_position, "sought", 1)),
    "a sum of money": ("the sum of a deployment's money is right", add(figures, "cash_cents", 1)),
    "a sum of funding": ("the sum of a deployment's funding is right", add(figures, "funding_cents", 1)),
    "a sum of escrows": (
        "the sum of a deployment's money in escrow is right",
        add(figures, "escrowed_cents", 1),
    ),
    "a sum of costs": ("the sum of a deployment's cost is right", add(figures, "cost_cents", 1)),
    "a sum of orders": (
        "the sum of a deployment's resting orders is right",
        add(figures, "resting_cents", 1),
    ),
    "a sum of units": (
        "the sum of a deployment's units is right",
        lambda w: w.deployments[1].figures.owned.update({0: 1}),
    ),
    "more filled than ordered": ("orders are counted once", add(anns_trading, "filled", 9)),
    "more filled than a deployment ordered": ("orders are counted once", add(figures, "rejected", 9)),
    "more answers than orders": ("orders are counted once", _answer_too_often),
    "a bid over the house": (
        "books are not crossed",
        lambda w: setattr(w.market.books[0], "house_ask_cents", 109_00),
    ),
    "an offer under the house": (
        "books are not crossed",
        lambda w: setattr(w.market.books[0], "house_bid_cents", 111_00),
    ),
    "a bid over an offer": (
        "books are not crossed",
        lambda w: setattr(w.market.books[0].asks, "best_cents", 109_00),
    ),
    "an order off its book": ("what rests is on its book", _lose_an_order),
    "an order on the wrong level": ("what rests is on its book", _put_an_order_at_another_price),
    "a case of nobody": ("a case has an arbiter", lambda w: trading_in(w, OTHER).cases.clear()),
}


def test_a_sound_town_has_no_violations() -> None:
    world = a_town().world
    assert check(world) == []
    assert (position_in(world, ANN).units, position_in(world, SHORT).units) == (2, -2)
    assert (len(world.market.orders), len(world.market.desk.cases)) == (4, 1)


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_wrong_with_the_market_is_found(how: str) -> None:
    invariant, break_it = BROKEN[how]
    world = a_town().world
    break_it(world)
    assert invariant in [violation.invariant for violation in check(world)]
