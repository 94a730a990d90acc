"""`unparse` is the inverse of `parse`, for every kind of statement."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.lang import statements as s
from palm_ual.lang.parser import parse
from palm_ual.lang.unparse import unparse
from tests.lang.values import BY_CLASS, statements


@pytest.mark.parametrize("kind", get_args(s.AnyStatement))
@given(data=st.data())
def test_a_statement_of_each_kind_comes_back_from_its_text(
    kind: type[s.Statement], data: st.DataObject
) -> None:
    statement = data.draw(BY_CLASS[kind])
    assert parse(unparse(statement)) == (statement,)


@given(st.lists(statements, max_size=5), st.sampled_from(["; ", "\n", " -- c\n", "\r\n", " /* c */ "]))
def test_statements_in_a_row_come_back_one_by_one(written: list[s.AnyStatement], between: str) -> None:
    text = between.join(unparse(statement) for statement in written)
    read = parse(text)
    assert list(read) == written
    assert [parse(text[one.span.start : one.span.end]) for one in read] == [(one,) for one in written]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("create deployment spec buyer replicas 3 name x", "DEPLOY buyer COUNT 3 AS x"),
        ('scale deployment "x" replicas 5', "SCALE x TO 5"),
        ("LIST AGENTS", "SHOW AGENTS"),
        ("STATUS x", "DESCRIBE x"),
        ("QUIT", "EXIT"),
        ('DESCRIBE "type"', 'DESCRIBE "type"'),
        ("SCALE deploy TO 3", "SCALE deploy TO 3"),
        ('FLEET STATUS "scale"', 'FLEET STATUS "scale"'),
        ('DEPLOY buyer LABELS {"a":"b"} COUNT 1', 'DEPLOY buyer LABELS {"a": "b"}'),
        ("SET x = 'true'", "SET x = 'true'"),
        ("SHOW AGENTS WHERE NOT (a=1 AND b=2) OR c=3", "SHOW AGENTS WHERE NOT (a = 1 AND b = 2) OR c = 3"),
        ("SHOW AGENTS WHERE a=1 OR (b=2 OR c=3)", "SHOW AGENTS WHERE a = 1 OR (b = 2 OR c = 3)"),
        ("WAIT 90000ms", "WAIT 90s"),
        ("watch list agents until a=1 for 60s every 1000ms", "WATCH SHOW AGENTS EVERY 1s FOR 1m UNTIL a = 1"),
        ('WATCH FLEET STATUS "every"', 'WATCH FLEET STATUS "every"'),
        ("WATCH LOGS every TAIL 3 FOR 5s", "WATCH LOGS every TAIL 3 FOR 5s"),
        ("FUND AGENT x AMOUNT 12.500", "FUND x AMOUNT 12.50"),
        ("fund x amount 1e3 because 'y'", "FUND x AMOUNT 1000 BECAUSE 'y'"),
        ("FUND x AMOUNT 0.07", "FUND x AMOUNT 0.07"),
        ("TRANSFER 5.00 IUSD FROM AGENT a TO DEPLOYMENT b", "TRANSFER 5 IUSD FROM a TO b"),
        ('TRANSFER 5 IUSD FROM "agent" TO to', 'TRANSFER 5 IUSD FROM "agent" TO to'),
        ("CANCEL ORDERS INSTANCE x", "CANCEL ORDERS x"),
        ('balance "deployment"', 'BALANCE "deployment"'),
        ("check home", "CHECK HOME"),
        ('FLEET STATUS "fund"', 'FLEET STATUS "fund"'),
        ("SET issue_cap = 1000000", "SET issue_cap = 1000000"),
        ("SET issue_cap = off", "SET issue_cap = off"),
        ("SET retention = 60m", "SET retention = 1h"),
        ('DELETE x BECAUSE "it\'s over"', 'DELETE x BECAUSE "it\'s over"'),
    ],
)
def test_every_way_to_say_it_comes_out_as_the_usual_one(text: str, plain: str) -> None:
    (statement,) = parse(text)
    assert unparse(statement) == plain
