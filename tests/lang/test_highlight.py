"""The pieces of a text, where it is wrong, and where its statements begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.lang.boundaries import last_start
from palm_ual.lang.highlight import pieces, problem_in
from palm_ual.lang.reader import machine
from palm_ual.lang.unparse import unparse
from palm_ual.model.limits import HIGHLIGHT_RESTARTS_MAX
from tests.lang.values import statements

BLANKS = " \t\r\n"
signs = ["SCALE ", "status", "TO", " ", "\n", ";", "'", '"', "{", "}", "\\", "\\e", "--", "/*", "*/", "#"]
words = ["5", "5m", "10%", "-", "> ", "“", "\ufeff", "\r", "x", ",", "=", "\x00"]
odd_texts = st.lists(st.sampled_from([*signs, *words])).map("".join)


def told(text: str) -> str:
    return " ".join(f"{text[piece.start : piece.end]}:{piece.kind}" for piece in pieces(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SCALE status TO 3", "SCALE:keyword status:name TO:keyword 3:number"),
        ('scale "to" to 3', 'scale:keyword "to":name to:keyword 3:number'),
        ("DEPLOY buyer", "DEPLOY:keyword buyer:type"),
        ("CREATE DEPLOYMENT x", "CREATE:keyword DEPLOYMENT:keyword x:type"),
        ("CREATE DEPLOYMENT SPEC x", "CREATE:keyword DEPLOYMENT:keyword SPEC:keyword x:type"),
        ("DEPLOY 'a:B'", "DEPLOY:keyword 'a:B':type"),
        ("DESCRIBE TYPE x", "DESCRIBE:keyword TYPE:keyword x:type"),
        ('x {"a": "b"}', 'x:name {:sign "a":text ::sign "b":text }:sign'),
        (
            'DEPLOY x WITH {"a": "b"}',
            'DEPLOY:keyword x:type WITH:keyword {:sign "a":key ::sign "b":text }:sign',
        ),
        ("SHOW AGENTS WHERE a = b", "SHOW:keyword AGENTS:keyword WHERE:keyword a:name =:sign b:text"),
        ("SET x = 10%", "SET:keyword x:name =:sign 10%:percent"),
        ("WAIT 5m -- long", "WAIT:keyword 5m:duration -- long:comment"),
        ("/* a\nb */ EXIT", "/* a\nb */:comment EXIT:keyword"),
        ("/* open", "/* open:comment"),
        ("> EXIT", ">:sign EXIT:keyword"),
        ("HELP deploy", "HELP:keyword deploy:name"),
        ("DELETE x BECAUSE 'so", "DELETE:keyword x:name BECAUSE:keyword 'so:text"),
        ("SCALE x CUONT 5m", "SCALE:keyword x:name CUONT:name 5m:duration"),
        ("SCALE trading-", "SCALE:keyword trading-:name"),
        ("SCALE x TO 5x", "SCALE:keyword x:name TO:keyword 5x:number"),
        ("SCALE “x”", "SCALE:keyword “:error x:name ”:error"),
        ("SCALE x\n \\timing on\nTO 5", "SCALE:keyword x:name \\timing on:backslash TO:keyword 5:number"),
        ("> \\q", "> \\q:backslash"),
        ("/* a\n\\q\nb */", "/* a\n\\q\nb */:comment"),
        ("/* a\n\\q\nb", "/* a\n:comment \\q:backslash b:name"),
        ("FOO; SCALE status TO 3", "FOO:name ;:sign SCALE:keyword status:name TO:keyword 3:number"),
        ("FOO\nSCALE status TO 3", "FOO:name SCALE:keyword status:name TO:keyword 3:number"),
        ("FOO ';' status; EXIT", "FOO:name ';':text status:keyword ;:sign EXIT:keyword"),
        ("", ""),
    ],
)
def test_what_each_part_of_a_text_is(text: str, expected: str) -> None:
    assert told(text) == expected


@given(odd_texts)
def test_every_character_that_is_not_blank_is_in_one_piece(text: str) -> None:
    seen = 0
    for piece in pieces(text):
        assert seen <= piece.start < piece.end <= len(text)
        assert not text[seen : piece.start].strip(BLANKS)
        seen = piece.end
    assert not text[seen:].strip(BLANKS)


@given(statements.map(unparse))
def test_keywords_are_those_that_the_parser_takes_as_keywords(text: str) -> None:
    parser = machine()
    taken = [
        (token.start, token.end)
        for token in parser.trace(text).tokens
        if token.kind in parser.keywords or token.kind == "HELP_ON"
    ]
    assert [(piece.start, piece.end) for piece in pieces(text) if piece.kind == "keyword"] == taken


@given(statements.map(unparse), st.sampled_from(["FOO BAR", "SCALE x TOO 5", "'", "}"]))
def test_an_error_does_not_change_the_colours_of_the_statement_after_it(text: str, wrong: str) -> None:
    for end in (";", "\n;"):
        before = f"{wrong}{end}" if wrong != "'" else f"{wrong}\n;"
        behind = [piece for piece in pieces(before + text) if piece.start >= len(before)]
        assert [(p.start - len(before), p.end - len(before), p.kind) for p in behind] == [
            (p.start, p.end, p.kind) for p in pieces(text)
        ]


@pytest.mark.parametrize(
    "errors", [HIGHLIGHT_RESTARTS_MAX - 1, HIGHLIGHT_RESTARTS_MAX, HIGHLIGHT_RESTARTS_MAX + 1]
)
def test_behind_very_many_errors_words_are_taken_for_what_they_look_like(errors: int) -> None:
    last = told("FOO;" * errors + "SCALE status TO 3").split()[-3]
    assert last == ("status:name" if errors <= HIGHLIGHT_RESTARTS_MAX else "status:keyword")


# What is wrong


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("SCALE x T|", None),
        ("SCALE x TOO|", "TOO"),
        ("SCALE x T| 5", None),
        ("SCALE x T 5|", "T"),
        ("SCALE x TO f|", "f"),
        ("SCALE x TO |", None),
        ("DEP|", None),
        ("DEPX|", "DEPX"),
        ("SCALE trading-|", None),
        ("SCALE trading-| TO 5", None),
        ("DELETE 'x|", "'x"),
        ('DELETE "x|', None),
        ("DELETE x BECAUSE 'not yet|", None),
        ("DELETE x BECAUSE 'not yet\n|", "'not yet"),
        ("|DELETE x BECAUSE 'not yet", "'not yet"),
        ('SCALE x "|', '"'),
        ("SHOW AGENTS WHERE a !|", None),
        ("SHOW AGENTS WHERE a !x|", "!"),
        ("PALM STATUS -|", None),
        ("PALM STATUS /|", None),
        ("PALM STATUS /* a|", None),
        ("SCALE TO 9|", "TO"),
        ("RESUME NOWAIT N|", None),
        ("HELP deploy.|", None),
        ("HELP 5|", "5"),
        ("DEPLOY x COUNT 5m|", "5m"),
        ("DEPLOY x COUNT 2000000|", "2000000"),
        ("SHOW EVENTS SINCE 5|", None),
        ("SHOW EVENTS SINCE 5 |", "5"),
        ("FUND x AMOUNT 5.|", None),
        ("FUND x AMOUNT -|", None),
        ("WAIT 99999999m|", None),
        ("WAIT 99999999m |", "99999999m"),
        ("FUND x AMOUNT 0.0|", None),
        ("FUND x AMOUNT 0.0 |", "0.0"),
        ("FOO; PALM|", "FOO"),
        ('DEPLOY x WITH {"a": 1, "a|', None),
        ('DEPLOY x WITH {"a": 1, "a": 2}|', '"a"'),
        ("\\timing x y z|", None),
        ("SCALE “|", "“"),
        ("|", None),
    ],
)
def test_what_is_underlined(typed: str, wrong: str | None) -> None:
    cursor, text = typed.index("|"), typed.replace("|", "")
    span = problem_in(text, cursor)
    assert (None if span is None else text[slice(*span)]) == wrong


@given(statements.map(unparse), st.data())
def test_nothing_is_underlined_while_a_statement_is_typed(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    assert problem_in(text[:cut], cut) is None


@given(odd_texts, st.data())
def test_what_is_underlined_is_a_part_of_the_text(text: str, data: st.DataObject) -> None:
    span = problem_in(text, data.draw(st.integers(0, len(text))))
    assert span is None or 0 <= span[0] <= span[1] <= len(text)


# Where statements begin


@pytest.mark.parametrize(
    "text",
    [
        "PALM STATUS; |SCALE x",
        "PALM STATUS\n|SCALE x",
        "FOO BAR\n|SCALE x",
        "FOO '\n|SCALE x",
        "FOO {\n|SCALE x",
        "|SCALE\nstatus TO 5",
        "|SCALE x\nTO 5",
        "PALM STATUS\n|SCALE\nstatus\nTO",
        "EXIT ;|DELETE x BECAUSE 'a;b'",
        "EXIT;|DELETE x -- a;b",
        "|DELETE x /* a;b\nSCALE y",
        '|DEPLOY x WITH {"a":\n 1}',
        "|DEPLOY x WITH {\nSCALE",
        "EXIT\n> |scale x",
        "|",
    ],
)
def test_where_the_last_statement_begins(text: str) -> None:
    assert last_start(text.replace("|", "")) == text.replace("; |", ";| ").index("|")


@given(st.lists(statements.map(unparse), min_size=1, max_size=4))
def test_the_last_of_several_statements_is_found_again(texts: list[str]) -> None:
    joined = ";".join(texts)
    assert last_start(joined) == len(joined) - len(texts[-1])
