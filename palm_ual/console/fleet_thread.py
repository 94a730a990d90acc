"""A fleet in a thread of its own, for a prompt: statements go in, result events come out."""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.errors import PalmError
from palm_ual.lang import statements as st
from palm_ual.model.results import ResultEvent
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import LoopClock, WallClock, wall_ms
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.service.execute import execute
from palm_ual.service.session import Session
from palm_ual.store.journal import Journal

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class _Ended(Struct, frozen=True):
    """A statement is over; `error` says how it failed."""

    error: BaseException | None = None


class FleetThread:
    """Runs a fleet from `start` to `stop`. All methods are called from the prompt's thread.

    `open_journal` is called in the fleet's.
    """

    def __init__(self, open_journal: Callable[[], Journal], *, directories: Sequence[str]) -> None:
        self._open_journal = open_journal
        self._catalog = Catalog(directories)
        self._thread = threading.Thread(target=self._main, name="fleet")
        self._opened: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._palm: Palm | None = None

    def start(self) -> None:
        """Resume the fleet; raises what opening it raised."""
        self._thread.start()
        if (error := self._opened.get()) is not None:
            self._thread.join()
            raise error

    def stop(self) -> None:
        """Suspend the fleet; raises what its loop or the suspension raised."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def read(self, look: Callable[[Palm], T]) -> T:
        """What `look` makes of the fleet, called in the fleet's thread."""

        async def looked() -> T:
            assert self._palm is not None
            return look(self._palm)

        return self._submit(looked()).result()

    def results(
        self, statement: st.AnyLooking | st.AnyChanging | st.Wait | st.WaitFor, session: Session
    ) -> Iterator[ResultEvent]:
        """Run a statement. Closing the iterator, or an interruption, stops the waiting and not the work."""
        inbox: queue.SimpleQueue[ResultEvent | _Ended] = queue.SimpleQueue()
        running = self._submit(self._run_one(statement, session, inbox))
        try:
            while not isinstance(item := inbox.get(), _Ended):
                yield item
        except (KeyboardInterrupt, GeneratorExit):
            running.cancel()
            while not isinstance(inbox.get(), _Ended):
                continue
            raise
        if item.error is not None:
            raise item.error

    # In the fleet's thread

    def _main(self) -> None:
        try:
            journal = self._open_journal()  # here: a database connection stays in the thread that made it
            try:
                with asyncio.Runner() as runner:
                    runner.run(self._live(journal))
            finally:
                journal.close()
        except BaseException as error:  # noqa: BLE001 - whatever ended the fleet is raised in the prompt's thread
            self._failure = error
            self._opened.put(error)

    async def _live(self, journal: Journal) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        engine = InProcessEngine(0)
        async with open_palm(journal, engine=engine, catalog=self._catalog, wall=_real_wall) as palm:
            self._palm = palm
            self._opened.put(None)
            await self._stopping.wait()

    async def _run_one(
        self,
        statement: st.AnyLooking | st.AnyChanging | st.Wait | st.WaitFor,
        session: Session,
        inbox: "queue.SimpleQueue[ResultEvent | _Ended]",
    ) -> None:
        ended = _Ended()
        try:
            assert self._palm is not None
            async for event in execute(self._palm, statement, session):
                inbox.put(event)
        except BaseException as error:
            ended = _Ended(error)
            if not isinstance(error, PalmError):
                raise
        finally:
            inbox.put(ended)

    def _submit(self, coroutine: Coroutine[object, object, T]) -> "Future[T]":
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


def _real_wall(_clock: LoopClock) -> WallClock:
    return wall_ms
