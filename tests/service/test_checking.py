"""CHECK HOME: finds what is wrong with the journal, the ledger or the fleet, and changes none of it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typing_extensions import override

from palm_ual.errors import HomeCorrupt
from palm_ual.lang.statements import CheckHome
from palm_ual.model import results as rs
from palm_ual.model.events import MarketTraded
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.folding import fold
from palm_ual.service.answers import look
from palm_ual.service.session import Session
from palm_ual.service.sources import Sources
from palm_ual.store.journal import Finding, JournalReport
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.records import World
from tests.command.ual import Desk
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import arbiters, bid, buy, clerks, sell
from tests.store.homes import edit, open_at

TRADERS = "DEPLOY buyer COUNT 3 AS b; DEPLOY seller COUNT 2 AS s; DEPLOY arbiter AS a"


async def traded(fleet: Fleet) -> None:
    """Flow that is on disk, and some that is not."""
    await fleet.do(clerks(2) + "; " + clerks(1, "short", short=True) + f"; {arbiters(900)}")
    buy(fleet, "clerk_001", 3)
    sell(fleet, "short_001", 4, "Compute")
    await fleet.do("WAIT 20s; FUND clerk_001 AMOUNT 5")
    buy(fleet, "clerk_002", 10)
    bid(fleet, "clerk_001", 2, 50)


def checked(world: World, journal: MemoryJournal) -> tuple[rs.HomeChecked, HomeCorrupt | None]:
    """What a one-liner answers, and how it fails."""
    sources = Sources(world, journal, Catalog(), Session(), now_ms=world.at_ms, wall_ms=world.wall_ms)
    results = look(CheckHome(), sources)
    answer = next(results)
    assert isinstance(answer, rs.HomeChecked)
    try:
        assert list(results) == []
    except HomeCorrupt as error:
        return answer, error
    return answer, None


def test_a_running_fleet_is_as_its_journal_says() -> None:
    async def main(fleet: Fleet) -> None:
        await traded(fleet)
        (answer,) = await fleet.do("CHECK HOME")
        sums = fleet.palm.world.market.sums_now()
        assert answer == rs.HomeChecked(
            events=fleet.palm.registry.journal.head(),
            market_batches=len(fleet.events(MarketTraded)),
            compacted_batches=0,
            orders=sums.orders,
            trades=sums.trades,
            accounts=3 + 4 + 1,
            issued_cents=fleet.palm.world.issued_cents,
            file_bytes=None,
        )

    on_palm(main)


def test_a_home_that_was_put_away_is_as_its_journal_says() -> None:
    journal = MemoryJournal()
    on_palm(traded, journal)
    answer, error = checked(fold(journal), journal)
    assert (answer.findings, error) == ((), None)
    assert answer.events == journal.head()
    assert (answer.orders, answer.trades) == (4, 3)


def test_agents_that_trade_by_themselves_leave_a_home_that_is_well() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(TRADERS)
        for _ in range(5):
            await fleet.do("WAIT 20s; CANCEL ORDERS b; SCALE b TO 2; SCALE b TO 3")
            (answer,) = await fleet.do("CHECK HOME")
            assert isinstance(answer, rs.HomeChecked)
            assert answer.findings == ()

    on_palm(main)


def _richer(world: World) -> None:
    world.deployments[1].agents[1].cash_cents += 1


def _recounted(world: World) -> None:
    world.deployments[1].figures.rejected += 1
    world.deployments[1].figures.orders += 1


def _summed(world: World) -> None:
    world.market.sums = msgspec.structs.replace(world.market.sums, trades=99)


def _renamed(world: World) -> None:
    world.names[1] = "nobody"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            _richer,
            {
                "money is conserved": "treasury, agents and escrows",
                "the sum of a deployment's money is right": "x",
                "journal and fleet": "is not the one there is",
            },
        ),
        (_recounted, {"journal and fleet": "is not the one there is"}),
        (_renamed, {"journal and fleet": "is not the one there is"}),
        (_summed, {"market sums": "trades=99"}),
    ],
)
def test_a_world_that_is_not_what_the_journal_made_of_it_is_found(
    change: Callable[[World], None], found: dict[str, str]
) -> None:
    journal = MemoryJournal()
    on_palm(traded, journal)
    world = fold(journal)
    change(world)
    answer, error = checked(world, journal)
    told = {finding.what: finding.detail for finding in answer.findings}
    assert set(told) == set(found)
    assert all(detail in told[what] for what, detail in found.items())
    assert error is not None
    count = len(found)
    assert error.message == f"the home is not as it should be: {count} finding{'s' * (count > 1)}"
    assert (error.code, error.exit_status) == ("HOME_CORRUPT", 1)


class Damaged(MemoryJournal):
    """A journal that has found damage in itself, and cannot be folded again."""

    broken = False

    @override
    def verify(self) -> JournalReport:
        return msgspec.structs.replace(super().verify(), findings=(Finding("events", "row 7 is torn"),))

    @override
    def snapshot_part(self, name: str) -> bytes | None:
        return b"{" if self.broken else super().snapshot_part(name)


def test_damage_of_the_journal_is_found_and_keeps_nothing_else_from_being_checked() -> None:
    journal = Damaged()
    on_palm(traded, journal)
    world = fold(journal)
    answer, error = checked(world, journal)
    assert answer.findings == (rs.HomeFinding("events", "row 7 is torn"),)
    assert error is not None
    journal.broken = True
    _richer(world)
    answer, _ = checked(world, journal)
    assert [finding.what for finding in answer.findings] == [
        "events",
        "money is conserved",
        "the sum of a deployment's money is right",
        "journal and fleet",
    ]
    assert "contradicts itself" in answer.findings[-1].detail


def test_a_statement_that_found_something_has_failed_and_the_fleet_runs_on() -> None:
    async def main(fleet: Fleet) -> None:
        await traded(fleet)
        fleet.palm.world.deployments[1].figures.rejected += 1
        fleet.palm.world.deployments[1].figures.orders += 1
        error = await fleet.fails("CHECK HOME")
        assert isinstance(error, HomeCorrupt)
        assert error.exit_status == 1
        await fleet.do("FUND clerk_001 AMOUNT 5")

    on_palm(main, Damaged())


# As a command


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """At a home on disk."""
    desk = Desk(tmp_path, tmp_path)
    journal = open_at(desk.home)
    try:
        on_palm(traded, journal)  # type: ignore[arg-type]
    finally:
        journal.close()
    return desk


def test_a_one_liner_checks_a_home_that_nobody_holds_and_changes_nothing(desk: Desk) -> None:
    state = desk.home / "state.db"
    before = state.read_bytes()
    ran = desk.call("-c", "CHECK HOME", "-o", "json")
    assert ran.status == 0, ran.err
    assert state.read_bytes() == before
    answer = msgspec.json.decode(ran.out)
    assert answer["findings"] == []
    assert (answer["accounts"], answer["orders"], answer["trades"]) == (3 + 4 + 1, 4, 3)
    assert answer["file_bytes"] >= len(before)


def test_a_one_liner_that_finds_damage_shows_it_and_fails(desk: Desk) -> None:
    edit(desk.home, "update event set at_ms = 1 where seq = 4")
    ran = desk.call("-c", "CHECK HOME", "-o", "json")
    assert ran.status == 1
    (finding,) = msgspec.json.decode(ran.out)["findings"]
    assert finding["what"] == "events"
    assert "event 4" in finding["detail"]
    assert msgspec.json.decode(ran.err.splitlines()[-1])["code"] == "HOME_CORRUPT"


def test_a_position_that_was_closed_and_opened_again_since_the_snapshot_is_no_finding() -> None:
    async def main(fleet: Fleet) -> None:
        await fleet.do(clerks(1, short=True))
        buy(fleet, "short_001", 1, "A")
        buy(fleet, "short_001", 3, "B")
        sell(fleet, "short_001", 1, "A")
        await fleet.do("WAIT 70s")  # a snapshot is taken meanwhile
        sell(fleet, "short_001", 5, "A")
        (answer,) = await fleet.do("CHECK HOME")
        assert isinstance(answer, rs.HomeChecked)
        assert answer.findings == ()

    on_palm(main)
