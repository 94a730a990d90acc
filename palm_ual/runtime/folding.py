"""The world out of a journal: its snapshot, then the events after it. Imports no asyncio."""

import msgspec

from palm_ual.errors import HomeCorrupt, InvariantBroken
from palm_ual.store.journal import Journal
from palm_ual.world.evolve import replay
from palm_ual.world.records import World
from palm_ual.world.snapshot import load_world


def fold(journal: Journal, *, agents: bool = True, statements: bool = True) -> World:
    """The world as the journal has it.

    Without `agents` (or `statements`) those parts of the snapshot are left out, but only if no event
    came after it: an event may need them.

    Raises:
        HomeCorrupt: what is stored does not make a world.
    """
    base = journal.snapshot_seq()
    behind = journal.head() > base
    try:
        world = load_world(journal.snapshot_part, agents=agents or behind, statements=statements or behind)
        if base and world.seq != base:
            raise InvariantBroken(f"the snapshot says {world.seq} and stands for {base}")
        return replay(world, journal.events(after=base)) if behind else world
    except (InvariantBroken, msgspec.MsgspecError) as error:
        raise HomeCorrupt(
            f"the home's journal contradicts itself: {error}",
            hint="nothing was changed; put back a copy of the home, or start another with --home",
        ) from error
