"""What WATCH prints where nothing is drawn in place: what its statement would, whenever that has changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from palm_ual.console.documents.records import record
from palm_ual.model.results import (
    BalanceShown,
    Column,
    Described,
    Fact,
    LogLine,
    LogShown,
    PalmStatusShown,
    TableShown,
    Watchable,
    Watched,
)
from palm_ual.service.session import OutputFormat as Format
from tests.console.shown import FLEET, any_watchable, text, written

STATUS = PalmStatusShown(3, 100, 3, 0, 0, 3_000_000, 97)
TABLE = TableShown("agents", (Column("agent", "AGENT"), Column("pnl_cents", "PNL", "cents")), (("a_1", 5),))
TIMES = {"wall_ms": 1_767_225_600_000, "at_ms": 4_000}


def look(answer: Watchable, *, changed: bool = True, number: int = 1) -> Watched:
    return Watched(answer, 1_767_225_600_000, 4_000, 2_000, changed, "PALM STATUS", number)


def lines(*events: Watched, format: Format = "ndjson") -> list[object]:
    return [json.loads(line) for line in written(*events, format=format).splitlines()]


@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_an_object_is_as_its_statement_gives_it_and_says_when_it_was(format: Format) -> None:
    (alone,) = [json.loads(line) for line in written(STATUS, format=format).splitlines()]
    assert lines(look(STATUS), format=format) == [TIMES | alone]


@pytest.mark.parametrize("format", ["json", "ndjson", "yaml", "csv"])
@pytest.mark.parametrize("answer", [TABLE, LogShown("a_1", (LogLine(5, "hello"),))], ids=["table", "log"])
def test_rows_are_as_their_statement_gives_them(answer: Watchable, format: Format) -> None:
    assert written(look(answer), format=format) == written(answer, format=format)


@given(any_watchable)
def test_as_text_a_look_is_what_its_statement_prints(answer: Watchable) -> None:
    assert text(look(answer)) == text(answer)
    assert written(look(answer)) == written(answer)


@given(any_watchable, st.sampled_from(["text", "json", "ndjson", "yaml", "csv"]))
def test_what_has_not_changed_is_not_printed_again(answer: Watchable, format: Format) -> None:
    once = written(look(answer), format=format)
    assert written(look(answer), look(answer, changed=False, number=2), format=format) == once
    assert written(look(answer, changed=False, number=2), format=format) == b""


def test_each_change_is_a_document_of_its_own() -> None:
    later = replace(STATUS, agents=4)
    whole = written(look(STATUS), look(later, number=2), format="yaml").decode()
    assert whole.count("---\n") == 1
    found = lines(look(STATUS), look(later, number=2), format="json")
    assert [one["agents"] for one in found if isinstance(one, dict)] == [3, 4]


def test_as_text_a_change_stands_apart_from_the_last_one() -> None:
    later = replace(STATUS, agents=4)
    whole = written(look(STATUS), look(later, number=2)).decode()
    assert whole == text(STATUS) + "\n" + text(later)


def test_in_csv_the_header_is_given_once_while_it_stays_the_same() -> None:
    more = replace(TABLE, rows=(("a_1", 5), ("a_2", -7)))
    assert written(look(TABLE), look(more, number=2), format="csv").decode() == (
        "agent,pnl_cents\na_1,5\na_1,5\na_2,-7\n"
    )
    wider = replace(TABLE, columns=(*TABLE.columns, Column("tier", "TIER")), rows=(("a_1", 5, "gold"),))
    assert written(look(TABLE), look(wider, number=2), format="csv").decode() == (
        "agent,pnl_cents\na_1,5\n\nagent,pnl_cents,tier\na_1,5,gold\n"
    )


def test_in_csv_an_object_has_its_times_in_every_row() -> None:
    balance = BalanceShown("a_1", "agent", 500)
    header, row = written(look(balance), format="csv").decode().splitlines()
    assert header.startswith("wall_ms,at_ms,account,kind,balance_cents,")
    assert row.startswith("1767225600000,4000,a_1,agent,500,")
    assert [row.split(",")[:3] for row in written(look(FLEET), format="csv").decode().splitlines()] == [
        ["wall_ms", "at_ms", "deployment"],
        ["1767225600000", "4000", "trading-fleet-v1"],
    ]


def test_in_csv_a_description_has_its_times_among_its_pairs() -> None:
    described = Described("agent", "a_1", (Fact("state", "State", "Ready"),))
    assert written(look(described), format="csv").decode().splitlines()[:4] == [
        "name,value",
        "wall_ms,1767225600000",
        "at_ms,4000",
        "kind,agent",
    ]


def test_as_an_event_a_look_holds_its_answer() -> None:
    assert record(look(TABLE)) == {
        "event": "watched",
        "answer": {"event": "table", "what": "agents", "rows": [{"agent": "a_1", "pnl_cents": 5}]},
        "wall_ms": 1_767_225_600_000,
        "at_ms": 4_000,
        "every_ms": 2_000,
        "changed": True,
        "statement": "PALM STATUS",
        "look": 1,
    }
