"""The port between the runtime and whatever keeps its events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from palm_ual.model.events import Recorded
from palm_ual.model.logs import WrittenLine as WrittenLine


class Journal(Protocol):
    """Events in order, a snapshot that makes opening fast, and the agents' log lines.

    `append` only collects; nothing is promised before `commit` returns. A snapshot has named parts so
    that a reader may take the one it needs and leave the large ones.
    """

    def head(self) -> int:
        """`seq` of the last committed event; 0 for an empty journal."""

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        """Collect for the next commit. `seq` must go on from the last one appended."""

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

        Raises:
            HomeCorrupt: a row is damaged or missing.
        """

    def latest_events(self, *, limit: int, deployment: int | None = None) -> list[Recorded]:
        """The newest events, newest first; only those of one deployment (by uid) if given."""

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

    def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
        """The last lines the agent wrote, oldest first, at most `limit`."""

    def last_line_ms(self) -> int:
        """Fleet time of the last line any agent wrote; 0 if none did."""

    def close(self) -> None:
        """Let go of the file and its lock. Idempotent."""
