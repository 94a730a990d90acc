"""Market flow past its retention: which rows go, and what stands for them. The same for every journal."""

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct

from palm_ual.market.flow import plus
from palm_ual.model.events import AnyEvent, FlowSums, MarketCompacted, MarketTraded, Recorded

ROWS_AT_ONCE = 2_000
"""Rows that one call of `compact` reads at the most: the fleet stands still meanwhile."""
OPS_BYTES_AT_ONCE = 8 * 1024 * 1024
"""The same for packed operations, as a batch may be large; the one that reaches it is still taken."""


class Tally:
    """What the market flow among some events comes to."""

    def __init__(self) -> None:
        self.batches = 0
        """Those there with their operations."""
        self.compacted_rows = 0
        self.compacted_batches = 0
        self.ops = 0
        self.sums = FlowSums()

    def add(self, event: AnyEvent) -> None:
        if isinstance(event, MarketTraded):
            self.batches += 1
            self.ops += event.count
            self.sums = plus(self.sums, event.sums)
        elif isinstance(event, MarketCompacted):
            self.compacted_rows += 1
            self.compacted_batches += event.batches
            self.ops += event.ops
            self.sums = plus(self.sums, event.sums)


class Run(Struct, frozen=True):
    """Adjacent rows of market flow, and the one to put in their place."""

    record: Recorded
    first_seq: int
    fresh: int
    """How many of them are `MarketTraded`."""


def old_runs(records: Iterable[Recorded], *, before_ms: int) -> Iterator[Run]:
    """The runs of market flow from before `before_ms` (fleet time) among adjacent records, oldest first.

    What was compacted before joins its neighbours, and stays as it is where it has none. Ends at a bound of one
    call, or where the flow is too young: fleet time does not go back.
    """
    run: list[Recorded] = []
    for record in _within_bounds(records):
        if not isinstance(record.event, MarketTraded | MarketCompacted):
            yield from _joined(run)
            run = []
        elif record.at_ms < before_ms:
            run.append(record)
        else:
            break
    yield from _joined(run)


def _within_bounds(records: Iterable[Recorded]) -> Iterator[Recorded]:
    size = 0
    for record in islice(records, ROWS_AT_ONCE):
        yield record
        if isinstance(record.event, MarketTraded):
            size += len(record.event.ops)
            if size >= OPS_BYTES_AT_ONCE:
                return


def _joined(run: list[Recorded]) -> Iterator[Run]:
    """The run as one row, unless there is nothing new in it."""
    tally = Tally()
    for record in run:
        tally.add(record.event)
    if not tally.batches:
        return
    first, last = run[0], run[-1]
    first_seq, from_ms = first.seq, first.at_ms
    if isinstance(first.event, MarketCompacted):
        first_seq, from_ms = first.event.first_seq, first.event.from_ms
    stands = MarketCompacted(
        first_seq, from_ms, tally.batches + tally.compacted_batches, tally.ops, tally.sums
    )
    record = Recorded(last.seq, last.at_ms, last.wall_ms, last.statement, stands)
    yield Run(record, first_seq, tally.batches)
