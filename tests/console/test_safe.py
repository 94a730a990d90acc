import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.lines.safe import MARKS_IN_A_ROW_MAX, is_safe, safe

FAMILY = "👩\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buyer_001", "buyer_001"),
        ("", ""),
        ("中文 é ✓ ⏳ …", "中文 é ✓ ⏳ …"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("\x7f\x85\x00", "\\x7f\\x85\\x00"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("a\u200bb\u200d\ufeff\xad", "a\\u200bb\\u200d\\ufeff\\xad"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        (FAMILY, FAMILY),
        ("❤\ufe0f 1\ufe0f\u20e3 👍🏽", "❤\ufe0f 1\ufe0f\u20e3 👍🏽"),
        ("a\ufe0f 1\ufe0f", "a\\ufe0f 1\\ufe0f"),
        ("👩\u200d", "👩\\u200d"),
        ("\u200d👩", "\\u200d👩"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302\u0303\u0304"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301\\u0301"),
    ],
)
def test_what_steers_or_hides_becomes_a_visible_escape(text: str, expected: str) -> None:
    assert safe(text, cell=True) == expected


def test_outside_of_cells_tabs_and_line_breaks_stay_and_carriage_returns_do_not() -> None:
    assert safe("a\tb\nc\rd", cell=False) == "a\tb\nc\\rd"


def test_no_character_of_unicode_that_is_unseen_gets_through() -> None:
    visible_numerals = (
        "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    )
    through = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and character not in visible_numerals
        and safe(character, cell=True) == character
    ]
    assert through == []


def test_a_row_of_any_combining_mark_is_cut() -> None:
    passed = [
        mark
        for mark in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(mark).startswith("M")
        and safe("a" + mark * (MARKS_IN_A_ROW_MAX + 1), cell=True).endswith(mark)
    ]
    assert passed == []


@given(st.text(), st.booleans())
def test_making_safe_twice_changes_nothing_more(text: str, cell: bool) -> None:
    once = safe(text, cell=cell)
    assert safe(once, cell=cell) == once


@given(st.text())
def test_is_safe_says_what_safe_would_leave(text: str) -> None:
    assert is_safe(text) == (safe(text, cell=False) == text)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_left_alone(text: str) -> None:
    assert safe(text, cell=True) == text
