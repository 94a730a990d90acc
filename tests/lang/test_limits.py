"""Every bound of the language at one below, at it, and at one above."""

from collections.abc import Callable

import pytest

from palm_ual.errors import InvalidValue, LimitExceeded, PalmError
from palm_ual.lang.parser import parse
from palm_ual.model import limits


def config(inside: str) -> str:
    return f"DEPLOY x WITH {inside}"


def config_of_size(size: int) -> str:
    value = "x" * 100
    pairs = [f'"{number:04d}":"{value}"' for number in range(size // 110)]
    made = "{" + ",".join(pairs) + "}"
    return config(made[:-1] + " " * (size - len(made)) + "}")


def nested(depth: int) -> str:
    return config('{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}")


def statement_of_size(size: int) -> str:
    return "DELETE" + " " * (size - 7) + "x"


BOUNDS: list[tuple[str, int, Callable[[int], str], type[PalmError]]] = [
    ("count", limits.AGENTS_MAX, lambda n: f"DEPLOY x COUNT {n}", InvalidValue),
    ("size", limits.AGENTS_MAX, lambda n: f"SCALE x TO {n}", InvalidValue),
    ("limit", limits.AGENTS_MAX, lambda n: f"SHOW AGENTS LIMIT {n}", InvalidValue),
    ("amount", limits.MONEY_CENTS_MAX // 100, lambda n: f"FUND x AMOUNT {n}", InvalidValue),
    (
        "cents of an amount",
        limits.MONEY_CENTS_MAX,
        lambda n: f"TRANSFER {n // 100}.{n % 100:02d} IUSD FROM a TO b",
        InvalidValue,
    ),
    ("characters of an amount", 28, lambda n: f"FUND x AMOUNT {'5.':0<{n}}", InvalidValue),
    ("name", limits.NAME_CHARS_MAX, lambda n: f"DELETE {'x' * n}", InvalidValue),
    ("quoted name", limits.NAME_CHARS_MAX, lambda n: f'DELETE "{"x" * n}"', InvalidValue),
    ("agent type", limits.NAME_CHARS_MAX, lambda n: f"DEPLOY {'x' * n}", InvalidValue),
    ("text", limits.TEXT_CHARS_MAX, lambda n: f"DELETE x BECAUSE '{'é' * n}'", InvalidValue),
    ("bare text", limits.TEXT_CHARS_MAX, lambda n: f"SET x = {'a' * n}", InvalidValue),
    ("key", limits.TEXT_CHARS_MAX, lambda n: config(f'{{"{"x" * n}": 1}}'), InvalidValue),
    ("digits", limits.JSON_DIGITS_MAX, lambda n: config(f'{{"a": {"9" * n}}}'), InvalidValue),
    ("digits of a value", limits.JSON_DIGITS_MAX, lambda n: f"SET x = {'9' * n}", InvalidValue),
    ("exponent", limits.JSON_DIGITS_MAX, lambda n: config(f'{{"a": 1e{n}}}'), InvalidValue),
    ("negative exponent", limits.JSON_DIGITS_MAX, lambda n: config(f'{{"a": 1e-{n}}}'), InvalidValue),
    ("duration", limits.DURATION_MS_MAX, lambda n: f"WAIT {n}ms", InvalidValue),
    ("every", limits.DURATION_MS_MAX, lambda n: f"WATCH STATUS EVERY {n}ms", InvalidValue),
    ("depth of JSON", limits.JSON_DEPTH_MAX, nested, LimitExceeded),
    ("config", limits.CONFIG_CHARS_MAX, config_of_size, LimitExceeded),
    ("statement", limits.STATEMENT_CHARS_MAX, statement_of_size, LimitExceeded),
    ("statements", limits.SCRIPT_STATEMENTS_MAX, lambda n: "STATUS;" * n, LimitExceeded),
    ("script", limits.SCRIPT_BYTES_MAX, lambda n: "-" * n, LimitExceeded),
    (
        "script of wide characters",
        limits.SCRIPT_BYTES_MAX // 2,
        lambda n: "--" + "é" * (n - 1),
        LimitExceeded,
    ),
    (
        "levels of AND",
        limits.CONDITION_DEPTH_MAX,
        lambda n: "SHOW AGENTS WHERE a=1" + " AND a=1" * (n - 1),
        LimitExceeded,
    ),
    (
        "levels of NOT",
        limits.CONDITION_DEPTH_MAX,
        lambda n: f"SHOW AGENTS WHERE {'NOT ' * (n - 1)} a=1",
        LimitExceeded,
    ),
]


@pytest.mark.parametrize(
    ("bound", "make", "error"), [row[1:] for row in BOUNDS], ids=[row[0] for row in BOUNDS]
)
def test_a_bound_holds_to_the_unit(bound: int, make: Callable[[int], str], error: type[PalmError]) -> None:
    parse(make(bound - 1))
    parse(make(bound))
    text = make(bound + 1)
    with pytest.raises(error) as caught:
        parse(text)
    assert caught.value.span is not None
    assert 0 <= caught.value.span[0] < caught.value.span[1] <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "DEPLOY x COUNT " + "0" * 50_000 + "1",
        "SET x = " + "1" * 60_000 + "%",
        "SET x = 1e" + "9" * 60_000,
        "SET x = 1e-" + "0" * 60_000,
        "SET x = 0." + "0" * 60_000,
        "WAIT " + "9" * 60_000 + "d",
        config('{"a": -' + "1" * 5_000 + "}"),
        config('{"a": 1e99999999999999999999}'),
        "FUND x AMOUNT " + "9" * 60_000,
        "FUND x AMOUNT 1e99999999999999999999",
        "FUND x AMOUNT 1e-99999999999999999999",
        "FUND x AMOUNT 1e999",
        "FUND x AMOUNT 1e-999",
        "TRANSFER 0.01" + "0" * 40 + "1 IUSD FROM a TO b",
        "SHOW AGENTS LIMIT 99999999999999999999999",
        "SHOW AGENTS SINCE 367d",
    ],
    ids=lambda text: f"{text[:25]}{len(text)}",
)
def test_a_number_beyond_all_reason_is_an_invalid_value(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(text)
    assert len(caught.value.message) < 200


MOST = "an amount may be at most 10,000,000,000,000 dollars"
CENTS = "an amount has at most two decimals; a fraction of a cent is not money"


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("0", "an amount must be more than 0"),
        ("0.00", "an amount must be more than 0"),
        ("-0", "an amount must be more than 0"),
        ("-5", "an amount must be more than 0"),
        ("-12.50", "an amount must be more than 0"),
        ("-1e5", "an amount must be more than 0"),
        ("0.001", CENTS),
        ("12.505", CENTS),
        ("0.30000000000000004", CENTS),
        ("1e-3", CENTS),
        ("10000000000000.01", MOST),
        ("1e14", MOST),
        ("-10000000000001", MOST),
        ("99999999999999999999999999", MOST),
    ],
)
@pytest.mark.parametrize("text", ["FUND x AMOUNT {}", "TRANSFER {} IUSD FROM a TO b"])
def test_an_amount_that_is_no_money_is_refused_at_its_place(text: str, amount: str, message: str) -> None:
    said = text.format(amount)
    with pytest.raises(InvalidValue) as caught:
        parse(said)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert said[slice(*caught.value.span)] == amount


def test_watch_looks_no_more_often_than_it_may() -> None:
    for every_ms in (limits.WATCH_EVERY_MIN_MS, limits.WATCH_EVERY_MIN_MS + 1):
        parse(f"WATCH STATUS EVERY {every_ms}ms")
    text = f"WATCH STATUS EVERY {limits.WATCH_EVERY_MIN_MS - 1}ms"
    with pytest.raises(InvalidValue, match="EVERY must be at least 100ms") as caught:
        parse(text)
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == "EVERY 99ms"


def test_nesting_is_refused_at_the_first_bracket_too_many() -> None:
    with pytest.raises(LimitExceeded) as caught:
        parse(config('{"a":' + "[" * 20_000))
    assert caught.value.span == (19 + 15, 19 + 16)


def test_a_path_may_be_longer_than_a_text() -> None:
    parse(f"SOURCE '{'x' * 4096}'")


@pytest.mark.parametrize(
    "text", [config('{"a": [' + "1," * 400_000), "SHOW AGENTS WHERE " + "(" * 400_000], ids=["[", "("]
)
def test_a_statement_is_refused_as_soon_as_it_is_too_long(text: str) -> None:
    with pytest.raises(LimitExceeded, match="a statement may have at most 65,536 characters"):
        parse(text)


def test_comments_between_statements_count_for_no_statement() -> None:
    between = f"/* {'x' * limits.STATEMENT_CHARS_MAX} */"
    assert len(parse(f"PALM STATUS {between} ; -- {between}\n FLEET STATUS x {between} EXIT {between}")) == 3
