"""The journal in one SQLite file, with one connection, held by one process."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from palm_ual import __version__
from palm_ual.errors import CommitFailed, HomeError, InvariantBroken, OutcomeUnknown
from palm_ual.model.events import MarketCompacted, Recorded
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.store.faults import Damage, home_error, is_system_failure, reading
from palm_ual.store.journal import JournalReport
from palm_ual.store.opening import StateFile, open_state
from palm_ual.store.parts import contents_stamp, read_contents, read_part, replace_parts, require_possible
from palm_ual.store.rows import (
    GENESIS,
    Row,
    compacted_row,
    next_record,
    place_at,
    record_of,
    row_of,
    rows_after,
)

if TYPE_CHECKING:
    from palm_ual.store.flow import Run

_PRUNE_EVERY = LOG_LINES_PER_AGENT_MAX // 4
_LATEST = """
    SELECT this.*, (SELECT digest FROM event WHERE seq < this.seq ORDER BY seq DESC LIMIT 1)
    FROM event AS this ORDER BY this.seq DESC LIMIT :limit
"""
_LATEST_CONTROL = """
    SELECT this.*, (SELECT digest FROM event WHERE seq < this.seq ORDER BY seq DESC LIMIT 1)
    FROM event AS this INDEXED BY event_control
    WHERE this.kind NOT IN ('MarketTraded', 'MarketCompacted') ORDER BY this.seq DESC LIMIT :limit
"""
_LATEST_OF = """
    SELECT this.*, (SELECT digest FROM event WHERE seq < this.seq ORDER BY seq DESC LIMIT 1)
    FROM event AS this
    WHERE this.deployment = :uid AND this.deployment <> 0 ORDER BY this.seq DESC LIMIT :limit
"""
_OLDEST_FLOW = """
    SELECT seq, at_ms FROM event INDEXED BY event_flow WHERE kind = 'MarketTraded' ORDER BY seq LIMIT 1
"""


def open_journal(
    home: str,
    *,
    lock_timeout_s: float,
    holder: str,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> "SqliteJournal":
    """The journal of `home`, made with the home if there is none; no other process gets it until it is closed.

    `holder` is what others are told about who holds the home; `clock` gives seconds and `sleep` takes them.

    Raises:
        HomeLocked: another process still holds it after `lock_timeout_s`.
        HomeCorrupt, HomeTooNew, HomeError: it cannot be used, and is left as it is.
    """
    return SqliteJournal(
        open_state(
            home, lock_timeout_s=lock_timeout_s, holder=holder, release=__version__, clock=clock, sleep=sleep
        )
    )


class SqliteJournal:
    """A `Journal` on disk: every commit is synced before it returns.

    `write_snapshot` commits what was collected together with the snapshot.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self._rows: list[Row] = []
        self._lines: list[WrittenLine] = []
        self._closed = False
        self._has_compacted = False
        self._known: tuple[tuple[int, bytes] | None, tuple[int, dict[str, None]]] | None = None
        """The snapshot's table of contents, and the stamp of the one it was read from."""

    def head(self) -> int:
        return self._file.head[0]

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        rows: list[Row] = []
        seq, digest = self._last()
        for record in records:
            if record.seq != seq + 1 or isinstance(record.event, MarketCompacted):
                raise InvariantBroken(f"event {record.seq} cannot follow event {seq}")
            row = row_of(record, digest)
            rows.append(row)
            seq, digest = row[0], row[7]
        self._rows += rows
        self._lines += lines

    def commit(self) -> None:
        if self._rows or self._lines:
            self._write()

    def rollback(self) -> None:
        self._rows.clear()
        self._lines.clear()

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        last = self.head() if upto is None else min(upto, self.head())
        if after >= last:
            return
        with reading(self._file.path):
            after, digest = place_at(self._connection, after)
        while after < last:
            with reading(self._file.path):
                rows = rows_after(self._connection, after)
            for row in rows:
                if after >= last:
                    return
                record = next_record(row, after, digest, self._file.path)
                if record.seq > last:
                    return  # `upto` is amid what was compacted
                yield record
                after, digest = row[0], row[7]
            if not rows:
                raise Damage(self._file.path, f"event {after + 1} is missing")

    def latest_events(
        self, *, limit: int, deployment: int | None = None, flow: bool = False
    ) -> list[Recorded]:
        if limit <= 0:
            return []
        query = _LATEST_OF if deployment is not None else _LATEST if flow else _LATEST_CONTROL
        with reading(self._file.path):
            rows = self._connection.execute(query, {"uid": deployment, "limit": limit}).fetchall()
        return [record_of(row[:8], GENESIS if row[8] is None else row[8], self._file.path) for row in rows]

    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        head = self._last()
        require_possible(parts, seq, head[0])
        self._write(lambda connection: replace_parts(connection, parts, *head))

    def snapshot_seq(self) -> int:
        return self._contents()[0]

    def snapshot_part(self, name: str) -> bytes | None:
        seq, names = self._contents()
        if name not in names:
            return None
        with reading(self._file.path):
            return read_part(self._connection, self._file.path, name, seq)

    def snapshot_parts(self) -> Iterable[str]:
        return self._contents()[1]

    def compact(self, *, before_ms: int, upto_seq: int) -> int:
        upto = min(upto_seq, self.snapshot_seq())
        with reading(self._file.path):
            oldest = self._connection.execute(_OLDEST_FLOW).fetchone()
        if oldest is None or oldest[0] > upto or oldest[1] >= before_ms:
            return 0
        from palm_ual.store.flow import old_runs

        # From the row before, which may be a compacted one to go on with.
        records = self.events(after=max(oldest[0] - 2, 0), upto=upto)
        runs = list(old_runs(records, before_ms=before_ms))
        with reading(self._file.path):
            rows = [(run.first_seq, self._row_of_run(run)) for run in runs]
        _, (seq, *_, body, _) = rows[0]

        def is_there(connection: sqlite3.Connection) -> bool:
            found = connection.execute("SELECT 1 FROM event WHERE seq = ? AND body = ?", (seq, body))
            return found.fetchone() is not None

        self._transact(
            lambda connection: _replace_runs(connection, rows), head=self._file.head, is_there=is_there
        )
        self._has_compacted = True
        return sum(run.fresh for run in runs)

    def verify(self) -> JournalReport:
        from palm_ual.store.verification import verified

        return verified(self._file, self._connection)

    def size_bytes(self) -> int | None:
        return self._file.size_bytes()

    def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
        with reading(self._file.path):
            rows = self._connection.execute(
                "SELECT at_ms, text FROM line WHERE agent = ? ORDER BY n DESC LIMIT ?", (agent, max(0, limit))
            ).fetchall()
        return [WrittenLine(agent, at_ms, text) for at_ms, text in reversed(rows)]

    def last_line_ms(self) -> int:
        with reading(self._file.path):
            row = self._connection.execute("SELECT max(at_ms) FROM line").fetchone()
        return row[0] or 0

    def close(self) -> None:
        self._closed = True
        self.rollback()
        try:
            if self._has_compacted:
                self._file.shrink()
        finally:
            self._file.close()

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._closed:
            raise InvariantBroken("the journal is closed")
        connection = self._file.connection
        if connection is None:
            raise OutcomeUnknown(
                f"{self._file.path} could not be opened again after a commit that failed",
                hint="end this ual; the next one shows what is on disk: SHOW STATEMENTS",
            )
        return connection

    def _last(self) -> tuple[int, bytes]:
        """Number and digest of the last event, collected ones included."""
        return (self._rows[-1][0], self._rows[-1][7]) if self._rows else self._file.head

    def _write(self, more: Callable[[sqlite3.Connection], None] = lambda _connection: None) -> None:
        """One transaction with everything collected; it is forgotten afterwards, whatever came of it."""

        def fill(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
            self._write_lines(connection)
            more(connection)

        try:
            self._transact(fill, head=self._last())
        finally:
            self.rollback()

    def _transact(
        self,
        fill: Callable[[sqlite3.Connection], None],
        *,
        head: tuple[int, bytes],
        is_there: Callable[[sqlite3.Connection], bool] = lambda _connection: False,
    ) -> None:
        """What `fill` writes, whole or not at all; `head` is the last event then. See `StateFile.settle`."""
        connection = self._connection
        self._file.require_unmoved()
        try:
            connection.execute("BEGIN IMMEDIATE")
            fill(connection)
        except sqlite3.Error as error:
            self._file.abandon(connection)
            raise _failure(self._file.path, error) from error
        except BaseException:
            self._file.abandon(connection)
            raise
        self._file.settle(connection, head, is_there=is_there)

    def _write_lines(self, connection: sqlite3.Connection) -> None:
        by_agent: dict[str, list[WrittenLine]] = {}
        for line in self._lines:
            by_agent.setdefault(line.agent, []).append(line)
        for agent, lines in by_agent.items():
            (before,) = connection.execute("SELECT max(n) FROM line WHERE agent = ?", (agent,)).fetchone()
            first = (before or 0) + 1
            connection.executemany(
                "INSERT INTO line VALUES (?, ?, ?, ?)",
                ((agent, n, line.at_ms, _storable(line.text)) for n, line in enumerate(lines, first)),
            )
            last = first + len(lines) - 1
            if last // _PRUNE_EVERY > (first - 1) // _PRUNE_EVERY:
                connection.execute(
                    "DELETE FROM line WHERE agent = ? AND n <= ?", (agent, last - LOG_LINES_PER_AGENT_MAX)
                )

    def _contents(self) -> tuple[int, dict[str, None]]:
        """Of ten thousand deployments each has its parts: the list of them is read once, and not with each."""
        with reading(self._file.path):
            stamp = contents_stamp(self._connection)
            if self._known is None or stamp != self._known[0]:
                seq, names = read_contents(self._connection, self._file.path)
                self._known = stamp, (seq, dict.fromkeys(names))
        return self._known[1]

    def _row_of_run(self, run: "Run") -> Row:
        _, before = place_at(self._connection, run.first_seq - 1)
        _, digest = place_at(self._connection, run.record.seq)
        return compacted_row(run.record, before, digest)


def _replace_runs(connection: sqlite3.Connection, runs: Sequence[tuple[int, Row]]) -> None:
    """`runs` are the rows to be, each with the number of the first event that it stands for."""
    for first_seq, (seq, _, _, _, _, kind, body, _) in runs:
        connection.execute("DELETE FROM event WHERE seq >= ? AND seq < ?", (first_seq, seq))
        connection.execute("UPDATE event SET kind = ?, body = ? WHERE seq = ?", (kind, body, seq))


def _failure(path: str, error: sqlite3.Error) -> HomeError:
    """A transaction that did not reach its COMMIT was rolled back."""
    if is_system_failure(error):
        return CommitFailed(
            f"nothing was written to {path}: {error}", hint="make room or mend the disk, then try again"
        )
    return home_error(path, error)


def _storable(text: str) -> str:
    """An agent may write half a character; SQLite keeps none."""
    return text.encode("utf-8", "replace").decode()
