"""A fleet in a thread of its own, for a prompt: statements go in, result events come out."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from msgspec import Struct

from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.engines.voice import agents_heard
from palm_ual.errors import PalmError
from palm_ual.lang import statements as st
from palm_ual.model.results import ResultEvent
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import REAL
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.service.execute import execute
from palm_ual.service.session import Session
from palm_ual.store.journal import Journal

T = TypeVar("T")


class _Ended(Struct, frozen=True):
    """A statement is over; `error` says how it failed."""

    error: BaseException | None = None


class _Running(Struct):
    """The fleet while it runs: what the prompt's thread may reach it by."""

    loop: asyncio.AbstractEventLoop
    palm: Palm
    statements: asyncio.TaskGroup
    stopping: asyncio.Event
    working: asyncio.Task[None] | None = None
    """The statement at work: a prompt has one at a time."""


class FleetThread:
    """Runs a fleet from `start` to `stop`. All methods are called from the prompt's thread.

    `open_journal` is called in the fleet's: a database connection stays in the thread that made it.
    """

    def __init__(self, open_journal: Callable[[], Journal], *, directories: Sequence[str]) -> None:
        self._open_journal = open_journal
        self._catalog = Catalog(directories)
        self._thread = threading.Thread(target=self._main, name="fleet", daemon=True)
        self._opened: Future[_Running] = Future()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Resume the fleet; raises what opening it raised. Interrupted, it is left to end with the process."""
        self._thread.start()
        self._opened.result()

    def stop(self) -> None:
        """Suspend the fleet; raises what its loop or the suspension raised."""
        running = self._opened.result()
        if self._thread.is_alive():
            running.loop.call_soon_threadsafe(running.stopping.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def read(self, look: Callable[[Palm], T]) -> T:
        """What `look` makes of the fleet, called in the fleet's thread. It must not keep what may change."""
        found: Future[T] = Future()

        def take(palm: Palm) -> None:
            try:
                found.set_result(look(palm))
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that asked
                found.set_exception(error)

        running = self._alive()
        running.loop.call_soon_threadsafe(take, running.palm)
        return found.result()

    def results(
        self, statement: st.AnyLooking | st.AnyChanging | st.Wait | st.WaitFor, session: Session
    ) -> Iterator[ResultEvent]:
        """Run a statement. Closing the iterator, or an interruption, stops the waiting and not the work."""
        inbox: queue.SimpleQueue[ResultEvent | _Ended] = queue.SimpleQueue()
        running = self._alive()

        def begin() -> None:
            running.working = running.statements.create_task(
                _run_one(running.palm, statement, session, inbox)
            )

        def interrupt() -> None:
            if running.working is not None:
                running.working.cancel()

        running.loop.call_soon_threadsafe(begin)
        try:
            while not isinstance(item := inbox.get(), _Ended):
                yield item
        except (KeyboardInterrupt, GeneratorExit):
            running.loop.call_soon_threadsafe(interrupt)
            while not isinstance(inbox.get(), _Ended):
                continue
            raise
        if item.error is not None:
            raise item.error

    def _alive(self) -> _Running:
        """The running fleet; raises what ended it, if it has ended."""
        if not self._thread.is_alive() and self._failure is not None:
            raise self._failure
        return self._opened.result()

    # In the fleet's thread

    def _main(self) -> None:
        try:
            journal = self._open_journal()
            try:
                with asyncio.Runner() as runner:
                    runner.run(self._live(journal))
            finally:
                journal.close()
        except BaseException as error:  # noqa: BLE001 - whatever ended the fleet is raised in the prompt's thread
            self._failure = error
            if not self._opened.done():
                self._opened.set_exception(error)

    async def _live(self, journal: Journal) -> None:
        stopping, engine = asyncio.Event(), InProcessEngine()
        with agents_heard(engine.hear):
            async with open_palm(journal, engine=engine, catalog=self._catalog, clocks=REAL) as palm:
                await self._serve(palm, stopping)

    async def _serve(self, palm: Palm, stopping: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as statements:
            running = _Running(asyncio.get_running_loop(), palm, statements, stopping)
            self._opened.set_result(running)
            await stopping.wait()
            if running.working is not None:
                running.working.cancel()


async def _run_one(
    palm: Palm,
    statement: st.AnyLooking | st.AnyChanging | st.Wait | st.WaitFor,
    session: Session,
    inbox: "queue.SimpleQueue[ResultEvent | _Ended]",
) -> None:
    ended = _Ended()
    try:
        async for event in execute(palm, statement, session):
            inbox.put(event)
    except PalmError as error:
        ended = _Ended(error)
    except BaseException as error:
        ended = _Ended(error)
        raise
    finally:
        inbox.put(ended)
