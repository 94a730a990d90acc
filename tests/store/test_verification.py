"""A report on a journal finds whatever is not as it was written, and holds only a part of it at a time."""

import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from palm_ual.errors import HomeError, InvariantBroken
from palm_ual.model.events import FlowSums
from palm_ual.model.logs import WrittenLine
from palm_ual.store import schema, verification
from palm_ual.store.journal import Finding, JournalReport
from tests.store.homes import (
    contents_at,
    control,
    edit,
    fill_home,
    fill_with_flow,
    open_at,
    put_away,
    trade,
    watch_connections,
)
from tests.store.test_damage import EDITS, FLOW_EDITS, flip


@pytest.fixture(autouse=True)
def _as_in_a_large_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the opening may skip for a file's size, it skips."""
    monkeypatch.setattr(schema, "CHECKED_WHOLE_BYTES_MAX", 0)


def report_at(home: Path) -> JournalReport:
    journal = open_at(home)
    try:
        return journal.verify()
    finally:
        journal.close()


def findings_at(home: Path, sql: str) -> list[Finding]:
    """After `sql`, which the opening does not notice."""
    edit(home, "pragma ignore_check_constraints = on;" + sql)
    before = (home / "state.db").read_bytes()
    found = list(report_at(home).findings)
    assert (home / "state.db").read_bytes() == before
    return found


def test_every_edit_is_found_at_opening_or_by_the_report(tmp_path: Path) -> None:
    reported = set()
    for number, (fill, name, sql) in enumerate(
        [(fill_home, *row) for row in EDITS.items()] + [(fill_with_flow, *row) for row in FLOW_EDITS.items()]
    ):
        home = tmp_path / str(number)
        fill(home)
        try:
            assert findings_at(home, sql), name
            reported.add(name)
        except HomeError:
            continue
    assert len(reported) > 25


SINGLE = {
    "update event set at_ms = 1 where seq = 20": [
        ("events", "event 20 is damaged, was edited or does not follow the one before")
    ],
    "delete from event where seq between 18 and 20": [("events", "event 18 is missing")],
    "update event set digest = zeroblob(16) where seq in (20, 22)": [
        ("events", f"event {seq} is damaged, was edited or does not follow the one before")
        for seq in (20, 21, 22, 23)
    ],
    "delete from snapshot where part = ''": [("snapshot", "its snapshot has lost its table of contents")],
    "update snapshot set body = x'2d' where part = 'summary'; delete from snapshot where part = 'agents'": [
        ("snapshot", 'part "agents" of its snapshot is missing'),
        ("snapshot", 'part "summary" of its snapshot is damaged or was edited'),
    ],
    "insert into snapshot select 'more', seq, body, digest from snapshot where part = 'summary'": [
        ("snapshot", 'there is a part "more" that its table of contents does not name')
    ],
    "delete from line where agent = 'buyer_003' and n in (2, 3)": [
        ("lines", "2 lines of buyer_003 are missing")
    ],
}


@pytest.mark.parametrize(("sql", "expected"), SINGLE.items())
def test_a_finding_says_what_is_wrong_once(tmp_path: Path, sql: str, expected: list[tuple[str, str]]) -> None:
    fill_home(tmp_path / "home")
    findings = findings_at(tmp_path / "home", sql)
    assert [(finding.what, finding.detail) for finding in findings] == expected


def test_a_row_that_an_index_has_lost_is_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_home(home)
    findings = findings_at(
        home,
        "pragma writable_schema = on; update sqlite_schema set sql = replace(sql, ' NOT IN (', ' IN (') "
        "where name = 'event_control'; pragma writable_schema = reset; reindex event_control; "
        "pragma writable_schema = on; update sqlite_schema set sql = replace(sql, ' IN (', ' NOT IN (') "
        "where name = 'event_control'",
    )
    assert {finding.what for finding in findings} == {"file"}
    assert any("event_control" in finding.detail for finding in findings)


def test_too_many_lines_of_one_agent_are_found(tmp_path: Path) -> None:
    fill_home(tmp_path / "home")
    more = (
        "with recursive n(i) as (select 100 union all select i + 1 from n where i < 2200) "
        "insert into line select 'seller_001', i, 0, 'x' from n"
    )
    (finding,) = findings_at(tmp_path / "home", more)
    assert finding == Finding("lines", "2101 lines of seller_001 are kept, of at most 2000")


def test_a_note_that_cannot_be_read_is_found_and_none_is_not_missed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_home(home)
    note = (home / "watermark").read_bytes()
    (home / "watermark").write_bytes(note[:-3])
    (finding,) = report_at(home).findings
    assert finding.what == "watermark"
    (home / "watermark").unlink()
    assert report_at(home).findings == ()


def test_events_that_vanish_while_the_home_is_open_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_home(tmp_path / "home")
    connections: list[sqlite3.Connection] = []
    monkeypatch.setattr(schema, "connect", schema.connect)
    watch_connections(connections.append)
    journal = open_at(tmp_path / "home")
    connections[-1].execute("delete from event where seq > 100")
    details = [finding.detail for finding in journal.verify().findings]
    assert "the last one is 100, and 120 was committed" in details
    assert any("120 had been acknowledged" in detail for detail in details)
    journal.close()


def test_more_findings_than_a_report_tells_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "FINDINGS_MAX", 3)
    fill_home(tmp_path / "home")
    findings = findings_at(tmp_path / "home", "update event set at_ms = 1 where seq between 10 and 19")
    assert len(findings) == 4
    assert findings[-1].detail == "7 more findings are not told"


def test_what_is_not_damaged_is_counted_beside_what_is(tmp_path: Path) -> None:
    fill_with_flow(tmp_path / "home")
    edit(tmp_path / "home", "update event set at_ms = 1 where seq in (30, 50)")
    report = report_at(tmp_path / "home")
    assert (report.events, report.market_batches) == (10 + 1 + 5 + 1 + 10 + 5, 9)
    assert (report.compacted_rows, report.compacted_batches) == (1, 10)
    assert report.sums == FlowSums(sum(range(36, 56)) - 50, 19, 38, 5700, 76, 95)
    assert len(report.findings) == 2


def test_no_damage_ends_a_report_and_none_that_matters_is_missed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_with_flow(home)
    expected = contents_at(home)
    whole = (home / "state.db").read_bytes()
    found = {"by the opening": 0, "by the report": 0, "not": 0}
    for seed in range(300):
        (home / "state.db").write_bytes(flip(whole, seed))
        try:
            findings = report_at(home).findings
        except HomeError:
            found["by the opening"] += 1
            continue
        found["by the report" if findings else "not"] += 1
        if not findings:
            assert contents_at(home) == expected, seed
    assert min(found.values()) > 10


def test_a_report_holds_a_part_of_the_journal_at_a_time(tmp_path: Path) -> None:
    journal = open_at(tmp_path / "home")
    for _ in range(10):
        journal.append(trade(journal.head(), 40, ops=bytes(50_000)))
        journal.commit()
    tracemalloc.start()
    report = journal.verify()
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.market_batches == 400
    assert report.file_bytes is not None
    assert peak_bytes < report.file_bytes / 3
    journal.close()


def test_a_closed_journal_gives_no_report(tmp_path: Path) -> None:
    journal = open_at(tmp_path / "home")
    journal.close()
    with pytest.raises(InvariantBroken):
        journal.verify()


def test_the_size_is_that_of_the_file_and_its_log(tmp_path: Path) -> None:
    home = tmp_path / "home"
    journal = open_at(home)
    journal.append(control(0, 100), [WrittenLine("buyer_001", 1, "x" * 10_000)])
    journal.commit()
    put_away(journal)
    assert journal.size_bytes() == sum((home / name).stat().st_size for name in ("state.db", "state.db-wal"))
    journal.close()
