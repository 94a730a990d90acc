"""The port between the runtime and whatever keeps its events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from palm_ual.model.events import FlowSums, Recorded
from palm_ual.model.logs import WrittenLine as WrittenLine

FINDINGS_MAX = 100
"""Findings that a report tells; what else is wrong is only counted."""


class Finding(Struct, frozen=True):
    """One thing that is not as it was written."""

    what: str
    """The part it is about: `file`, `events`, `snapshot`, `watermark` or `lines`."""
    detail: str


class JournalReport(Struct, frozen=True):
    """A whole journal, read from the first row to the last. What could not be read is not counted."""

    events: int
    """Rows of events; a compacted one counts once."""
    market_batches: int
    """Batches that are there with their operations."""
    compacted_rows: int
    compacted_batches: int
    """Batches that only their sums are left of, in so many `compacted_rows`."""
    sums: FlowSums
    """Of all market flow, compacted or not."""
    lines: int
    """Log lines."""
    file_bytes: int | None
    """As `Journal.size_bytes`."""
    findings: tuple[Finding, ...]


class Journal(Protocol):
    """Events in order, a snapshot that makes opening fast, and the agents' log lines.

    `append` only collects; nothing is promised before `commit` returns. A snapshot has named parts so
    that a reader may take the one it needs and leave the large ones.
    """

    def head(self) -> int:
        """`seq` of the last committed event; 0 for an empty journal."""

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        """Collect for the next commit. `seq` must go on from the last one appended.

        Raises:
            InvariantBroken: it does not, or a record is what only `compact` makes; nothing is collected.
        """

    def commit(self) -> None:
        """Make everything collected durable, whole.

        Raises:
            CommitFailed: nothing of it was written; the journal may be used on.
            OutcomeUnknown: it is not known whether it was written; the journal must be reopened.
        """

    def rollback(self) -> None:
        """Forget what was collected and not committed."""

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        """Committed events with `after < seq <= upto`, in order.

        What was compacted comes as one `MarketCompacted` with the `seq` of the last event it stands for, even
        if the first of them is not after `after`.

        Raises:
            HomeCorrupt: a row is damaged or missing.
        """

    def latest_events(
        self, *, limit: int, deployment: int | None = None, flow: bool = False
    ) -> list[Recorded]:
        """The newest events, newest first; only those of one deployment (by uid) if given.

        Market flow is left out without `flow`, and never a deployment's.
        """

    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        """Commit what is collected, in one piece with a snapshot that takes the place of the last one.

        The snapshot stands for all events up to and including `seq`, the last one appended. Raises what
        `commit` does.
        """

    def snapshot_seq(self) -> int:
        """`seq` the snapshot stands for; 0 without a snapshot."""

    def snapshot_part(self, name: str) -> bytes | None:
        """One part of the snapshot, None if there is none of that name."""

    def snapshot_parts(self) -> Iterable[str]:
        """Names of all parts."""

    def compact(self, *, before_ms: int, upto_seq: int) -> int:
        """Put sums in the place of market flow from before `before_ms` (fleet time), durably and in one piece.

        Nothing after `upto_seq` or the snapshot is touched, and nothing that is only collected. Each run of
        adjacent rows becomes one. The work of one call is bounded: returns how many batches lost their
        operations, and is to be called again until that is 0.

        Raises:
            HomeCorrupt: what would go is damaged; nothing was changed.
            CommitFailed, OutcomeUnknown: as `commit`.
        """

    def verify(self) -> JournalReport:
        """Read everything and check it against itself. Changes nothing, and reports damage without raising."""

    def size_bytes(self) -> int | None:
        """What the journal takes on disk, its log included; None for one that is not kept."""

    def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
        """The last lines the agent wrote, oldest first, at most `limit`."""

    def last_line_ms(self) -> int:
        """Fleet time of the last line any agent wrote; 0 if none did."""

    def close(self) -> None:
        """Let go of the file and its lock. Idempotent."""
