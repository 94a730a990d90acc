"""The journal that keeps nothing: `--ephemeral`, and the simulation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from palm_ual.errors import InvariantBroken
from palm_ual.model.events import Recorded, uid_of
from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine


class MemoryJournal:
    """A `Journal` in memory, whose `reopen` is what a crash and a new start do to one on disk."""

    def __init__(self) -> None:
        self._events: list[Recorded] = []
        self._of: dict[int, list[Recorded]] = {}
        self._logs: dict[str, list[WrittenLine]] = {}
        self._snapshot: dict[str, bytes] = {}
        self._snapshot_seq = 0
        self._collected: list[Recorded] = []
        self._lines: list[WrittenLine] = []

    def head(self) -> int:
        return len(self._events)

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        for seq, record in enumerate(records, self._last() + 1):
            if record.seq != seq:
                raise InvariantBroken(f"event {record.seq} cannot follow event {seq - 1}")
        self._collected += records
        self._lines += lines

    def commit(self) -> None:
        self._events += self._collected
        for record in self._collected:
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
        last = len(self._events) if upto is None else min(upto, len(self._events))
        for index in range(after, last):
            yield self._events[index]

    def latest_events(self, *, limit: int, deployment: int | None = None) -> list[Recorded]:
        events = self._events if deployment is None else self._of.get(deployment, [])
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
        return len(self._events) + len(self._collected)
