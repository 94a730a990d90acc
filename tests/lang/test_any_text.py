"""Any text at all gives statements or a coded error with its place, in work that grows with its length."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from palm_ual.errors import InvalidValue, LimitExceeded, PalmError, UalSyntaxError
from palm_ual.lang.parser import parse
from palm_ual.lang.reader import machine
from palm_ual.lang.unparse import unparse
from tests.lang.values import PIECES, statements

NAMES_OF_TERMINALS = ("LBRACE", "RPAR", "COMMA", "WORD", "HELP_ON", "MORETHAN", "NOT_EQUAL", "__")


def answer(text: str) -> None:
    """Statements within the text, or one of the errors that a text may have, shown safely."""
    error = error_of(text)
    if error is None:
        assert all(0 <= one.span.start < one.span.end <= len(text) for one in parse(text))
        return
    assert isinstance(error, UalSyntaxError | InvalidValue | LimitExceeded)
    assert error.span is not None
    assert 0 <= error.span[0] <= error.span[1] <= len(text)
    for said in (error.message, error.note or "", error.hint or ""):
        assert said.isprintable()
        assert not any(name in said for name in NAMES_OF_TERMINALS if name not in text)


def error_of(text: str) -> PalmError | None:
    try:
        parse(text)
    except PalmError as error:
        return error
    return None


@given(st.text(st.characters()))
@example("\ud800")
@example("PALM STATUS\\")
def test_any_text_gives_statements_or_a_coded_error(text: str) -> None:
    answer(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_words_in_a_row_give_statements_or_a_coded_error(text: str) -> None:
    answer(text)


@given(st.lists(statements.map(unparse), min_size=1, max_size=3).map("\n".join), st.data())
def test_a_changed_statement_gives_statements_or_a_coded_error(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    put = data.draw(st.sampled_from(PIECES) | st.text(max_size=3))
    answer(text[:start] + put + text[end:])


def calls_of(work: Callable[[], object]) -> int:
    """How many functions are called, Python's own included: work without a clock."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    machine()
    sys.setprofile(count)
    try:
        work()
    except PalmError:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "PALM STATUS;" * n,
        lambda n: "PALM STATUS\n" * n,
        lambda n: "DEPLOY x WITH {" + ",".join(f'"{i}": [1, "x"]' for i in range(n)) + "}",
        lambda n: "SHOW AGENTS WHERE a IN (" + ",".join("x" for _ in range(n)) + ")",
        lambda n: "SHOW AGENTS WHERE " + "(" * n + "a=1" + ")" * n,
        lambda n: "SHOW AGENTS WHERE " + "(" * n,
        lambda n: "SHOW AGENTS WHERE " + "NOT " * n,
        lambda n: "(" * n,
        lambda n: "PALM STATUS;" * n + "DEPLOY buyer COUNT",
        lambda n: "PALM STATUS;" * n + "SCALE TO 9",
        lambda n: "-- c\n" * n,
        lambda n: "> \n" * n,
        lambda n: " " * n + "/*" * n,
        lambda n: '"' + '\\"' * n,
    ],
    ids=[
        *("statements", "lines", "pairs", "values", "brackets", "open brackets", "nots", "nothing that fits"),
        *("error at the end", "missing name", "comments", "prompts", "open comments", "open text"),
    ],
)
def test_work_grows_with_the_length_of_the_text(make: Callable[[int], str]) -> None:
    small = calls_of(partial(parse, make(1_000)))
    large = calls_of(partial(parse, make(4_000)))
    assert large <= 4.5 * small
