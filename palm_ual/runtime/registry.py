"""The one writer: events go into the world and the journal here, and nowhere else."""

from msgspec import Struct

from palm_ual.errors import CommitFailed, HomeCorrupt, HomeError
from palm_ual.market import flow
from palm_ual.market.market import Market
from palm_ual.model.events import AnyEvent, MarketTraded, Recorded, StatementAccepted, StatementEnded
from palm_ual.model.limits import (
    FLOW_BATCH_MS,
    FLOW_BATCH_OPS_MAX,
    SNAPSHOT_EVENTS_MAX,
    SNAPSHOT_EVERY_MS,
)
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.clock import FleetClock, WallClock
from palm_ual.runtime.folding import fold
from palm_ual.store.journal import Journal
from palm_ual.world.evolve import evolve
from palm_ual.world.records import World
from palm_ual.world.snapshot import snapshot_parts

_SNAPSHOT_PAUSE_MS = 1_000
"""At the least between two tries, however many events come."""


class Committed(Struct, frozen=True):
    """What one commit made durable."""

    records: list[Recorded]
    lines: list[WrittenLine]


class Batch:
    """Market flow since the last row of it: applied to the world already, and still to be recorded.

    See `palm_ual.market.flow` for what is in it.
    """

    __slots__ = ("count", "number", "ops", "since_ms", "uid")

    def __init__(self) -> None:
        self.ops: flow.Ops = []
        self.count = 0
        self.since_ms = 0
        """Fleet time of the first operation."""
        self.uid = self.number = -1
        """Who acted last."""

    def add(self, market: Market, op: tuple[int, ...]) -> None:
        """An operation that the market has taken."""
        if not self.count:
            self.since_ms = market.now_ms
        self.ops += op
        self.count += 1
        market.applied += 1


class Registry:
    """World and journal kept as one. Synchronous: nothing can come between a check and its write."""

    def __init__(self, journal: Journal, world: World, clock: FleetClock, wall: WallClock) -> None:
        self.journal = journal
        self.world = world
        self.clock = clock
        self.wall_ms = wall
        """Reads the wall clock."""
        self._snapshot_seq = journal.snapshot_seq()
        self._snapshot_ms = clock.now_ms()
        self.batch = Batch()
        """Market flow that is still to be recorded."""
        self._pending: list[Recorded] = []
        self._lines: list[WrittenLine] = []
        self.statement = 0
        """The statement that events are now caused by; 0 for none."""
        self._acceptance: StatementAccepted | None = None
        self._outcomes: dict[int, StatementEnded] = {}
        """How statements ended, by number, until a commit has kept it."""
        self._outcomes_recorded: set[int] = set()
        """Those of them that are among what is pending."""
        self.lost: BaseException | None = None
        """Why nothing may be written any more, once that is so: the journal has to be reopened (a commit had
        an unknown outcome, the home is gone), or the world is torn (an event did not fit it).
        """

    def record(self, event: AnyEvent, *, statement: int | None = None) -> Recorded:
        """Fold an event into the world and collect it for the next commit.

        Raises:
            InvariantBroken, HomeError: nothing may be written any more; see `lost`.
        """
        if self.lost is not None:
            raise self.lost
        self.close_batch()
        if statement in (None, self.statement):
            self.keep_statement()
        return self._record(event, self.statement if statement is None else statement)

    def close_batch(self) -> None:
        """Record the market flow so far, before whatever comes after it."""
        batch, market = self.batch, self.world.market
        if not batch.count:
            return
        try:
            sums = flow.minus(market.sums_now(), market.sums)
            first = market.applied - batch.count + 1
            event = MarketTraded(first, batch.count, flow.pack(batch.ops), sums)
        except BaseException as error:
            self.lost = error  # what happened cannot be told
            raise
        self.batch = Batch()
        self._record(event, 0)

    def _record(self, event: AnyEvent, statement: int) -> Recorded:
        record = Recorded(
            self.world.seq + 1,
            max(self.clock.now_ms(), self.world.at_ms),
            self.wall_ms(),
            statement,
            event,
        )
        try:
            evolve(self.world, record)
        except BaseException as error:
            self.lost = error
            raise
        self._pending.append(record)
        return record

    def begin_statement(self, text: str, because: str | None) -> int:
        """Number a statement. It enters the history with its first event: one that is refused leaves nothing."""
        self.statement = self.world.last_statement + 1
        self._acceptance = StatementAccepted(text, because)
        return self.statement

    def keep_statement(self) -> None:
        """Take the statement into the history though it changes nothing of the fleet."""
        if self._acceptance is not None:
            acceptance, self._acceptance = self._acceptance, None
            self.record(acceptance, statement=self.statement)

    def end_statement(self, number: int, ended: StatementEnded) -> None:
        """Have an accepted statement's outcome go with the next commit that succeeds, however many fail before."""
        self._outcomes[number] = ended

    def forget_statement(self) -> None:
        """The statement was refused, or is over: what is recorded next is not its doing."""
        self._acceptance = None
        self.statement = 0

    def write_lines(self, lines: list[WrittenLine]) -> None:
        """Collect log lines for the next commit."""
        self._lines += lines

    def commit_due(self) -> bool:
        """Whether something is to be made durable now: market flow may wait a little for more of it."""
        batch = self.batch
        flowed = batch.count and (
            batch.count >= FLOW_BATCH_OPS_MAX or self.clock.now_ms() >= batch.since_ms + FLOW_BATCH_MS
        )
        return bool(self._pending or self._lines or self._outcomes or flowed or self.lost)

    def flow_due_ms(self) -> int | None:
        """When the market flow so far has waited long enough; None if there is none."""
        return self.batch.since_ms + FLOW_BATCH_MS if self.batch.count else None

    def commit(self) -> Committed:
        """Make what was recorded and written durable; returns it.

        Raises:
            CommitFailed: nothing was written; the world is folded again from the journal, and the caller
                brings its engine in line with it.
            HomeError: any other is the end of writing; every later commit says it again.
        """
        if self.lost is not None:
            raise self.lost
        self.close_batch()
        self.record_outcomes()
        if not self._pending and not self._lines:
            return Committed([], [])
        pending, self._pending = self._pending, []
        lines, self._lines = self._lines, []
        try:
            self.journal.append(pending, lines)
            self.journal.commit()
        except CommitFailed:
            self.journal.rollback()
            self.batch = Batch()
            self._outcomes_recorded.clear()
            self.forget_statement()
            try:
                self.world = fold(self.journal)
            except BaseException as error:
                self.lost = error
                raise
            raise
        except HomeError as error:
            self.lost = error
            raise
        self._outcomes.clear()
        self._outcomes_recorded.clear()
        return Committed(pending, lines)

    def record_outcomes(self) -> None:
        """Record the outcomes that no commit has kept yet, each once."""
        for number, ended in self._outcomes.items():
            if number not in self._outcomes_recorded:
                self._outcomes_recorded.add(number)
                self.record(ended, statement=number)

    def snapshot_due(self) -> bool:
        """Whether so many events came since the last snapshot that opening would become slow, or so much
        fleet time passed that agents' own states would be lost with the process.
        """
        passed_ms = self.clock.now_ms() - self._snapshot_ms
        many = self.world.seq - self._snapshot_seq >= SNAPSHOT_EVENTS_MAX
        return passed_ms >= SNAPSHOT_EVERY_MS or (many and passed_ms >= _SNAPSHOT_PAUSE_MS)

    def write_snapshot(self, extra: dict[str, bytes]) -> None:
        """Put the world away, with `extra` parts that stand for the same moment, and what is still to be committed.

        Raises:
            CommitFailed: nothing of it was written; what was to be committed still is.
            HomeError: any other is the end of writing.
        """
        if self.lost is not None:
            raise self.lost
        self._snapshot_ms = self.clock.now_ms()
        self.close_batch()
        self.record_outcomes()
        try:
            self.journal.append(self._pending, self._lines)
            self.journal.write_snapshot({**snapshot_parts(self.world), **extra}, seq=self.world.seq)
        except CommitFailed:
            self.journal.rollback()
            raise
        except HomeError as error:
            self.lost = error
            raise
        self._pending, self._lines = [], []
        self._outcomes.clear()
        self._outcomes_recorded.clear()
        self._snapshot_seq = self.world.seq

    def compact(self) -> bool:
        """Put sums in the place of some of the market flow that is past its retention; False if none is left.

        Raises:
            HomeError: other than that the disk is full or what would go is damaged, which leaves things as
                they are: the end of writing.
        """
        retention_ms = self.world.retention_ms
        if self.lost is not None or retention_ms is None:
            return False
        try:
            before_ms = self.clock.now_ms() - retention_ms
            return self.journal.compact(before_ms=before_ms, upto_seq=self._snapshot_seq) > 0
        except (CommitFailed, HomeCorrupt):
            return False
        except HomeError as error:
            self.lost = error
            raise
