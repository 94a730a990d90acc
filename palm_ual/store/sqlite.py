"""The journal in one SQLite file, with one connection, held by one process."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from palm_ual import __version__
from palm_ual.errors import CommitFailed, HomeError, InvariantBroken, OutcomeUnknown
from palm_ual.model.events import Recorded
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.store.faults import corrupt, home_error, is_system_failure, reading
from palm_ual.store.opening import StateFile, open_state
from palm_ual.store.rows import GENESIS, Row, part_digest, record_of, row_of

_READ_AT_ONCE = 1000
_PRUNE_EVERY = LOG_LINES_PER_AGENT_MAX // 4
_NEXT = "SELECT * FROM event WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_LATEST = """
    SELECT this.*, before.digest FROM event AS this LEFT JOIN event AS before ON before.seq = this.seq - 1
    ORDER BY this.seq DESC LIMIT :limit
"""
_LATEST_OF = """
    SELECT this.*, before.digest FROM event AS this LEFT JOIN event AS before ON before.seq = this.seq - 1
    WHERE this.deployment = :uid AND this.deployment <> 0 ORDER BY this.seq DESC LIMIT :limit
"""
_MANIFEST = ""
"""The snapshot's part that names the others, so that a missing one is noticed."""


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

    def head(self) -> int:
        return self._file.head[0]

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        rows: list[Row] = []
        seq, digest = self._last()
        for record in records:
            if record.seq != seq + 1:
                raise InvariantBroken(f"event {record.seq} cannot follow event {seq}")
            row = row_of(record, digest)
            rows.append(row)
            seq, digest = row[0], row[7]
        self._rows += rows
        self._lines += lines

    def commit(self) -> None:
        if self._rows or self._lines:
            self._write({}, seq=0)

    def rollback(self) -> None:
        self._rows.clear()
        self._lines.clear()

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        last = self.head() if upto is None else min(upto, self.head())
        if after >= last:
            return
        digest = self._digest_at(after)
        while after < last:
            with reading(self._file.path):
                rows: list[Row] = self._connection.execute(_NEXT, (after, last, _READ_AT_ONCE)).fetchall()
            for row in rows:
                if row[0] != after + 1:
                    break
                yield record_of(row, digest, self._file.path)
                after, digest = row[0], row[7]
            if not rows or rows[-1][0] != after:
                raise corrupt(self._file.path, f"event {after + 1} is missing")

    def latest_events(self, *, limit: int, deployment: int | None = None) -> list[Recorded]:
        if limit <= 0:
            return []
        query = _LATEST if deployment is None else _LATEST_OF
        with reading(self._file.path):
            rows = self._connection.execute(query, {"uid": deployment, "limit": limit}).fetchall()
        return [record_of(row[:8], GENESIS if row[8] is None else row[8], self._file.path) for row in rows]

    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        if seq != self._last()[0] or _MANIFEST in parts:
            raise InvariantBroken(f"a snapshot of event {seq} with parts {sorted(parts)} cannot be kept")
        self._write({**parts, _MANIFEST: msgspec.json.encode(sorted(parts))}, seq=seq)

    def snapshot_seq(self) -> int:
        return self._manifest()[0]

    def snapshot_part(self, name: str) -> bytes | None:
        seq, names = self._manifest()
        if name not in names:
            return None
        found = self._part(name)
        if found is None or found[0] != seq:
            raise corrupt(self._file.path, f'part "{name}" of its snapshot is missing')
        return found[1]

    def snapshot_parts(self) -> Iterable[str]:
        return self._manifest()[1]

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

    def _write(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        """One transaction with everything collected; it is forgotten afterwards, whatever came of it."""
        head = self._last()
        try:
            connection = self._connection
            self._file.require_unmoved()
            try:
                self._fill_transaction(connection, parts, seq, head[1])
            except sqlite3.Error as error:
                self._file.abandon(connection)
                raise _failure(self._file.path, error) from error
            except BaseException:
                self._file.abandon(connection)
                raise
        finally:
            self.rollback()
        self._file.settle(connection, head)

    def _fill_transaction(
        self, connection: sqlite3.Connection, parts: Mapping[str, bytes], seq: int, digest: bytes
    ) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._write_lines(connection)
        if parts:
            _replace_snapshot(connection, parts, seq, digest)

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

    def _digest_at(self, seq: int) -> bytes:
        if seq == 0:
            return GENESIS
        with reading(self._file.path):
            row = self._connection.execute("SELECT digest FROM event WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise corrupt(self._file.path, f"event {seq} is missing")
        digest: bytes = row[0]
        return digest

    def _manifest(self) -> tuple[int, list[str]]:
        """What the snapshot stands for, and the names of its parts."""
        found = self._part(_MANIFEST)
        if found is None:
            with reading(self._file.path):
                if self._connection.execute("SELECT 1 FROM snapshot").fetchone():
                    raise corrupt(self._file.path, "its snapshot has lost its table of contents")
            return 0, []
        return found[0], msgspec.json.decode(found[1], type=list[str])

    def _part(self, name: str) -> tuple[int, bytes] | None:
        with reading(self._file.path):
            row = self._connection.execute(
                "SELECT seq, body, digest FROM snapshot WHERE part = ?", (name,)
            ).fetchone()
        if row is None:
            return None
        seq, body, digest = row
        if part_digest(name, seq, self._digest_at(seq), body) != digest:
            raise corrupt(self._file.path, f'part "{name}" of its snapshot is damaged or was edited')
        return seq, body


def _replace_snapshot(
    connection: sqlite3.Connection, parts: Mapping[str, bytes], seq: int, head: bytes
) -> None:
    connection.execute("DELETE FROM snapshot")
    connection.executemany(
        "INSERT INTO snapshot VALUES (?, ?, ?, ?)",
        ((name, seq, body, part_digest(name, seq, head, body)) for name, body in parts.items()),
    )


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
