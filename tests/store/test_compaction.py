"""Market flow past its retention leaves its sums and nothing else, on every journal alike."""

import pytest
from msgspec.structs import replace

from palm_ual.model.events import FlowSums, MarketCompacted, MarketTraded, Recorded
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.store import flow
from palm_ual.store.journal import Journal, JournalReport
from tests.store.homes import WALL_MS, contents, control, put_away, trade
from tests.store.shelves import Shelf

EVER = 10**15


def keep(journal: Journal, *batches: list[Recorded]) -> None:
    """The records, committed and with a snapshot that stands for them."""
    for records in batches:
        journal.append(records)
    journal.commit()
    put_away(journal)


def compact_all(journal: Journal) -> int:
    """How many batches lost their operations, in as many calls as it takes."""
    total = 0
    while gone := journal.compact(before_ms=EVER, upto_seq=EVER):
        total += gone
    return total


def shape(journal: Journal) -> list[str]:
    """Each row in short: `3` a number alone, `T3` a batch, `C1-3` compacted ones."""
    shown = []
    for record in journal.events():
        event = record.event
        if isinstance(event, MarketCompacted):
            shown.append(f"C{event.first_seq}-{record.seq}")
        else:
            shown.append(f"{'T' if isinstance(event, MarketTraded) else ''}{record.seq}")
    return shown


def test_a_run_becomes_one_row_with_its_span_and_sums(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 2), trade(2, 4), control(6, 1))
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 4
    assert shape(shelf.journal) == ["1", "2", "C3-6", "7"]
    sums = FlowSums(
        orders=3 + 4 + 5 + 6, trades=4, units=8, volume_cents=1200, minted_cents=16, burned_cents=20
    )
    compacted = MarketCompacted(first_seq=3, from_ms=30, batches=4, ops=8, sums=sums)
    assert list(shelf.reopen().events())[2] == Recorded(6, 60, WALL_MS + 6, 0, compacted)


def test_events_of_other_kinds_stay_and_part_the_runs(shelf: Shelf) -> None:
    keep(shelf.journal, trade(0, 2), control(2, 1), trade(3, 3), control(6, 2), trade(8, 2))
    before = shelf.journal.latest_events(limit=50)
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 7
    assert shape(shelf.journal) == ["C1-2", "3", "C4-6", "7", "8", "C9-10"]
    assert shelf.reopen().latest_events(limit=50) == before


def test_a_batch_alone_loses_its_operations_too(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 1), trade(1, 1), control(2, 1))
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 1
    assert shape(shelf.journal) == ["1", "C2-2", "3"]
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 0


@pytest.mark.parametrize(
    ("before_ms", "upto_seq", "expected"),
    [
        (10, EVER, ["T1", "T2", "T3", "T4", "5", "T6"]),
        (11, EVER, ["C1-1", "T2", "T3", "T4", "5", "T6"]),
        (30, EVER, ["C1-2", "T3", "T4", "5", "T6"]),
        (EVER, 3, ["C1-3", "T4", "5", "T6"]),
        (EVER, 0, ["T1", "T2", "T3", "T4", "5", "T6"]),
        (EVER, 5, ["C1-4", "5", "T6"]),
        (60, EVER, ["C1-4", "5", "T6"]),
        (61, EVER, ["C1-4", "5", "C6-6"]),
    ],
)
def test_only_what_is_old_and_not_after_the_given_event_goes(
    shelf: Shelf, before_ms: int, upto_seq: int, expected: list[str]
) -> None:
    keep(shelf.journal, trade(0, 4), control(4, 1), trade(5, 1))
    shelf.journal.compact(before_ms=before_ms, upto_seq=upto_seq)
    assert shape(shelf.journal) == expected


def test_nothing_goes_that_the_snapshot_does_not_stand_for(shelf: Shelf) -> None:
    shelf.journal.append(trade(0, 3))
    shelf.journal.commit()
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 0
    put_away(shelf.journal)
    shelf.journal.append(trade(3, 3))
    shelf.journal.commit()
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 3
    assert shape(shelf.reopen()) == ["C1-3", "T4", "T5", "T6"]
    assert shelf.journal.snapshot_part("summary") == b"{}"
    assert list(shelf.journal.events(after=shelf.journal.snapshot_seq())) == trade(3, 3)


def test_what_follows_joins_what_was_compacted_before(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 1), trade(1, 3))
    compact_all(shelf.journal)
    keep(shelf.journal, trade(4, 2))
    assert compact_all(shelf.reopen()) == 2
    assert shape(shelf.journal) == ["1", "C2-6"]
    (compacted,) = (record.event for record in shelf.journal.latest_events(limit=1, flow=True))
    assert isinstance(compacted, MarketCompacted)
    assert (compacted.from_ms, compacted.batches, compacted.ops) == (20, 5, 10)
    assert compacted.sums.orders == 2 + 3 + 4 + 5 + 6


def test_a_longer_retention_leaves_what_is_compacted_as_it_is(shelf: Shelf) -> None:
    keep(shelf.journal, trade(0, 3))
    compact_all(shelf.journal)
    keep(shelf.journal, trade(3, 2))
    assert shelf.journal.compact(before_ms=20, upto_seq=EVER) == 0
    assert shape(shelf.journal) == ["C1-3", "T4", "T5"]


def test_old_flow_after_young_flow_waits_for_it(shelf: Shelf) -> None:
    """Fleet time does not go back. If it did, rows would not be joined over one that stays."""
    batches = trade(0, 3)
    batches[1] = replace(batches[1], at_ms=1000)
    keep(shelf.journal, batches)
    assert shelf.journal.compact(before_ms=500, upto_seq=EVER) == 1
    assert shape(shelf.journal) == ["C1-1", "T2", "T3"]
    assert shelf.journal.compact(before_ms=500, upto_seq=EVER) == 0


def test_what_is_all_compacted_already_is_not_written_again() -> None:
    (run,) = flow.old_runs(trade(0, 3), before_ms=EVER)
    assert list(flow.old_runs([run.record, *control(3, 1)], before_ms=EVER)) == []


@pytest.mark.parametrize(("bound", "value"), [("ROWS_AT_ONCE", 4), ("OPS_BYTES_AT_ONCE", 10)])
def test_one_call_does_a_bounded_part_and_the_next_ones_the_rest(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(flow, bound, value)
    keep(shelf.journal, control(0, 6), trade(6, 7), control(13, 6), trade(19, 6))
    gone = [shelf.journal.compact(before_ms=EVER, upto_seq=EVER) for _ in range(7)]
    assert 0 < max(gone) <= 4
    assert gone[-1] == 0
    assert sum(gone) == 13
    assert shape(shelf.reopen())[6:8] == ["C7-13", "14"]
    assert shape(shelf.journal)[-1] == "C20-25"


def test_what_is_only_collected_is_untouched_and_still_collected(shelf: Shelf) -> None:
    keep(shelf.journal, trade(0, 3))
    shelf.journal.append(trade(3, 2), [WrittenLine("buyer_001", 1, "kept")])
    assert shelf.journal.compact(before_ms=EVER, upto_seq=EVER) == 3
    assert shelf.journal.head() == 3
    shelf.journal.commit()
    assert shape(shelf.reopen()) == ["C1-3", "T4", "T5"]
    assert [line.text for line in shelf.journal.log_tail("buyer_001", 9)] == ["kept"]


@pytest.mark.parametrize(
    ("after", "upto", "expected"),
    [
        (0, None, [6, 7, 9]),
        (2, None, [6, 7, 9]),
        (6, None, [7, 9]),
        (0, 6, [6]),
        (0, 5, []),
        (4, 5, []),
        (4, 6, [6]),
        (5, 7, [6, 7]),
        (7, 8, []),
        (8, None, [9]),
        (9, None, []),
    ],
)
def test_a_compacted_row_is_read_by_its_own_number(
    shelf: Shelf, after: int, upto: int | None, expected: list[int]
) -> None:
    """Also by whoever asks for what comes after an event that it stands for."""
    keep(shelf.journal, trade(0, 6), control(6, 1), trade(7, 2))
    compact_all(shelf.journal)
    assert shape(shelf.journal) == ["C1-6", "7", "C8-9"]
    assert [record.seq for record in shelf.journal.events(after=after, upto=upto)] == expected


def test_market_flow_is_no_event_to_be_shown_unless_asked_for(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 2), trade(2, 3), control(5, 1), trade(6, 2))
    shelf.journal.compact(before_ms=EVER, upto_seq=5)
    assert [record.seq for record in shelf.journal.latest_events(limit=2)] == [6, 2]
    with_flow = shelf.journal.latest_events(limit=9, flow=True)
    assert [record.seq for record in with_flow] == [8, 7, 6, 5, 2, 1]
    of_one = shelf.journal.latest_events(limit=9, deployment=1, flow=True)
    assert of_one == shelf.journal.latest_events(limit=9, deployment=1)
    assert [record.seq for record in of_one] == [6]


def test_a_report_counts_what_is_there(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 2), trade(2, 3), control(5, 1), trade(6, 2))
    shelf.journal.append([], [WrittenLine(f"buyer_{number:03d}", 1, "x") for number in (1, 2, 2)])
    shelf.journal.commit()
    before = shelf.journal.verify()
    shelf.journal.compact(before_ms=EVER, upto_seq=5)
    sums = FlowSums(3 + 4 + 5 + 7 + 8, 5, 10, 1500, 20, 25)
    assert before == JournalReport(8, 5, 0, 0, sums, 3, before.file_bytes, ())
    assert shelf.journal.verify() == JournalReport(6, 2, 1, 3, sums, 3, shelf.journal.size_bytes(), ())
    assert shelf.reopen().verify().findings == ()


def test_a_report_of_nothing_finds_nothing(shelf: Shelf) -> None:
    report = shelf.journal.verify()
    assert report == JournalReport(0, 0, 0, 0, FlowSums(), 0, report.file_bytes, ())


def test_a_report_changes_nothing(shelf: Shelf) -> None:
    keep(shelf.journal, control(0, 2), trade(2, 3))
    shelf.journal.append(control(5, 1), [WrittenLine("buyer_001", 1, "x")] * (2 * LOG_LINES_PER_AGENT_MAX))
    before = contents(shelf.journal)
    shelf.journal.verify()
    assert contents(shelf.journal) == before
    shelf.journal.commit()
    assert shelf.journal.head() == 6
    assert shelf.journal.verify().findings == ()
