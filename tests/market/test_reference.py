"""How reference values move: the same way for the same seed, back to the mean, never to nothing."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.market import reference
from palm_ual.market.book import Book
from tests.market.floor import a_floor
from tests.market.pair import Pair


def a_book(mean: int = 100_00, index: int = 0) -> Book:
    book = Book(index, "General")
    reference.begin(book, mean)
    return book


def walked(
    ticks: int, *, mean: int = 100_00, start: int | None = None, seed: int = 1, index: int = 0
) -> list[int]:
    """The value in cents after each tick."""
    book = a_book(mean if start is None else start, index)
    values = []
    for tick in range(ticks):
        reference.step(book, seed=seed, tick=tick, mean_cents=mean)
        values.append(book.reference_cents)
    return values


def test_the_same_seed_walks_the_same_way_and_others_do_not() -> None:
    assert walked(50) == walked(50)
    assert len({tuple(walked(50, seed=seed, index=index)) for seed in range(3) for index in range(3)}) == 9


def test_a_walk_that_was_written_down() -> None:
    """Every home has such walks in its journal: another formula would tear it from its past."""
    assert walked(12, seed=7) == [
        10020,
        10030,
        10028,
        10030,
        9996,
        10015,
        10008,
        10001,
        10002,
        9962,
        9931,
        9913,
    ]


def test_left_alone_it_stays_about_the_mean() -> None:
    """Of 20,000 steps the average is within 0.1 % of the mean, and the spread as computed from the formula:
    0.25 % / sqrt(2 x 4 %) = 0.88 %.
    """
    values = walked(20_000)
    assert abs(statistics.fmean(values) - 100_00) < 10
    assert 75 < statistics.pstdev(values) < 101
    assert max(abs(value - 100_00) for value in values) < 600


@pytest.mark.parametrize("start", [10_00, 1_000_00])
def test_it_forgets_half_of_a_shock_in_17_seconds_and_all_of_it_in_a_few_minutes(start: int) -> None:
    values = walked(300, start=start)
    halfway = abs(values[16] - 100_00) / abs(start - 100_00)
    assert 0.4 < halfway < 0.6
    assert abs(values[-1] - 100_00) < 600


@given(
    start=st.one_of(st.integers(1, 20), st.integers(1, reference.PRICE_CENTS_MAX)),
    mean=st.one_of(st.integers(0, 20), st.integers(0, 10**15)),
    changes=st.lists(st.one_of(st.none(), st.integers(-2_000_000, 10**9)), max_size=30),
)
def test_prices_are_whole_and_positive_whatever_happens(
    start: int, mean: int, changes: list[int | None]
) -> None:
    book = a_book(start)
    for tick, change in enumerate(changes):
        if change is None:
            reference.step(book, seed=5, tick=tick, mean_cents=mean)
        else:
            reference.jump(book, change)
        assert type(book.value) is type(book.reference_cents) is type(book.house_bid_cents) is int
        assert 1 <= book.reference_cents <= reference.PRICE_CENTS_MAX
        assert 1 <= book.house_bid_cents <= book.reference_cents < book.house_ask_cents


@pytest.mark.parametrize(
    ("cents", "bid", "ask"),
    [
        (1, 1, 2),
        (2, 1, 3),
        (399, 398, 400),
        (400, 399, 401),
        (100_00, 99_75, 100_25),
        (10**9, 997_500_000, 1_002_500_000),
    ],
)
def test_the_house_quotes_a_quarter_of_a_percent_either_way_and_a_cent_at_least(
    cents: int, bid: int, ask: int
) -> None:
    book = a_book(cents)
    assert (book.house_bid_cents, book.house_ask_cents) == (bid, ask)


def test_a_value_that_was_put_away_comes_back() -> None:
    book, again = a_book(), a_book(7)
    for tick in range(9):
        reference.step(book, seed=2, tick=tick, mean_cents=101_00)
    reference.set_value(again, book.value)
    assert (again.value, again.reference_cents, again.house_bid_cents, again.house_ask_cents) == (
        book.value,
        book.reference_cents,
        book.house_bid_cents,
        book.house_ask_cents,
    )


# In the market


def test_a_book_begins_at_the_mean_of_its_sellers_prices_and_goes_back_to_it() -> None:
    pair = Pair(seed=1)
    pair.set_mean("Compute", 50_00)
    pair.open_book("Compute")
    assert pair.market.books[0].reference_cents == 50_00
    pair.set_mean("Compute", 80_00)
    pair.later(600_000)
    pair.tick()
    assert abs(pair.market.books[0].reference_cents - 80_00) < 4_00
    assert pair.differences() == []


@pytest.mark.parametrize("seconds", [1, 7, 600, 601, 5_000])
def test_one_tick_catches_up_as_many_seconds_as_have_passed_and_no_more_than_matter(seconds: int) -> None:
    at_once, one_by_one = Pair(seed=1), Pair(seed=1)
    for pair in (at_once, one_by_one):
        pair.open_book("General")
    at_once.later(seconds * 1_000)
    at_once.tick()
    for _ in range(seconds):
        one_by_one.later(1_000)
        one_by_one.tick()
    assert at_once.market.ticks == one_by_one.market.ticks == seconds
    if seconds <= 600:
        assert at_once.market.books[0].value == one_by_one.market.books[0].value
    assert at_once.market.tick_at_ms == seconds * 1_000 + 1_000
    assert at_once.differences() == one_by_one.differences() == []


def test_a_reference_value_matters_only_while_somebody_has_something() -> None:
    pair = a_floor({(1, 1): 10_000_00, (3, 1): 0})
    assert not pair.market.open_interest
    pair.buy((1, 1), 1, 90_00, rests=True)
    assert pair.market.open_interest
    pair.cancel_all((1, 1))
    assert not pair.market.open_interest
    pair.set_arbiters((1, (3, 1)))
    pair.buy((1, 1), 1)
    assert pair.market.open_interest
    pair.decide(12, 1)
    pair.set_arbiters()
    assert pair.market.open_interest
    pair.sell((1, 1), 1)
    assert not pair.market.open_interest


def test_a_market_without_a_seed_walks_as_with_seed_0() -> None:
    market = Pair().market
    market.seed = None
    market.open_book("General")
    market.now_ms = 1_000
    market.tick(1_000)
    pair = Pair(seed=0)
    pair.open_book("General")
    pair.later(1_000)
    pair.tick()
    assert market.books[0].value == pair.market.books[0].value
