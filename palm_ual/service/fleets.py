"""What belongs to a running fleet, put together for whoever runs one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from palm_ual.engines.voice import agents_heard
from palm_ual.runtime.memory import collections_put_off
from palm_ual.runtime.palm import Palm, open_palm

if TYPE_CHECKING:
    from palm_ual.engines.inprocess import InProcessEngine
    from palm_ual.runtime.catalog import Catalog
    from palm_ual.runtime.clock import Clocks
    from palm_ual.store.journal import Journal


@asynccontextmanager
async def live_fleet(
    engine: "InProcessEngine",
    journal: "Journal",
    catalog: "Catalog",
    *,
    clocks: "Clocks",
    seed: int = 0,
    guest: bool = False,
) -> AsyncIterator[Palm]:
    """The fleet of a journal, while the block lasts; what its agents print is in their logs.

    To be entered within `tuned_for_many_agents`, which says what a guest is.
    """
    async with AsyncExitStack() as life:
        life.enter_context(agents_heard(engine.hear))
        with collections_put_off(guest=guest):
            fleet = open_palm(journal, engine=engine, catalog=catalog, clocks=clocks, seed=seed)
            palm = await life.enter_async_context(fleet)
        yield palm
