import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.width import cut, pad, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("buyer_001", 9),
        ("中文", 4),
        ("한글", 4),
        ("\u1112\u1161\u11ab", 2),
        ("ﾊﾝ", 2),
        ("é", 1),
        ("e\u0301", 1),
        ("✓⚠✗…", 4),
        ("⏳", 2),
        ("⚠\ufe0f", 2),
        ("👩\u200d👩\u200d👧\u200d👦", 2),
        ("👍🏽", 2),
        ("🇩🇪🇫🇷", 4),
        ("1\ufe0f\u20e3", 2),
        ("नमस्ते", 4),
    ],
)
def test_width_counts_columns_and_not_characters(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("中文中文", 8, "中文中文"),
        ("中文中文", 5, "中文…"),
        ("中文中文", 4, "中…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👩\u200d👩\u200d👧\u200d👦ab", 3, "👩\u200d👩\u200d👧\u200d👦…"),
        ("x" * 100_000, 5, "xxxx…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_cutting_leaves_a_mark_and_never_half_a_character(text: str, columns: int, expected: str) -> None:
    assert cut(text, columns, "…") == expected


@given(st.text(), st.integers(0, 12), st.sampled_from(["…", "..."]))
def test_a_cut_text_fits_and_its_start_is_the_texts(text: str, columns: int, mark: str) -> None:
    shown = safe(text, cell=True)
    fitting = cut(shown, columns, mark)
    assert width(fitting) <= columns
    assert fitting == shown or shown.startswith(fitting.removesuffix(mark)) or mark.startswith(fitting)


@given(st.text(max_size=5))
def test_padding_fills_to_the_column(text: str) -> None:
    assert width(pad(safe(text, cell=True), 100)) == 100
