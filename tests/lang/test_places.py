"""Lines, columns, and where a word stands in a statement."""

import pytest

from palm_ual.lang.parser import parse
from palm_ual.lang.places import Place, locate, place_of


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("abc", 1, Place(1, 2, "abc")),
        ("", 0, Place(1, 1, "")),
        ("abc", 3, Place(1, 4, "abc")),
        ("a\nbc", 2, Place(2, 1, "bc")),
        ("a\r\nbc", 3, Place(2, 1, "bc")),
        ("a\rbc", 2, Place(2, 1, "bc")),
        ("a\n\r\n\rbc", 6, Place(4, 2, "bc")),
        ("a\nbc\nd", 1, Place(1, 2, "a")),
        ("日本 x", 3, Place(1, 4, "日本 x")),
        ("e\u0301\tx", 3, Place(1, 4, "e\u0301\tx")),
        ("a\u2028b\x0cc\x85d", 4, Place(1, 5, "a\u2028b\x0cc\x85d")),
        ("\ufeffabc", 1, Place(1, 1, "abc")),
        ("\ufeffabc", 0, Place(1, 1, "abc")),
        ("\ufeffa\nb", 3, Place(2, 1, "b")),
    ],
)
def test_a_place_counts_lines_and_code_points_from_one(text: str, offset: int, place: Place) -> None:
    assert place_of(text, offset) == place


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("SCALE nope TO 5", "nope", "nope"),
        ('SCALE "nope" TO 5', "nope", '"nope"'),
        ("SCALE to TO 5", "to", "to"),
        ("SCALE Nope TO 5", "nope", "Nope"),
        ('DEPLOY x WITH {"fundng": 1}', "fundng", '"fundng"'),
        ('DEPLOY x COUNT 3 WITH {"count": 1}', "count", '"count"'),
        ('DEPLOY x WITH {"a": "fundng", "b": 2}', "2", "2"),
        (r'DEPLOY x WITH {"\u0061b": 1}', "ab", r'"\u0061b"'),
        ("DEPLOY 'a.b:C'", "a.b:C", "'a.b:C'"),
        ("SHOW AGENTS WHERE pnll > 5", "pnll", "pnll"),
        ("SHOW AGENTS WHERE a = 'x y'", "x y", "'x y'"),
        ("SET ticks = 10%", "10%", "10%"),
        ("SET ticks = 30s", "30s", "30s"),
        ("BALANCE treasuri", "treasuri", "treasuri"),
        ("FUND fund AMOUNT 12.50", "fund", "fund"),
        ("FUND x AMOUNT 12.50", "12.50", "12.50"),
        ("TRANSFER 5 IUSD FROM from TO to", "from", "from"),
        ("TRANSFER 5 IUSD FROM from TO to", "to", "to"),
        ('TRANSFER 5 IUSD FROM a TO "B"', "b", '"B"'),
        ("CANCEL ORDERS orders", "orders", "orders"),
        ("SCALE x TO 5 -- nope", "nope", None),
        ("SCALE x TO 5", "y", None),
        ("SCALE x TO 5", "TO", "TO"),
    ],
)
def test_a_word_is_found_where_it_stands(text: str, word: str, found: str | None) -> None:
    script = f"PALM STATUS; -- nope 日本\n{text}; SCALE nope TO 5"
    statement = parse(script)[1]
    span = locate(script, statement.span, word)
    assert (span and script[span.start : span.end]) == found
    if span is not None:
        assert statement.span.start <= span.start < span.end <= statement.span.end


def test_a_word_in_the_same_case_goes_before_others() -> None:
    text = 'DEPLOY Funding WITH {"funding": 1}'
    span = locate(text, parse(text)[0].span, "funding")
    assert span is not None
    assert text[span.start : span.end] == '"funding"'
