"""Compacting is done whole or not at all, and so is what gives its room back, whatever happens in the middle."""

import os
import random
import shutil
import signal
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from palm_ual.errors import CommitFailed, HomeCorrupt, OutcomeUnknown
from palm_ual.store import schema
from tests.store.homes import (
    FailingCommit,
    compact_older,
    contents,
    contents_at,
    control,
    dies,
    dies_at_statement,
    dies_beyond,
    edit,
    files_no_larger_than,
    fill_with_flow,
    interrupted_at_line,
    open_at,
    put_away,
    trade,
    watch_connections,
)
from tests.store.test_crash import kill_in_the_middle

COMPACTED = 30
EVER = 10**15


@pytest.fixture
def home(tmp_path: Path) -> Path:
    fill_with_flow(tmp_path / "home", compacted=False)
    return tmp_path / "home"


def fill_with_large_flow(home: Path) -> None:
    """Go on with more flow, in rows that fill a page."""
    journal = open_at(home)
    for _ in range(4):
        journal.append(control(journal.head(), 5))
        journal.append(trade(journal.head() + 5, 40, ops=os.urandom(1500)))
        journal.commit()
    put_away(journal)
    journal.close()


def compact_at(home: Path, *, before_ms: int = 460) -> None:
    """What a fleet does that ends well."""
    journal = open_at(home)
    journal.compact(before_ms=before_ms, upto_seq=journal.head())
    journal.close()


def outcomes(home: Path, *, before_ms: int = 460) -> list[tuple[object, ...]]:
    """What a home may hold after compacting was tried: what it held before, or all of the work."""
    copy = fresh_copy(home)
    before = contents_at(copy)
    compact_at(copy, before_ms=before_ms)
    return [before, contents_at(copy)]


def fresh_copy(home: Path) -> Path:
    copy = home.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy)
    return copy


def whole_contents_at(home: Path) -> tuple[object, ...]:
    journal = open_at(home)
    assert journal.verify().findings == ()
    found = contents(journal)
    journal.close()
    return found


def test_killed_at_any_statement_of_it(home: Path) -> None:
    possible = outcomes(home)
    assert possible[0] != possible[1]
    found = []
    steps = 1
    while dies_at_statement(steps, partial(compact_at, fresh_copy(home))):
        found.append(possible.index(whole_contents_at(home.with_name("copy"))))
        steps += 1
    assert found == sorted(found)
    assert set(found) == {0, 1}
    assert whole_contents_at(home.with_name("copy")) == possible[1]


def test_killed_at_any_write_of_it(home: Path) -> None:
    """Into the log, and from the log into the file as it is closed."""
    fill_with_large_flow(home)
    possible = outcomes(home, before_ms=EVER)
    assert killed_at_any_write(home, possible) == {(True, 0), (True, 1), (False, 1)}


def killed_at_any_write(home: Path, possible: list[tuple[object, ...]]) -> set[tuple[bool, int]]:
    """Whether it was killed, and which of the possible contents there was, for more and more that may be written."""
    found = set()
    size, died = 0, True
    while died:
        died = dies_beyond(size, partial(compact_at, fresh_copy(home), before_ms=EVER))
        found.add((died, possible.index(whole_contents_at(home.with_name("copy")))))
        size += 15_000
    return found


def trade_until_killed(home: Path, acknowledgements: int, chance: random.Random) -> None:
    """Flow and other events, compacted not long after, with a snapshot now and then, as fast as they go."""
    journal = open_at(home)
    while True:
        head = journal.head()
        events = (
            control(head, 1) if chance.random() < 0.2 else trade(head, 3, ops=bytes(chance.randrange(3000)))
        )
        journal.append(events)
        if chance.random() < 0.2:
            journal.write_snapshot({"summary": b"{}"}, seq=events[-1].seq)
        else:
            journal.commit()
        os.write(acknowledgements, b"%d\n" % journal.head())
        if chance.random() < 0.2:
            journal.compact(before_ms=10 * journal.head() - chance.randrange(500), upto_seq=journal.head())


def kill_cycles(home: Path, cycles: int) -> None:
    """Every batch of the tests' flow has one trade, so the sums tell how many there were."""
    compacted = 0
    for seed in range(cycles):
        acknowledged = kill_in_the_middle(home, seed, trade_until_killed)
        journal = open_at(home)
        report = journal.verify()
        assert report.findings == ()
        assert journal.head() >= acknowledged
        others = len(journal.latest_events(limit=10**6))
        assert report.sums.trades + others == journal.head()
        assert report.market_batches + report.compacted_batches == report.sums.trades
        contents(journal)
        journal.close()
        compacted = report.compacted_batches
    assert compacted > 100


def test_kill_9_loses_no_sum(tmp_path: Path) -> None:
    kill_cycles(tmp_path / "home", 20)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_kills_lose_no_sum(tmp_path: Path) -> None:
    kill_cycles(tmp_path / "home", 300)


def test_interrupted_between_any_two_lines_of_it(home: Path) -> None:
    possible = outcomes(home)
    found = set()
    interrupted, step = True, 1
    while interrupted:
        journal = open_at(fresh_copy(home))
        interrupted = interrupted_at_line(step, partial(compact_older, journal))
        journal.close()
        found.add(possible.index(whole_contents_at(home.with_name("copy"))))
        step += 37
    assert found == {0, 1}


def test_on_a_full_disk_nothing_is_compacted_until_there_is_room(home: Path) -> None:
    possible = outcomes(home)
    journal = open_at(home)
    journal.append(control(60, 1))
    with files_no_larger_than(0), pytest.raises(CommitFailed):
        compact_older(journal)
    assert contents(journal) == possible[0]
    assert compact_older(journal) == COMPACTED
    assert contents(journal) == possible[1]
    journal.commit()
    assert journal.head() == 61, "what was collected still was"
    journal.close()


def test_a_commit_of_it_that_failed_and_is_there_has_an_unknown_outcome(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No event is added, so the last one cannot tell."""
    possible = outcomes(home)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=FailingCommit))
    journal = open_at(home)
    monkeypatch.setattr(FailingCommit, "fails", "after it was done")
    with pytest.raises(OutcomeUnknown):
        compact_older(journal)
    journal.close()
    assert whole_contents_at(home) == possible[1]


def test_a_commit_of_it_that_failed_and_is_not_there_may_be_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    possible = outcomes(home)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=FailingCommit))
    journal = open_at(home)
    monkeypatch.setattr(FailingCommit, "fails", "before it is done")
    with pytest.raises(CommitFailed):
        compact_older(journal)
    assert contents(journal) == possible[0]
    assert compact_older(journal) == COMPACTED
    journal.close()
    assert whole_contents_at(home) == possible[1]


def test_damaged_flow_is_not_made_good_by_compacting_it(home: Path) -> None:
    edit(
        home,
        "update event set body = cast(replace(body, '\"units\":2', '\"units\":3') as blob) where seq = 20",
    )
    before = (home / "state.db").read_bytes()
    journal = open_at(home)
    with pytest.raises(HomeCorrupt, match="event 20"):
        compact_older(journal)
    journal.close()
    assert (home / "state.db").read_bytes() == before


@pytest.mark.parametrize("noted", [11, 20, 30, 40])
def test_a_note_of_an_event_that_was_compacted_since_is_no_loss(tmp_path: Path, noted: int) -> None:
    """The note is not synced: after a power loss it may be older than the file."""
    home = tmp_path / "home"
    journal = open_at(home)
    for records in (control(0, 10), trade(10, noted - 10)):
        journal.append(records)
    journal.commit()
    note = (home / "watermark").read_bytes()
    journal.append(trade(noted, 45 - noted))
    journal.commit()
    put_away(journal)
    assert journal.compact(before_ms=10**15, upto_seq=45) == 35
    journal.close()
    (home / "watermark").write_bytes(note)
    journal = open_at(home)
    assert journal.verify().findings == ()
    journal.close()
    edit(home, "delete from event where seq = 45")
    (home / "watermark").write_bytes(note)
    with pytest.raises(HomeCorrupt, match=f"{noted} had been acknowledged"):
        open_at(home)


def test_a_file_that_is_mostly_free_is_made_smaller_as_a_fleet_ends(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_with_large_flow(home)
    _, expected = outcomes(home, before_ms=EVER)
    size = (home / "state.db").stat().st_size
    monkeypatch.setattr(schema, "SPARE_BYTES_MAX", size // 2)
    compact_at(home, before_ms=EVER)
    assert (home / "state.db").stat().st_size < size / 4
    assert not (home / "state.db-wal").exists()
    assert whole_contents_at(home) == expected
    connection = sqlite3.connect(home / "state.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


BOUNDS = {
    "too little is free": {"SPARE_BYTES_MAX": 2**20},
    "too much would be copied": {"SPARE_BYTES_MAX": 0, "REWRITTEN_BYTES_MAX": 1000},
}


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
def test_a_file_keeps_what_is_free_if(
    home: Path, monkeypatch: pytest.MonkeyPatch, bounds: dict[str, int]
) -> None:
    fill_with_large_flow(home)
    size = (home / "state.db").stat().st_size
    for name, value in bounds.items():
        monkeypatch.setattr(schema, name, value)
    compact_at(home, before_ms=EVER)
    assert (home / "state.db").stat().st_size == size


def test_a_file_whose_larger_part_is_content_keeps_its_size(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_with_large_flow(home)
    size = (home / "state.db").stat().st_size
    monkeypatch.setattr(schema, "SPARE_BYTES_MAX", 0)
    compact_at(home, before_ms=1000)
    assert (home / "state.db").stat().st_size == size


def test_looking_makes_no_file_smaller(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_with_large_flow(home)
    compact_at(home, before_ms=EVER)
    size = (home / "state.db").stat().st_size
    monkeypatch.setattr(schema, "SPARE_BYTES_MAX", 0)
    whole_contents_at(home)
    compact_at(home, before_ms=EVER)
    assert (home / "state.db").stat().st_size == size


def compact_and_die_while_closing(home: Path, instructions: int) -> None:
    """Runs in a process of its own, which ends after so many of SQLite's instructions in one statement."""
    connections: list[sqlite3.Connection] = []
    watch_connections(connections.append)
    journal = open_at(home)
    journal.compact(before_ms=EVER, upto_seq=journal.head())
    connections[-1].set_progress_handler(partial(os.kill, os.getpid(), signal.SIGKILL), instructions)
    journal.close()


def test_killed_while_the_file_is_made_smaller(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of copying, and at any write."""
    monkeypatch.setattr(schema, "SPARE_BYTES_MAX", 0)
    fill_with_large_flow(home)
    possible = outcomes(home, before_ms=EVER)
    died = []
    for instructions in (10, 30, 100, 300, 10**6):
        died.append(dies(partial(compact_and_die_while_closing, fresh_copy(home), instructions)))
        assert whole_contents_at(home.with_name("copy")) == possible[1]
    assert (died[0], died[-1]) == (True, False)
    assert killed_at_any_write(home, possible) == {(True, 0), (True, 1), (False, 1)}


def test_without_room_to_copy_the_file_is_closed_as_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SPARE_BYTES_MAX", 0)
    fill_with_large_flow(home)
    _, expected = outcomes(home, before_ms=EVER)
    size = (home / "state.db").stat().st_size
    journal = open_at(home)
    journal.compact(before_ms=EVER, upto_seq=journal.head())
    with files_no_larger_than(0):
        journal.close()
    assert (home / "state.db").stat().st_size == size
    assert whole_contents_at(home) == expected
