"""One statement on its way through a fleet that lives in another thread than whoever waits for its results."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from palm_ual.errors import PalmError

if TYPE_CHECKING:
    from palm_ual.lang import statements as st
    from palm_ual.model.results import ResultEvent
    from palm_ual.runtime.palm import Palm
    from palm_ual.service.session import Session


_WAIT_S = 0.25


class _Ended(Struct, frozen=True):
    """A statement is over; `error` says how it failed."""

    error: BaseException | None = None


class StatementAtWork:
    """Set up in the prompt's thread, then the fleet's alone but for `results`, `held_up` and `over`.

    A result that the prompt's thread was interrupted at may be lost to it; `over` is not.
    """

    def __init__(self, statement: "st.AnyRunning", session: "Session") -> None:
        self.over = threading.Event()
        self.held_up = False
        """Whether the statement waits for its results to be taken: `go_on` is to be called, now or soon."""
        self._statement = statement
        self._session = session
        self._inbox: queue.SimpleQueue[ResultEvent | _Ended] = queue.SimpleQueue()
        self._taken: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._interrupted = False

    # In the prompt's thread

    def results(self) -> "Iterator[ResultEvent]":
        """As they happen, each waited for. Raises what failed the statement, or ended the fleet."""
        while not isinstance(item := self._next(), _Ended):
            yield item
        if item.error is not None:
            raise item.error

    def _next(self) -> "ResultEvent | _Ended":
        """A signal that arrives just before the waiting begins is not seen until that ends, so it has an end."""
        while True:
            with suppress(queue.Empty):
                return self._inbox.get(timeout=_WAIT_S)

    # In the fleet's thread

    def begin(self, palm: "Palm", tasks: asyncio.TaskGroup, before: "StatementAtWork | None") -> None:
        """The one before it may still be there, if its prompt did not wait for it: it is left first."""
        if not self._interrupted:
            self._task = tasks.create_task(self._run(palm, before))
            self._task.add_done_callback(self._left)

    async def _run(self, palm: "Palm", before: "StatementAtWork | None") -> None:
        from palm_ual.service.execute import execute

        try:
            if before is not None:
                await before.leave()
            async with aclosing(execute(palm, self._statement, self._session)) as events:
                async for event in events:
                    await self._tell(event)
        except PalmError as error:
            self.end(error)
        else:
            self.end()

    async def _tell(self, event: "ResultEvent") -> None:
        """What may go on for ever waits until it is taken: it must not pile up before a terminal that is slow or
        stands still. Everything else has an end.
        """
        from palm_ual.model.results import LogShown, Watched

        self._inbox.put(event)
        if not isinstance(event, Watched | LogShown):
            return
        while not self._inbox.empty():
            taken = self._taken = asyncio.Event()
            self.held_up = True  # from here on it is told, so look once more
            if not self._inbox.empty():
                await taken.wait()
            self.held_up = False

    def go_on(self) -> None:
        """Something was taken since the statement was found held up."""
        if self._taken is not None:
            self._taken.set()

    def _left(self, task: "asyncio.Task[None]") -> None:
        """A task may be cancelled before its first line has run. One that ends with the fleet is told so by
        whoever ends that.
        """
        if self._interrupted and not self.over.is_set():
            self.end()

    async def leave(self) -> None:
        """Have it end, and wait until it has."""
        if self._task is not None and not self._task.done():
            self.interrupt()
            await asyncio.wait([self._task])

    def end(self, error: BaseException | None = None) -> None:
        """It has ended, or, called by whoever ends the fleet in either thread, never will."""
        self.over.set()
        self._inbox.put(_Ended(error))

    def interrupt(self) -> None:
        """Before or after the statement has begun."""
        self._interrupted = True
        if self._task is None:
            self.end()
        else:
            self._task.cancel()

    def cancel(self) -> None:
        """The fleet ends; whoever ends it tells."""
        if self._task is not None:
            self._task.cancel()
