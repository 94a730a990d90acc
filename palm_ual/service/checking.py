"""CHECK HOME: the journal against itself, the ledger and every invariant, and the fleet against its journal."""

from collections.abc import Iterator

from palm_ual.errors import HomeCorrupt
from palm_ual.model.results import HomeChecked, HomeFinding
from palm_ual.runtime.folding import fold
from palm_ual.service.sources import Sources
from palm_ual.store.journal import JournalReport
from palm_ual.world.check import check
from palm_ual.world.records import World
from palm_ual.world.snapshot import same_world

_OWN_ACCOUNTS = 3
"""The issuer's, the treasury's and the house's."""


def check_home(sources: Sources) -> HomeChecked:
    """What was read, and what is not as it should be. All that happened must be committed.

    It reads the whole journal: a fleet that runs stands still meanwhile.
    """
    world = sources.world
    report = sources.journal.verify()
    return HomeChecked(
        events=report.events,
        market_batches=report.market_batches,
        compacted_batches=report.compacted_batches,
        orders=report.sums.orders,
        trades=report.sums.trades,
        accounts=_OWN_ACCOUNTS + world.agents + len(world.market.desk.cases),
        issued_cents=world.issued_cents,
        file_bytes=report.file_bytes,
        findings=tuple(_findings(sources, report)),
    )


def _findings(sources: Sources, report: JournalReport) -> Iterator[HomeFinding]:
    world = sources.world
    for finding in report.findings:
        yield HomeFinding(finding.what, finding.detail)
    for violation in check(world):
        yield HomeFinding(violation.invariant, violation.detail)
    if report.sums != world.market.sums:
        yield HomeFinding(
            "market sums",
            f"the journal's market flow comes to {report.sums}, the market to {world.market.sums}",
        )
    if (difference := _difference(sources, world)) is not None:
        yield HomeFinding("journal and fleet", difference)


def _difference(sources: Sources, world: World) -> str | None:
    """How the fleet as it is differs from what the journal says of it."""
    try:
        folded = fold(sources.journal)
    except HomeCorrupt as error:
        return error.message
    if same_world(folded, world):
        return None
    return f"the fleet folded again from the journal, up to event {folded.seq}, is not the one there is"


def unsound(result: HomeChecked) -> HomeCorrupt:
    """The error of a check that found something: the statement failed, the fleet may run on."""
    count = len(result.findings)
    error = HomeCorrupt(
        f"the home is not as it should be: {count} finding{'' if count == 1 else 's'}",
        hint="nothing was changed; put back a copy of the home, or start another with --home",
    )
    error.exit_status = 1
    return error
