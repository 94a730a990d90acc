"""A state file read whole and checked against itself: also all that an opening skips for its size."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from palm_ual.errors import HomeError
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.store import schema
from palm_ual.store.faults import Damage, reading
from palm_ual.store.flow import Tally
from palm_ual.store.journal import FINDINGS_MAX, Finding, JournalReport
from palm_ual.store.opening import StateFile
from palm_ual.store.parts import read_contents, read_part, unnamed_parts
from palm_ual.store.rows import GENESIS, next_record, rows_after

_LINES_KEPT_MAX = 2 * LOG_LINES_PER_AGENT_MAX


def verified(file: StateFile, connection: sqlite3.Connection) -> JournalReport:
    """The report on an open file. A part that cannot be read does not keep the others from being checked."""
    checks = _Checks(file, connection)
    checks.check_file()
    checks.check_events()
    checks.check_snapshot()
    checks.check_watermark()
    checks.check_lines()
    return checks.report()


class _Checks:
    """Reads one part after the other, and holds only a few rows at a time."""

    def __init__(self, file: StateFile, connection: sqlite3.Connection) -> None:
        self._file = file
        self._path = file.path
        self._connection = connection
        self._findings: list[Finding] = []
        self._untold = 0
        self._events = 0
        self._lines = 0
        self._flow = Tally()

    def report(self) -> JournalReport:
        findings = self._findings
        if self._untold:
            findings = [*findings, Finding("file", f"{self._untold} more findings are not told")]
        return JournalReport(
            events=self._events,
            market_batches=self._flow.batches,
            compacted_rows=self._flow.compacted_rows,
            compacted_batches=self._flow.compacted_batches,
            sums=self._flow.sums,
            lines=self._lines,
            file_bytes=self._file.size_bytes(),
            findings=tuple(findings),
        )

    def check_file(self) -> None:
        with self._finding("file"):
            schema.check(self._connection, self._path, whole=False)
        with self._finding("file"):
            for detail in schema.unsound(self._connection, at_most=FINDINGS_MAX):
                self._found("file", detail)

    def check_events(self) -> None:
        after, previous = 0, GENESIS
        with self._finding("events"):
            while rows := rows_after(self._connection, after):
                for row in rows:
                    self._events += 1
                    with self._finding("events"):
                        self._flow.add(next_record(row, after, previous, self._path).event)
                    after, previous = row[0], row[7]
            if after != self._file.head[0]:
                self._found("events", f"the last one is {after}, and {self._file.head[0]} was committed")

    def check_snapshot(self) -> None:
        with self._finding("snapshot"):
            seq, names = read_contents(self._connection, self._path)
            for name in names:
                with self._finding("snapshot"):
                    read_part(self._connection, self._path, name, seq)
            for name in unnamed_parts(self._connection, names):
                self._found("snapshot", f'there is a part "{name}" that its table of contents does not name')

    def check_watermark(self) -> None:
        with self._finding("watermark"):
            self._file.require_noted(self._connection)
            if self._file.watermark.is_damaged():
                self._found("watermark", "it cannot be read; the next commit writes it anew")

    def check_lines(self) -> None:
        """An agent's lines are numbered without gaps, and the oldest go when there are too many."""
        with self._finding("lines"):
            for agent, count, first, last in self._connection.execute(
                "SELECT agent, count(*), min(n), max(n) FROM line GROUP BY agent"
            ):
                self._lines += count
                if last - first + 1 != count:
                    self._found("lines", f"{last - first + 1 - count} lines of {agent} are missing")
                if count > _LINES_KEPT_MAX:
                    self._found("lines", f"{count} lines of {agent} are kept, of at most {_LINES_KEPT_MAX}")

    def _found(self, what: str, detail: str) -> None:
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(Finding(what, detail))
        else:
            self._untold += 1

    @contextmanager
    def _finding(self, what: str) -> Iterator[None]:
        """What a check raises about the file is found, and ends that check only."""
        try:
            with reading(self._path):
                yield
        except Damage as damage:
            self._found(what, damage.what)
        except HomeError as error:
            self._found(what, error.message)
