"""Ids, money and durations: the small values that everything else is made of."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.errors import InvalidValue
from palm_ual.model.durations import duration_ms, format_age, format_duration
from palm_ual.model.ids import agent_id, count_of, numbers_of, ranges_of, split_agent_id
from palm_ual.model.limits import DURATION_MS_MAX
from palm_ual.model.money import cents_of, format_balance, format_dollars


@given(st.lists(st.integers(1, 30), max_size=25))
def test_ranges_hold_the_numbers_in_their_order(numbers: list[int]) -> None:
    ranges = ranges_of(numbers)
    assert numbers_of(ranges) == numbers
    assert count_of(ranges) == len(numbers)


@pytest.mark.parametrize(
    ("numbers", "ranges"),
    [
        ([], ()),
        ([7], ((7, 7),)),
        ([5, 6, 7], ((5, 7),)),
        ([7, 6, 5], ((7, 5),)),
        ([5, 6, 9, 8], ((5, 6), (9, 8))),
        ([1, 3, 5], ((1, 1), (3, 3), (5, 5))),
        ([1, 2, 1], ((1, 2), (1, 1))),
        ([4, 4], ((4, 4), (4, 4))),
    ],
)
def test_runs_of_neighbours_become_ranges(numbers: list[int], ranges: object) -> None:
    assert ranges_of(numbers) == ranges


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("buyer_001", ("buyer", 1)),
        ("BUYER_042", ("buyer", 42)),
        ("my_bot_1000", ("my_bot", 1000)),
        ("buyer_1234567", ("buyer", 1234567)),
        ("buyer_12345678", None),
        ("buyer_01", None),
        ("buyer", None),
        ("_001", None),
        ("buyer-001", None),
        ("buyer_001x", None),
        ("buyer_001\n", None),
        ("buyer_٠٠١", None),
    ],
)
def test_the_form_of_an_agents_id(text: str, parts: tuple[str, int] | None) -> None:
    assert split_agent_id(text) == parts


@given(st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True), st.integers(1, 9_999_999))
def test_an_agents_id_is_read_as_it_was_made(type_name: str, number: int) -> None:
    assert split_agent_id(agent_id(type_name, number)) == (type_name, number)


@pytest.mark.parametrize(
    ("dollars", "cents"),
    [
        (0, 0),
        (100_000, 10_000_000),
        (-3, -300),
        (Decimal("0.5"), 50),
        (Decimal("0.10"), 10),
        (Decimal("1e3"), 100_000),
        (Decimal("12.00"), 1_200),
        (Decimal("-0.01"), -1),
        (Decimal("0.000"), 0),
        (10**13, 10**15),
        (Decimal("9999999999999.99"), 10**15 - 1),
    ],
)
def test_dollars_become_whole_cents(dollars: int | Decimal, cents: int) -> None:
    assert cents_of(dollars) == cents


@pytest.mark.parametrize(
    "dollars",
    [
        Decimal("0.001"),
        Decimal("1.005"),
        Decimal("1e-9"),
        Decimal("1e-99999"),
        10**13 + 1,
        -(10**13) - 1,
        Decimal("10000000000000.01"),
        Decimal("1e99999999"),
        Decimal("Infinity"),
        Decimal("NaN"),
    ],
)
def test_what_is_no_amount_of_whole_cents_is_refused(dollars: int | Decimal) -> None:
    with pytest.raises(InvalidValue):
        cents_of(dollars)


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_read_as_it_was_written(cents: int) -> None:
    text = format_balance(cents).replace("$", "").replace(",", "")
    assert cents_of(Decimal(text)) == cents


@pytest.mark.parametrize(
    ("cents", "dollars", "balance"),
    [
        (0, "$0", "$0.00"),
        (10_000_000, "$100,000", "$100,000.00"),
        (50, "$0.50", "$0.50"),
        (-310, "-$3.10", "-$3.10"),
        (-5, "-$0.05", "-$0.05"),
    ],
)
def test_how_money_is_written(cents: int, dollars: str, balance: str) -> None:
    assert (format_dollars(cents), format_balance(cents)) == (dollars, balance)


def test_gains_are_written_with_a_plus() -> None:
    assert [format_dollars(cents, signed=True) for cents in (100, 0, -100)] == ["+$1", "$0", "-$1"]


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [
        ("250ms", 250),
        ("0s", 0),
        ("30s", 30_000),
        ("5m", 300_000),
        ("2h", 7_200_000),
        ("366d", DURATION_MS_MAX),
    ],
)
def test_durations_are_read(text: str, length_ms: int) -> None:
    assert duration_ms(text) == length_ms


@pytest.mark.parametrize("text", ["367d", f"{DURATION_MS_MAX + 1}ms", "9999999999999999ms"])
def test_a_duration_over_a_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="366d"):
        duration_ms(text)


@given(st.integers(0, DURATION_MS_MAX))
def test_a_duration_is_read_as_it_was_written(length_ms: int) -> None:
    assert duration_ms(format_duration(length_ms)) == length_ms


@pytest.mark.parametrize(
    ("length_ms", "exact", "age"),
    [
        (0, "0s", "0s"),
        (250, "250ms", "0s"),
        (90_000, "90s", "1m30s"),
        (185_000, "185s", "3m05s"),
        (3_600_000, "1h", "1h00m"),
        (7_800_000, "130m", "2h10m"),
        (356_400_000, "99h", "4d03h"),
    ],
)
def test_how_durations_and_ages_are_written(length_ms: int, exact: str, age: str) -> None:
    assert (format_duration(length_ms), format_age(length_ms)) == (exact, age)


def test_an_age_is_never_negative() -> None:
    assert format_age(-5_000) == "0s"
