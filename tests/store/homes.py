"""Homes to test the store with: open, fill, read whole, and end a process in the middle."""

import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from typing_extensions import override

from palm_ual.model.events import AgentsPlaced, AnyEvent, FlowSums, MarketTraded, Recorded, SizeSet
from palm_ual.model.logs import WrittenLine
from palm_ual.store import schema
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


def control(after: int, count: int) -> list[Recorded]:
    """Events of other kinds than market flow, numbered on from `after`, ten milliseconds apart."""
    return [
        Recorded(seq, 10 * seq, WALL_MS + seq, 1, SizeSet(seq % 3 + 1, seq))
        for seq in range(after + 1, after + count + 1)
    ]


def trade(after: int, batches: int, *, ops: bytes = b"ops") -> list[Recorded]:
    """Market flow, numbered and timed in the same way: in each batch two operations, and as many orders as its
    number says.
    """
    return [
        Recorded(
            seq, 10 * seq, WALL_MS + seq, 0, MarketTraded(2 * seq, 2, ops, FlowSums(seq, 1, 2, 300, 4, 5))
        )
        for seq in range(after + 1, after + batches + 1)
    ]


def put_away(journal: Journal) -> None:
    """A snapshot of now."""
    journal.write_snapshot({"summary": b"{}"}, seq=journal.head())


def fill_with_flow(home: Path, *, compacted: bool = True) -> None:
    """Events 1-10, flow 11-30, events 31-35, flow 36-55 and events 56-60. What is compacted are 11-30 and 36-45."""
    journal = open_at(home)
    for records in (control(0, 10), trade(10, 20), control(30, 5), trade(35, 20), control(55, 5)):
        journal.append(records)
        journal.commit()
    put_away(journal)
    if compacted:
        compact_older(journal)
    journal.close()


def compact_older(journal: Journal) -> int:
    """How many batches of `fill_with_flow` lost their operations."""
    return journal.compact(before_ms=460, upto_seq=journal.head())


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
        journal.latest_events(limit=50, flow=True),
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


def dies(act: Callable[[], object]) -> bool:
    """Whether a process of its own is killed in `act`, rather than finishing it."""
    pid = os.fork()
    if pid == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            act()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status <= 0, "it failed by itself"
    return status < 0


def dies_at_statement(number: int, act: Callable[[], object]) -> bool:
    """`dies` for a process that ends at the SQL statement of that number, counted from 1."""
    left = number

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched_act() -> None:
        watch_connections(lambda connection: connection.set_trace_callback(count))
        act()

    return dies(watched_act)


def dies_beyond(size: int, act: Callable[[], object]) -> bool:
    """`dies` for a process that ends as it writes past the first `size` bytes of any file."""

    def limited_act() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        act()

    return dies(limited_act)


def watch_connections(watch: Callable[[sqlite3.Connection], object]) -> None:
    """For the rest of this process, `watch` is given every connection that is made."""
    connect = schema.connect

    def connect_and_watch(path: str, *, busy_s: float, read_only: bool = False) -> sqlite3.Connection:
        connection = connect(path, busy_s=busy_s, read_only=read_only)
        watch(connection)
        return connection

    schema.connect = connect_and_watch


def interrupted_at_line(step: int, act: Callable[[], object]) -> bool:
    """Whether Ctrl-C at that step, between any two lines of the store, ended `act` before it was done."""
    left = step

    def trace(frame: object, event: str, _: object) -> object:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


class FailingCommit(sqlite3.Connection):
    """A disk that reports an error at the next COMMIT, for what it did or did not do."""

    fails: Literal["never", "before it is done", "after it was done"] = "never"

    @override
    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        fails = FailingCommit.fails if sql == "COMMIT" else "never"
        if fails != "never":
            FailingCommit.fails = "never"
        if fails == "before it is done":
            raise sqlite3.OperationalError("disk I/O error")
        done = super().execute(sql, *values)
        if fails == "after it was done":
            raise sqlite3.OperationalError("disk I/O error")
        return done


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A disk that is full: this process's files may grow to `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
