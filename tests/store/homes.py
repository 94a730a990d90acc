"""Homes to test the store with: open, fill, read whole, and end a process in the middle."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from palm_ual.model.events import AgentsPlaced, AnyEvent, Recorded, SizeSet
from palm_ual.model.logs import WrittenLine
from palm_ual.store.journal import Journal
from palm_ual.store.sqlite import SqliteJournal, open_journal

EVENTS_A_STATEMENT = 3
WALL_MS = 1_700_000_000_000


class Watch:
    """A clock whose sleep is its only hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, length_s: float) -> None:
        self.now_s += length_s


def open_at(home: Path, *, lock_timeout_s: float = 0) -> SqliteJournal:
    return open_journal(
        str(home), lock_timeout_s=lock_timeout_s, holder="ual test", clock=time.monotonic, sleep=time.sleep
    )


def statement(number: int, *, uid: int = 1) -> list[Recorded]:
    """The events of the statement of that number, counted from 1: always three."""
    first = (number - 1) * EVENTS_A_STATEMENT + 1
    events: tuple[AnyEvent, ...] = (
        SizeSet(uid, number),
        AgentsPlaced(uid, 1, ((number, number),), 100, 100),
        SizeSet(uid, 0),
    )
    return [Recorded(seq, 10 * seq, WALL_MS + seq, number, event) for seq, event in enumerate(events, first)]


def fill(journal: Journal, statements: int, *, first: int = 1, fleet: int = 0) -> None:
    """Whole statements, each acknowledged, with a line of log each; the last one together with a snapshot.

    Another `fleet` has another history.
    """
    for number in range(first, first + statements):
        lines = [WrittenLine(f"buyer_{number % 7:03d}", number, f"bought {number}")]
        journal.append(statement(number, uid=(number + fleet) % 5 + 1), lines)
        if number < first + statements - 1:
            journal.commit()
        else:
            journal.write_snapshot({"summary": b"{}", "agents": b"[]" * 3000}, seq=3 * number)


def fill_home(home: Path, statements: int = 40) -> None:
    journal = open_at(home)
    fill(journal, statements)
    journal.close()


def contents(journal: Journal) -> tuple[object, ...]:
    """All that may never be wrong: events, each deployment's events, the snapshot."""
    return (
        journal.head(),
        list(journal.events()),
        journal.latest_events(limit=50),
        [journal.latest_events(limit=1000, deployment=uid) for uid in range(1, 7)],
        journal.snapshot_seq(),
        {name: journal.snapshot_part(name) for name in journal.snapshot_parts()},
        list(journal.events(after=journal.snapshot_seq())),
    )


def contents_at(home: Path) -> tuple[object, ...]:
    journal = open_at(home)
    try:
        return contents(journal)
    finally:
        journal.close()


def edit(home: Path, sql: str) -> None:
    """What a person does with the `sqlite3` shell."""
    connection = sqlite3.connect(home / "state.db", isolation_level=None)
    connection.executescript(sql)
    connection.close()


def kill_after(act: Callable[[], object]) -> None:
    """Runs `act` in a process of its own, which is killed when it is done, if it does not do so itself."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def kill_while_open(home: Path, statements: int = 40, *, fleet: int = 0) -> None:
    """Leaves everything that was committed in the log."""
    kill_after(lambda: fill(open_at(home), statements, fleet=fleet))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
