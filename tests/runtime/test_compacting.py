"""A home that trades for hours keeps of its flow what its retention says, and sums of the rest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from palm_ual.errors import CommitFailed, HomeCorrupt, HomeError, OutcomeUnknown, PalmError
from palm_ual.market.flow import plus
from palm_ual.model import events as ev
from palm_ual.model import results as rs
from palm_ual.model.limits import SNAPSHOT_EVERY_MS
from palm_ual.runtime.folding import fold
from palm_ual.store.journal import Journal
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import Fleet, FullDisk, on_palm
from tests.service.floor import bid, buy, clerks
from tests.store.homes import open_at

TRADERS = 'DEPLOY seller COUNT 2 AS s WITH {"funding": 100000, "budget": 50000}; DEPLOY buyer COUNT 4 AS b'


class Shelf(FullDisk):
    """A journal whose compaction fails as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Iterator[PalmError | None] = iter(())
        self.calls: list[int] = []

    @override
    def compact(self, *, before_ms: int, upto_seq: int) -> int:
        if (error := next(self.failing, None)) is not None:
            raise error
        gone = super().compact(before_ms=before_ms, upto_seq=upto_seq)
        self.calls.append(gone)
        return gone


def sums_of(journal: Journal) -> ev.FlowSums:
    sums = ev.FlowSums()
    for record in journal.events():
        if isinstance(record.event, ev.MarketTraded | ev.MarketCompacted):
            sums = plus(sums, record.event.sums)
    return sums


def rows_of(journal: Journal) -> list[ev.Recorded]:
    return list(journal.events())


def flow_rows(journal: Journal) -> list[ev.Recorded]:
    return [record for record in rows_of(journal) if isinstance(record.event, ev.MarketTraded)]


async def is_sound(fleet: Fleet) -> None:
    """The journal says what the fleet is, and comes to what the market came to."""
    (answer,) = await fleet.do("CHECK HOME")
    assert isinstance(answer, rs.HomeChecked)
    assert answer.findings == ()
    journal = fleet.palm.registry.journal
    assert sums_of(journal) == fleet.palm.world.market.sums_now()
    assert same_world(fold(journal), fleet.palm.world)


def test_rows_stay_few_however_long_a_fleet_trades() -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}")
        counted: list[int] = []
        for _ in range(6):
            await fleet.do("WAIT 20m")
            counted.append(len(rows_of(journal)))
            await is_sound(fleet)
        written = fleet.palm.world.seq
        assert written > 20 * counted[-1]
        assert max(counted) - min(counted) < counted[0]
        oldest_ms = flow_rows(journal)[0].at_ms
        assert 60_000 <= fleet.palm.now_ms - oldest_ms <= 60_000 + 2 * SNAPSHOT_EVERY_MS
        compacted = [r.event for r in rows_of(journal) if isinstance(r.event, ev.MarketCompacted)]
        assert sum(event.batches for event in compacted) == sum(journal.calls)

    on_palm(main, journal)


def test_a_file_stays_small_however_long_a_fleet_trades(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    journal = open_at(home)

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}; WAIT 10m")
        sizes: list[int] = []
        for _ in range(3):
            await fleet.do("WAIT 10m")
            size = journal.size_bytes()
            assert size is not None
            sizes.append(size)
        assert sizes[2] - sizes[0] < sizes[0] // 10
        await is_sound(fleet)

    on_palm(main, journal)  # type: ignore[arg-type]
    journal.close()
    journal = open_at(home)

    async def again(fleet: Fleet) -> None:
        await fleet.do("WAIT 2m")
        await is_sound(fleet)

    on_palm(again, journal)  # type: ignore[arg-type]
    journal.close()


def test_without_retention_everything_is_kept() -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = off; {TRADERS}; WAIT 20m")
        assert len(rows_of(journal)) == fleet.palm.world.seq
        await is_sound(fleet)

    on_palm(main, journal)
    assert journal.calls == []


def test_a_shorter_retention_holds_for_what_is_there() -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"{TRADERS}; WAIT 20m")
        assert len(rows_of(journal)) == fleet.palm.world.seq
        await fleet.do("SET retention = 2m; WAIT 2m")
        assert flow_rows(journal)[0].at_ms >= fleet.palm.now_ms - 120_000 - 2 * SNAPSHOT_EVERY_MS
        await is_sound(fleet)

    on_palm(main, journal)
    assert sum(journal.calls) > 500


def test_what_is_past_its_retention_goes_as_a_fleet_is_put_away() -> None:
    journal = Shelf()

    async def first(fleet: Fleet) -> None:
        await fleet.do(clerks(1))
        for _ in range(5):
            buy(fleet, "clerk_001", 1)
            fleet.palm.commit()
        await fleet.do("WAIT 30s")

    async def second(fleet: Fleet) -> None:
        await fleet.do("SET retention = 1m; WAIT 58s")
        assert journal.calls in ([], [0])

    on_palm(first, journal)
    on_palm(second, journal)
    assert sum(journal.calls) > 5
    before = fold(journal)

    async def third(fleet: Fleet) -> None:
        await is_sound(fleet)
        assert before.market.sums == fleet.palm.world.market.sums

    on_palm(third, journal)


@pytest.mark.parametrize(
    "error", [CommitFailed("the disk is full"), HomeCorrupt("a row is damaged")], ids=["full", "damaged"]
)
def test_a_compaction_that_fails_leaves_the_fleet_at_work_and_is_tried_again(error: HomeError) -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}")
        journal.failing = iter([error] * 5)
        await fleet.do("WAIT 5m")
        kept = len(rows_of(journal))
        orders = fleet.palm.world.market.orders_count
        assert (journal.calls, kept) == ([], fleet.palm.world.seq)
        await is_sound(fleet)
        await fleet.do("WAIT 5m")
        assert next(journal.failing, None) is None
        assert len(rows_of(journal)) < kept
        assert fleet.palm.world.market.orders_count > orders
        assert fleet.states("b") == dict.fromkeys(range(1, 5), "Ready")
        await is_sound(fleet)

    on_palm(main, journal)


def test_a_disk_that_fills_while_a_fleet_trades_costs_what_was_not_written_and_no_more() -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}; WAIT 3m")
        for failing in (1, 7, 90):
            journal.full = iter([True] * failing)
            await fleet.do("WAIT 4m")
            assert next(journal.full, None) is None
            await is_sound(fleet)
        assert len(rows_of(journal)) * 3 < fleet.palm.world.seq

    on_palm(main, journal)


def test_a_home_that_is_gone_ends_writing_as_it_is_compacted() -> None:
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}")
        journal.failing = iter([OutcomeUnknown("it is gone")])
        await fleet.do("WAIT 5m")

    with pytest.raises(OutcomeUnknown, match="it is gone"):
        on_palm(main, journal)
    assert journal.calls == []


def test_an_order_that_rests_longer_than_its_flow_is_kept_still_rests() -> None:
    journal = Shelf()

    async def first(fleet: Fleet) -> None:
        await fleet.do("SET retention = 1m; " + clerks(1))
        bid(fleet, "clerk_001", 3, 20)
        await fleet.do("WAIT 10m")
        assert sum(journal.calls) > 0

    async def second(fleet: Fleet) -> None:
        (order,) = fleet.palm.world.market.orders.values()
        assert (order.id, order.left, order.price_cents, order.at_ms) == (1, 3, 20_00, 0)
        await fleet.do("CANCEL ORDERS clerk_001")
        await is_sound(fleet)

    on_palm(first, journal)
    on_palm(second, journal)


def test_a_journal_in_memory_is_what_its_events_say_after_all_of_it() -> None:
    """What is left after the last snapshot makes the world, without what was compacted."""
    journal = Shelf()

    async def main(fleet: Fleet) -> None:
        await fleet.do(f"SET retention = 1m; {TRADERS}; WAIT 10m")

    on_palm(main, journal)
    seqs = [record.seq for record in rows_of(journal)]
    assert seqs == sorted(set(seqs))
    assert journal.verify().findings == ()
    assert journal.verify().sums == fold(journal).market.sums
