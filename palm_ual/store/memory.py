"""The journal that keeps nothing: `--ephemeral`, and the simulation."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from palm_ual.errors import InvariantBroken
from palm_ual.model.events import MarketCompacted, MarketTraded, Recorded, uid_of
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.store.flow import Tally, old_runs
from palm_ual.store.journal import JournalReport

_seq_of = attrgetter("seq")


class MemoryJournal:
    """A `Journal` in memory, whose `reopen` is what a crash and a new start do to one on disk."""

    def __init__(self) -> None:
        self._events: list[Recorded] = []
        self._of: dict[int, list[Recorded]] = {}
        self._control: list[Recorded] = []
        self._logs: dict[str, list[WrittenLine]] = {}
        self._snapshot: dict[str, bytes] = {}
        self._snapshot_seq = 0
        self._collected: list[Recorded] = []
        self._lines: list[WrittenLine] = []

    def head(self) -> int:
        return self._events[-1].seq if self._events else 0

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        for seq, record in enumerate(records, self._last() + 1):
            if record.seq != seq or isinstance(record.event, MarketCompacted):
                raise InvariantBroken(f"event {record.seq} cannot follow event {seq - 1}")
        self._collected += records
        self._lines += lines

    def commit(self) -> None:
        self._events += self._collected
        for record in self._collected:
            if not isinstance(record.event, MarketTraded):
                self._control.append(record)
            if deployment := uid_of(record.event):
                self._of.setdefault(deployment, []).append(record)
        for line in self._lines:
            log = self._logs.setdefault(line.agent, [])
            log.append(line)
            if len(log) >= 2 * LOG_LINES_PER_AGENT_MAX:
                del log[:-LOG_LINES_PER_AGENT_MAX]
        self.rollback()

    def rollback(self) -> None:
        self._collected.clear()
        self._lines.clear()

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        events = self._events
        last = self.head() if upto is None else upto
        begin, end = (bisect_right(events, seq, key=_seq_of) for seq in (after, last))
        for index in range(begin, end):
            yield events[index]

    def latest_events(
        self, *, limit: int, deployment: int | None = None, flow: bool = False
    ) -> list[Recorded]:
        if deployment is not None:
            events = self._of.get(deployment, [])
        else:
            events = self._events if flow else self._control
        return events[: -limit - 1 : -1] if limit > 0 else []

    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        if seq != self._last() or "" in parts:
            raise InvariantBroken(f"a snapshot of event {seq} with parts {sorted(parts)} cannot be kept")
        self.commit()
        self._snapshot = dict(parts)
        self._snapshot_seq = seq

    def snapshot_seq(self) -> int:
        return self._snapshot_seq

    def snapshot_part(self, name: str) -> bytes | None:
        return self._snapshot.get(name)

    def snapshot_parts(self) -> Iterable[str]:
        return sorted(self._snapshot)

    def compact(self, *, before_ms: int, upto_seq: int) -> int:
        upto = min(upto_seq, self._snapshot_seq)
        fresh = (record.seq for record in self.events(upto=upto) if isinstance(record.event, MarketTraded))
        first = next(fresh, upto + 1)
        runs = list(old_runs(self.events(after=max(first - 2, 0), upto=upto), before_ms=before_ms))
        kept: list[Recorded] = []
        done = 0
        for run in runs:
            kept += self._events[done : bisect_left(self._events, run.first_seq, key=_seq_of)]
            kept.append(run.record)
            done = bisect_right(self._events, run.record.seq, key=_seq_of)
        # A new list: whoever is reading goes on with the old one.
        self._events = kept + self._events[done:]
        return sum(run.fresh for run in runs)

    def verify(self) -> JournalReport:
        tally = Tally()
        for record in self._events:
            tally.add(record.event)
        return JournalReport(
            events=len(self._events),
            market_batches=tally.batches,
            compacted_rows=tally.compacted_rows,
            compacted_batches=tally.compacted_batches,
            sums=tally.sums,
            lines=sum(len(lines) for lines in self._logs.values()),
            file_bytes=None,
            findings=(),
        )

    def size_bytes(self) -> int | None:
        return None

    def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
        return self._logs.get(agent, [])[-limit:] if limit > 0 else []

    def last_line_ms(self) -> int:
        return max((lines[-1].at_ms for lines in self._logs.values() if lines), default=0)

    def reopen(self) -> None:
        """Everything committed is still there, and nothing else."""
        self.rollback()

    def close(self) -> None:
        self.rollback()

    def _last(self) -> int:
        return self._collected[-1].seq if self._collected else self.head()
