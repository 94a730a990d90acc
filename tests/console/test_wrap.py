import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.lines.lines import Line, plain, text_of
from palm_ual.console.lines.width import width
from palm_ual.console.lines.wrap import wrapped

CASES = {
    ("short", 10): ["short"],
    ("ten letter", 10): ["ten letter"],
    ("one two three", 7): ["one two", "three"],
    ("  one two three", 8): ["  one", "  two", "  three"],
    ("abcdefghij", 4): ["abcd", "efgh", "ij"],
    ("漢字漢字", 4): ["漢字", "漢字"],
    ("", 4): [""],
}


def texts(line: Line, columns: int) -> list[str]:
    return [text_of(one) for one in wrapped(line, columns)]


@pytest.mark.parametrize(("given", "lines"), CASES.items(), ids=str)
def test_a_long_line_goes_on_at_a_word(given: tuple[str, int], lines: list[str]) -> None:
    assert texts(plain(given[0]), given[1]) == lines


def test_styles_go_with_their_text() -> None:
    line: Line = (("error", "bad"), (": it is no good", ""))
    assert list(wrapped(line, 9)) == [
        (("error", "bad"), (": it", "")),
        (("is no", ""),),
        (("good", ""),),
    ]


@given(st.text(" abc漢é", max_size=60), st.integers(4, 30))
def test_no_line_is_too_long_and_no_letter_is_lost(text: str, columns: int) -> None:
    lines = texts(plain(text), columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
