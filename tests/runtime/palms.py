"""Running fleets on virtual time, spoken to in UAL."""

import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

from typing_extensions import override

from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.errors import CommitFailed, OutcomeUnknown, PalmError
from palm_ual.lang import statements as st
from palm_ual.lang.parser import parse
from palm_ual.model import events as ev
from palm_ual.model.results import Cell, ResultEvent, TableShown
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import VIRTUAL
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.service.execute import execute
from palm_ual.service.session import Session
from palm_ual.store.memory import MemoryJournal
from palm_ual.world.check import check
from tests.runtime.virtual_runs import run
from tests.world.stories import states

T = TypeVar("T")
WORKER = "tests.simulation.workers:Worker"
FOREVER_MS = 10**9


def worker(count: int = 1, name: str = "x", **config: object) -> str:
    """A statement that deploys workers, whose faults never end."""
    given = json.dumps({"until_ms": FOREVER_MS, "owes": 0, **config})
    return f"DEPLOY '{WORKER}' COUNT {count} AS {name} WITH {given}"


class Fleet:
    """One process: a running Palm and a session."""

    def __init__(self, palm: Palm) -> None:
        self.palm = palm
        self.session = Session()

    async def do(self, text: str) -> list[ResultEvent]:
        """Run statements one after the other; all results. A failing one raises."""
        results: list[ResultEvent] = []
        for statement in parse(text):
            assert not isinstance(statement, st.Help | st.Exit | st.Source)
            async with aclosing(execute(self.palm, statement, self.session)) as stream:
                async for result in stream:
                    results.append(result)
        assert check(self.palm.world) == []
        return results

    async def fails(self, text: str) -> PalmError:
        """Run a statement that fails; its error."""
        try:
            results = await self.do(text)
        except PalmError as error:
            assert check(self.palm.world) == []
            return error
        raise AssertionError(f"{text} did not fail: {results}")

    async def rows(self, text: str) -> list[dict[str, Cell]]:
        """The rows of a SHOW, by column."""
        (table,) = await self.do(text)
        assert isinstance(table, TableShown)
        names = [column.name for column in table.columns]
        return [dict(zip(names, row, strict=True)) for row in table.rows]

    def states(self, name: str = "x") -> dict[int, str]:
        deployment = self.palm.world.find(name)
        assert deployment is not None, name
        return states(deployment)

    def minds(self, name: str = "x") -> dict[int, Any]:
        """What the engine keeps of each agent that runs."""
        deployment = self.palm.world.find(name)
        assert deployment is not None, name
        images = self.palm.engine.images(deployment.uid, dict.fromkeys(deployment.agents, 0), now_ms=0)
        return {image.number: image.state for image in images}

    def events(self, kind: type[ev.Event]) -> list[Any]:
        """What happened of one kind, in order."""
        return [r.event for r in self.palm.registry.journal.events() if isinstance(r.event, kind)]


def on_palm(
    main: Callable[[Fleet], Coroutine[Any, Any, T]],
    journal: MemoryJournal | None = None,
    *,
    catalog: Catalog | None = None,
    seed: int = 7,
) -> T:
    """Open a fleet, run `main` with it, and put it away."""
    disk = MemoryJournal() if journal is None else journal

    async def process() -> T:
        async with open_palm(
            disk, engine=InProcessEngine(seed), catalog=catalog or Catalog(), clocks=VIRTUAL
        ) as palm:
            return await main(Fleet(palm))

    return run(process())


class FullDisk(MemoryJournal):
    """A journal whose commits fail as long as `full` says so, and are lost once `lost` does."""

    def __init__(self) -> None:
        super().__init__()
        self.full: Iterator[bool] = iter(())
        self.lost = False

    @override
    def commit(self) -> None:
        if self.lost:
            raise OutcomeUnknown("the disk is gone")
        if next(self.full, False):
            raise CommitFailed("the disk is full")
        super().commit()
