"""What may come next, and whether a text is whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.lang.expect import Awaited, Completeness, completeness, ending_of
from palm_ual.lang.reader import machine
from palm_ual.lang.unparse import unparse
from tests.lang.values import statements

NOTHING = Awaited(frozenset(), frozenset(), frozenset(), frozenset(), complete=False)


def words(text: str) -> set[str]:
    return set(text.split())


def awaited_after(text: str) -> Awaited:
    return ending_of(text).next or NOTHING


@pytest.mark.parametrize(
    ("text", "keywords", "kinds", "word"),
    [
        ("SCALE ", "DEPLOYMENT", "deployment", ""),
        ("SCALE tra", "DEPLOYMENT", "deployment", "tra"),
        ('SCALE "tra', "DEPLOYMENT", "deployment", '"tra'),
        ("SCALE x ", "TO REPLICAS", "", ""),
        ("SCALE x TO ", "", "count", ""),
        ("SCALE x TO 5", "", "count", "5"),
        ("DRAIN AGENT ", "", "agent", ""),
        ("DRAIN ", "DEPLOYMENT AGENT INSTANCE", "deployment_or_agent", ""),
        ("DESCRIBE ", "DEPLOYMENT AGENT INSTANCE TYPE", "described", ""),
        ("DESCRIBE TYPE ", "", "agent_type", ""),
        ("DEPLOY ", "", "agent_type", ""),
        ("DEPLOY x AS ", "", "new_name", ""),
        ("DEPLOY x WITH ", "", "config", ""),
        ("DEPLOY x LABELS ", "", "labels", ""),
        ("DEPLOY x WITH {", "", "key", ""),
        ('DEPLOY x WITH {"a": ', "TRUE FALSE NULL", "json", ""),
        ("SHOW AGENTS WHERE ", "NOT", "field", ""),
        ("SHOW AGENTS WHERE pnl ", "LIKE IN", "comparator", ""),
        ("SHOW AGENTS WHERE pnl > ", "TRUE FALSE NULL", "value", ""),
        ("SHOW AGENTS ORDER BY p", "", "field", "p"),
        ("SHOW EVENTS SINCE ", "", "duration", ""),
        ("SET ", "", "setting", ""),
        ("SET output = j", "TRUE FALSE NULL", "value", "j"),
        ("SOURCE ", "", "file", ""),
        ("DELETE x BECAUSE ", "", "text", ""),
        ("RENAME x TO ", "", "new_name", ""),
        ("BALANCE ", "DEPLOYMENT AGENT INSTANCE", "account", ""),
        ("BALANCE tr", "DEPLOYMENT AGENT INSTANCE", "account", "tr"),
        ("BALANCE DEPLOYMENT ", "", "deployment", ""),
        ("CHECK ", "HOME", "", ""),
        ("CANCEL ", "ORDERS", "", ""),
        ("CANCEL ORDERS ", "DEPLOYMENT AGENT INSTANCE", "deployment_or_agent", ""),
        ("FUND ", "AGENT INSTANCE", "agent", ""),
        ("FUND x ", "AMOUNT", "", ""),
        ("FUND x AMOUNT ", "", "amount", ""),
        ("FUND x AMOUNT 12", "", "amount", "12"),
        ("TRANSFER ", "", "amount", ""),
        ("TRANSFER 5 ", "IUSD", "", ""),
        ("TRANSFER 5 IUSD ", "FROM", "", ""),
        ("TRANSFER 5 IUSD FROM ", "DEPLOYMENT AGENT INSTANCE", "account", ""),
        ("TRANSFER 5 IUSD FROM a ", "TO", "", ""),
        ("TRANSFER 5 IUSD FROM a TO AGENT ", "", "agent", ""),
        ("SHOW POSITIONS OF ", "DEPLOYMENT", "deployment", ""),
        ("WAIT ", "FOR", "duration", ""),
        ("WAIT FOR x ", "HEALTHY COMPLETE DRAINED", "", ""),
        ("WATCH ", "PALM FLEET STATUS SHOW LIST AGENTS DESCRIBE LOGS BALANCE", "", ""),
        ("WATCH SHOW AGENTS EVERY ", "", "duration", ""),
        ("WATCH PALM STATUS FOR 5", "", "duration", "5"),
        ("WATCH PALM STATUS UNTIL ", "NOT", "field", ""),
        ("WATCH PALM STATUS UNTIL agents ", "LIKE IN", "comparator", ""),
        ("WATCH BALANCE ", "DEPLOYMENT AGENT INSTANCE", "account", ""),
        ("PALM STATUS -- a comm", "", "", ""),
        ("PALM STATUS; # ", "", "", ""),
        ("FOO BAR ", "", "", ""),
    ],
)
def test_what_may_come_next(text: str, keywords: str, kinds: str, word: str) -> None:
    ending = ending_of(text)
    awaited = ending.next or NOTHING
    assert awaited.keywords == words(keywords)
    assert awaited.kinds == words(kinds)
    assert ending.word == word


def test_a_clause_that_was_given_is_not_offered_again() -> None:
    begun = awaited_after("").keywords
    assert awaited_after("DEPLOY x ").keywords - begun == words("COUNT AS NAME WITH LABELS BECAUSE NOWAIT")
    assert awaited_after("DEPLOY x AS y COUNT 3 ").keywords - begun == words("WITH LABELS BECAUSE NOWAIT")
    assert awaited_after("CREATE DEPLOYMENT x REPLICAS 3 ").keywords - begun == words(
        "AS NAME WITH LABELS BECAUSE NOWAIT"
    )
    for text in ("FUND x AMOUNT 5 ", "TRANSFER 5 IUSD FROM a TO b ", "CANCEL ORDERS x "):
        assert awaited_after(text).keywords - begun == {"BECAUSE"}
        assert awaited_after(f"{text}BECAUSE 'y' ").keywords == begun
    assert awaited_after("WATCH PALM STATUS ").keywords - begun == words("EVERY FOR UNTIL")
    assert awaited_after("WATCH LOGS x FOR 5s ").keywords - begun == words("EVERY UNTIL")
    assert awaited_after("WATCH STATUS EVERY 1s UNTIL a = 1 ").keywords - begun == words("AND OR FOR")
    assert awaited_after("PALM STATUS ").keywords == begun
    for listing in ("ORDERS", "POSITIONS", "ACCOUNTS"):
        assert awaited_after(f"SHOW {listing} LIMIT 5 ").keywords - begun == words("OF WHERE ORDER SINCE")
    assert awaited_after("DEPLOY x COUNT 3; DEPLOY y ").keywords - begun >= words("COUNT")
    assert awaited_after("DEPLOY count AS limit ").keywords - begun == words(
        "COUNT WITH LABELS BECAUSE NOWAIT"
    )


def test_the_topic_of_help_is_offered_beside_the_next_statement() -> None:
    assert "topic" in awaited_after("HELP ").kinds
    assert "topic" in awaited_after("HELP de").kinds
    assert "DEPLOY" in awaited_after("HELP ").keywords
    assert "topic" not in awaited_after("HELP\n").kinds


def test_at_the_start_every_statement_may_begin() -> None:
    assert awaited_after("").complete
    assert awaited_after("").keywords == awaited_after("PALM STATUS; ").keywords
    assert (
        words("PALM DEPLOY SCALE HELP EXIT BALANCE CHECK CANCEL FUND TRANSFER") < awaited_after("").keywords
    )
    assert not awaited_after("").kinds


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("", "complete"),
        ("-- c", "complete"),
        ("PALM STATUS", "complete"),
        ("PALM STATUS;", "complete"),
        ("DEPLOY seller COUNT 3 WITH {", "unfinished"),
        ('DEPLOY seller COUNT 3 WITH {\n "a": 1,\n', "unfinished"),
        ('DEPLOY seller COUNT 3 WITH {\n "a": 1\n}', "complete"),
        ("PALM", "unfinished"),
        ("FUND x AMOUNT", "unfinished"),
        ("TRANSFER 5 IUSD FROM a", "unfinished"),
        ("TRANSFER 5 IUSD FROM a TO b", "complete"),
        ("FUND x AMOUNT five", "wrong"),
        ("PALM STATUS; SCALE", "unfinished"),
        ("SHOW AGENTS WHERE a = 1 AND", "unfinished"),
        ("PALM STATUS /* more", "unfinished"),
        ("DELETE x BECAUSE 'more", "wrong"),
        ("PALM STATUS x", "wrong"),
        ("DEPLOY x COUNT five", "wrong"),
        ("((", "wrong"),
    ],
)
def test_whether_a_text_is_whole(text: str, is_whole: Completeness) -> None:
    assert completeness(text) == is_whole


@given(statements.map(unparse), st.data())
def test_every_beginning_of_a_statement_can_become_whole(text: str, data: st.DataObject) -> None:
    trace = machine().trace(text)
    cut = data.draw(st.sampled_from([token.end for token in trace.tokens]))
    assert completeness(text[:cut]) in ("complete", "unfinished")
    assert completeness(text) == "complete"


@given(statements.map(unparse))
def test_each_keyword_of_a_statement_was_offered_where_it_stands(text: str) -> None:
    trace = machine().trace(text)
    for token in trace.tokens:
        if token.kind in machine().keywords:
            ending = ending_of(text[: token.end])
            assert ending.word == text[token.start : token.end]
            assert token.kind in (ending.next or NOTHING).keywords


@given(st.text() | st.text(alphabet="SCALE x5'\"{}>-/*;\n"))
def test_any_text_has_an_answer(text: str) -> None:
    ending_of(text)
    completeness(text)
