"""A floor to try single things on: one service, whose reference value is 100 dollars."""

from collections.abc import Collection, Mapping

from tests.market.naive_values import Who
from tests.market.pair import Pair

REFERENCE = 100_00
HOUSE_BID, HOUSE_ASK = 99_75, 100_25


def a_floor(cash: Mapping[Who, int], *, may_short: Collection[Who] = (), budget: int | None = None) -> Pair:
    """With these agents and their money; the budget is that of each."""
    pair = Pair()
    for who, cents in cash.items():
        pair.join(who, cents, budget=budget, may_short=who in may_short)
    pair.open_book("General")
    book = pair.market.books[0]
    assert (book.reference_cents, book.house_bid_cents, book.house_ask_cents) == (
        REFERENCE,
        HOUSE_BID,
        HOUSE_ASK,
    )
    return pair
