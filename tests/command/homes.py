"""What a home holds, read as the command reads it, without running the fleet."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from palm_ual.model.events import AnyEvent, FleetResumed, FleetSuspended, StatementAccepted
from palm_ual.runtime.folding import fold
from palm_ual.store.journal import Journal
from palm_ual.store.sqlite import open_journal
from palm_ual.world.records import World


@contextlib.contextmanager
def journal_of(home: Path) -> Iterator[Journal]:
    """The home's journal, held while the block lasts."""
    journal = open_journal(
        str(home), lock_timeout_s=0, holder="a test", clock=time.monotonic, sleep=time.sleep
    )
    try:
        yield journal
    finally:
        journal.close()


def events_of(home: Path) -> list[AnyEvent]:
    """Everything that ever happened; nothing where there is no home yet."""
    if not home.exists():
        return []
    with journal_of(home) as journal:
        return [record.event for record in journal.events()]


def doings(home: Path) -> list[AnyEvent]:
    """What was done with the fleet: all but its coming and going."""
    return [event for event in events_of(home) if not isinstance(event, FleetResumed | FleetSuspended)]


def accepted(home: Path) -> list[str]:
    """The statements that changed the fleet, in order."""
    return [event.text for event in events_of(home) if isinstance(event, StatementAccepted)]


def world_of(home: Path) -> World:
    """The fleet as it is put away."""
    with journal_of(home) as journal:
        return fold(journal)
