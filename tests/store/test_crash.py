"""A commit that returned is on disk, whole, whatever happens next; one that did not is there whole or not at all."""

import os
import random
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from palm_ual.errors import CommitFailed, HomeError, InvariantBroken, OutcomeUnknown
from palm_ual.model.logs import WrittenLine
from tests.store.homes import (
    EVENTS_A_STATEMENT,
    FailingCommit,
    contents,
    contents_at,
    files_no_larger_than,
    fill,
    fill_home,
    interrupted_at_line,
    open_at,
    statement,
)


def commit_until_killed(home: Path, acknowledgements: int, chance: random.Random) -> None:
    """Statements of three events, with lines and now and then a snapshot, as fast as they go."""
    journal = open_at(home)
    number = journal.head() // EVENTS_A_STATEMENT
    while True:
        number += 1
        lines = [WrittenLine("buyer_001", number, "x" * chance.randrange(2000))] * chance.randrange(4)
        journal.append(statement(number), lines)
        if chance.random() < 0.1:
            parts = {"agents": bytes(chance.randrange(50_000))}
            journal.write_snapshot(parts, seq=number * EVENTS_A_STATEMENT)
        else:
            journal.commit()
        os.write(acknowledgements, b"%d\n" % number)


def kill_in_the_middle(home: Path, seed: int, work: Callable[[Path, int, random.Random], None]) -> int:
    """The last number that a child acknowledged, doing `work` for ever, before it was killed."""
    chance = random.Random(seed)
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work(home, writable, chance)
        finally:
            os._exit(1)
    os.close(writable)
    told = b""
    for _ in range(chance.randrange(1, 12)):
        told += os.read(readable, chance.randrange(1, 64))
    os.kill(pid, signal.SIGKILL)
    while more := os.read(readable, 65536):
        told += more
    os.close(readable)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    return int(told.split()[-1])


def kill_cycles(home: Path, cycles: int) -> None:
    for seed in range(cycles):
        acknowledged = kill_in_the_middle(home, seed, commit_until_killed)
        journal = open_at(home)
        records = list(journal.events())
        assert len(records) == journal.head() >= acknowledged * EVENTS_A_STATEMENT, (
            "an acknowledged one is lost"
        )
        assert journal.head() % EVENTS_A_STATEMENT == 0, "half a statement is there"
        contents(journal)
        # The next cycle starts from a crash and not from a closed file, every other time.
        if seed % 2:
            journal.close()
        else:
            journal.append(statement(journal.head() // EVENTS_A_STATEMENT + 1))
            journal.close()


def test_kill_9_loses_nothing_acknowledged_and_leaves_no_halves(tmp_path: Path) -> None:
    kill_cycles(tmp_path / "home", 20)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    kill_cycles(tmp_path / "home", 500)


def test_after_a_full_disk_the_journal_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    journal = open_at(home)
    fill(journal, 3)
    before = contents(journal)
    journal.append(statement(4))
    with files_no_larger_than((home / "state.db-wal").stat().st_size), pytest.raises(CommitFailed) as caught:
        journal.commit()
    assert str(home / "state.db") in caught.value.message
    assert contents(journal) == before
    fill(journal, 1, first=4)
    acknowledged = contents(journal)
    journal.close()
    assert contents_at(home) == acknowledged


def test_a_new_home_on_a_full_disk_is_refused_and_made_later(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with files_no_larger_than(0), pytest.raises(HomeError):
        open_at(home)
    assert contents_at(home)[0] == 0


@pytest.mark.parametrize("size", [0, 1000, 10_000])
def test_looking_needs_no_room(tmp_path: Path, size: int) -> None:
    home = tmp_path / "home"
    fill_home(home)
    expected = contents_at(home)
    with files_no_larger_than(size):
        assert contents_at(home) == expected


def test_looking_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    fill_home(home)
    before = {path.name: path.stat().st_mtime_ns for path in home.iterdir() if path.name != "lock"}
    contents_at(home)
    after = {path.name: path.stat().st_mtime_ns for path in home.iterdir() if path.name != "lock"}
    assert after == before
    assert set(before) == {"state.db", "watermark"}


def test_a_commit_that_fails_in_a_home_that_cannot_be_reopened_has_an_unknown_outcome(tmp_path: Path) -> None:
    home = tmp_path / "home"
    journal = open_at(home)
    fill(journal, 3)
    journal.append(statement(4))
    (home / "state.db").chmod(0o666)
    with files_no_larger_than((home / "state.db-wal").stat().st_size), pytest.raises(OutcomeUnknown):
        journal.commit()
    journal.append(statement(4))
    for use in (journal.commit, lambda: list(journal.events()), lambda: journal.log_tail("x", 1)):
        with pytest.raises(OutcomeUnknown, match="opened again"):
            use()
    journal.close()
    (home / "state.db").chmod(0o600)
    assert contents_at(home)[0] == 9


def test_a_commit_that_failed_and_is_there_has_an_unknown_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=FailingCommit))
    journal = open_at(tmp_path / "home")
    fill(journal, 1)
    journal.append(statement(2))
    monkeypatch.setattr(FailingCommit, "fails", "after it was done")
    with pytest.raises(OutcomeUnknown):
        journal.commit()
    journal.close()
    assert contents_at(tmp_path / "home")[0] == 6


def test_an_interrupt_in_the_middle_of_a_commit_leaves_whole_statements(tmp_path: Path) -> None:
    """Ctrl-C where it hurts most: raised between any two lines of the store."""
    home = tmp_path / "home"
    for step in range(1, 60, 2):
        journal = open_at(home)
        number = journal.head() // EVENTS_A_STATEMENT + 1
        journal.append(statement(number))
        interrupted = interrupted_at_line(step, journal.commit)
        journal.close()
        head = contents_at(home)[0]
        assert head in (EVENTS_A_STATEMENT * (number - 1), EVENTS_A_STATEMENT * number)
        assert interrupted or head == EVENTS_A_STATEMENT * number


def test_a_closed_journal_is_not_used_on(tmp_path: Path) -> None:
    journal = open_at(tmp_path / "home")
    journal.close()
    with pytest.raises(InvariantBroken):
        journal.latest_events(limit=1)
    journal.append(statement(1))
    with pytest.raises(InvariantBroken):
        journal.commit()


def test_half_a_character_in_a_log_line_is_kept_as_a_question_mark(tmp_path: Path) -> None:
    journal = open_at(tmp_path / "home")
    journal.append([], [WrittenLine("buyer_001", 1, "a\udc80b\x00c")])
    journal.commit()
    assert journal.log_tail("buyer_001", 1)[0].text == "a?b\x00c"
    journal.close()
