"""The grammar has no conflict, and the tables made from it read exactly what lark reads."""

import re
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput

from palm_ual.lang.actions import ACTIONS
from palm_ual.lang.reader import machine
from palm_ual.lang.tables import Tables, build_tables, decode, load_tables
from palm_ual.lang.unparse import unparse
from tests.lang.corpus import rows, text_of
from tests.lang.values import PIECES, statements

CORPUS = [text_of(row) for row in rows("ual_statements.json") + rows("json_with.json")]


@cache
def lark() -> Lark:
    return Lark(load_tables().grammar, parser="lalr", lexer="contextual", g_regex_flags=re.ASCII)


def lark_reads(text: str) -> bool:
    try:
        lark().parse(text)
    except UnexpectedInput:
        return False
    return True


def machine_reads(text: str) -> bool:
    trace = machine().trace(text)
    return trace.stop is None and machine().shifts_from(trace.stack, "$END") is not None


def test_the_grammar_has_no_conflict_and_no_terminals_that_match_the_same_text() -> None:
    pytest.importorskip("interegular")
    Lark(load_tables().grammar, parser="lalr", strict=True)


@pytest.mark.parametrize("text", [text for text in CORPUS if len(text) < 20_000])
def test_a_collected_text_is_read_as_lark_reads_it(text: str) -> None:
    assert machine_reads(text) == lark_reads(text)


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
    | st.lists(st.sampled_from(PIECES)).map("".join)
)
def test_words_in_any_order_are_read_as_lark_reads_them(text: str) -> None:
    assert machine_reads(text) == lark_reads(text)


@given(statements.map(unparse), st.data())
def test_a_statement_with_a_piece_put_in_is_read_as_lark_reads_it(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    changed = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at:]
    assert machine_reads(changed) == lark_reads(changed)


def test_what_is_done_for_a_rule_has_a_rule_and_a_rule_of_several_symbols_has_something_done() -> None:
    rules = load_tables().rules
    named = {rule.action for rule in rules} - {"*", "+"}
    assert ACTIONS.keys() <= named
    assert {rule.action for rule in rules if rule.length != 1} - {"*", "+"} <= ACTIONS.keys()


def test_the_same_grammar_gives_the_same_tables() -> None:
    grammar = load_tables().grammar
    assert msgspec.msgpack.encode(build_tables(grammar)) == msgspec.msgpack.encode(build_tables(grammar))


def test_tables_come_back_from_their_file() -> None:
    tables = load_tables()
    assert decode(msgspec.msgpack.encode(tables), tables.grammar) == tables


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:1000] + b"\xc1" + data[1001:],
        lambda data: msgspec.msgpack.encode([1, 2, 3]),
    ],
    ids=["empty", "cut short", "a wrong byte", "something else"],
)
def test_damaged_tables_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    tables = load_tables()
    with pytest.raises(ValueError, match=r"."):
        decode(spoil(msgspec.msgpack.encode(tables)), tables.grammar)


def test_tables_of_another_grammar_or_format_are_refused() -> None:
    tables = load_tables()
    other = msgspec.structs.replace(tables, format=tables.format + 1)
    for made, grammar in ((tables, tables.grammar + "\n"), (other, tables.grammar)):
        with pytest.raises(ValueError, match="not made from this grammar"):
            decode(msgspec.msgpack.encode(made), grammar)


def test_no_terminal_captures_a_group_of_its_own() -> None:
    tables: Tables = load_tables()
    pattern = re.compile(tables.scanner)
    assert len(pattern.groupindex) == pattern.groups
