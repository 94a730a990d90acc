"""What an answer may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from palm_ual.runtime.catalog import Catalog
    from palm_ual.service.session import Session
    from palm_ual.store.journal import Journal
    from palm_ual.world.records import World


class Sources:
    """Where rows come from, and what time it is."""

    def __init__(
        self,
        world: World,
        journal: Journal,
        catalog: Catalog,
        session: Session,
        *,
        now_ms: int,
        wall_ms: int,
        owes: Callable[[int, int], str | None] | None = None,
    ) -> None:
        self.world = world
        self.journal = journal
        self.catalog = catalog
        self.session = session
        self.now_ms = now_ms
        self.wall_ms = wall_ms
        self.owes = owes
        """What an agent owes, by uid and number, where the fleet runs and can be asked."""
