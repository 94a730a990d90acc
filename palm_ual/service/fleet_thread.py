"""A fleet in a thread of its own, beside a prompt: statements and questions go in, results come out.

Nothing here makes the prompt's thread wait but what says so, and whatever waits may be interrupted. What
only a fleet needs is imported in the fleet's thread: the first prompt is not to wait for it.
"""

import asyncio
import itertools
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from msgspec import Struct

from palm_ual.errors import LimitExceeded
from palm_ual.model.limits import QUESTIONS_WAITING_MAX, STEP_TIMEOUT_MS
from palm_ual.service.statement_at_work import StatementAtWork

if TYPE_CHECKING:
    from palm_ual.engines.inprocess import InProcessEngine
    from palm_ual.engines.watchdog import Caller
    from palm_ual.lang import statements as st
    from palm_ual.model.results import ResultEvent
    from palm_ual.runtime.palm import Palm
    from palm_ual.service.session import Session
    from palm_ual.store.journal import Journal

T = TypeVar("T")
Pause: TypeAlias = Callable[[float], None]
"""Waits for so many seconds; raises `FleetOver` at once when the fleet is not wanted any more."""


class FleetOver(Exception):
    """The fleet was put away, as it was asked to be, before it could answer."""


class _Running(Struct, frozen=True):
    """The fleet while it runs: what the prompt's thread may reach it by."""

    loop: asyncio.AbstractEventLoop
    palm: "Palm"
    engine: "InProcessEngine"
    caller: "Caller"
    tasks: asyncio.TaskGroup
    stopping: asyncio.Event


_MOMENT_S = 0.5
"""What an opening may take before it is worth a word."""
_LEAVING_LOOK_S = 0.25
_LEAVING_SAID_AT = 4
_LEAVING_LOOKS_MAX = 4 * (STEP_TIMEOUT_MS // 1_000 + 5)
"""Looks: a step that hangs is ended in time for the fleet to be put away, unless nothing can end it."""


class FleetThread:
    """Runs a fleet from `start` to `stop`. All methods are called from the prompt's thread.

    `open_journal` is called in the fleet's (a database connection stays in the thread that made it), with
    what it is to wait by for a home that another process holds. `when_over` is called there too, once, if
    the fleet ends before `stop` asked for it: `failure` says why, and `stop` raises that. `guest` is for a
    process that is not `ual`'s own: see `tuned_for_many_agents`.
    """

    def __init__(
        self,
        open_journal: "Callable[[Pause], Journal]",
        *,
        directories: Sequence[str],
        when_over: Callable[[], None] = lambda: None,
        guest: bool = False,
    ) -> None:
        self._open_journal = open_journal
        self._directories = directories
        self._when_over = when_over
        self._guest = guest
        self._thread = threading.Thread(target=self._main, name="fleet", daemon=True)
        self._opened: Future[_Running] = Future()
        self._running: _Running | None = None
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._numbers = itertools.count()
        self._asked: dict[int, Callable[[Palm | None], None]] = {}
        """Questions without an answer, oldest first. Whoever takes one out answers it: with the fleet, or,
        once it is over, without.
        """
        self._work: StatementAtWork | None = None
        """The statement at work, or the last one: a prompt has one at a time."""

    def start(self) -> None:
        """Begin to open the fleet, and return at once."""
        self._thread.start()

    @property
    def opened(self) -> bool:
        """Whether the fleet is open, and not over."""
        return self._running is not None and not self._over.is_set()

    @property
    def failure(self) -> BaseException | None:
        """What ended the fleet by itself: set before `when_over` is called."""
        return self._failure

    def wait_until_open(self, say_late: Callable[[], None] = lambda: None) -> None:
        """Wait for the fleet. Interrupted, it stops waiting, and the fleet goes on opening. `say_late` is called
        where that takes more than a moment.

        Raises:
            BaseException: whatever opening it raised, or ended it since.
        """
        if self._running is None:  # an interruption may leave a future locked for ever, so look at it no more
            try:
                self._opened.result(_MOMENT_S)
            except TimeoutError:
                if not self._opened.done():
                    say_late()
                self._opened.result()
        if self._over.is_set():
            raise self._reason()

    def stop(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Suspend the fleet and wait for that; raises what ended the fleet, or what its suspension raised.

        An interruption is raised when the fleet has been put away, and not before: it would lose what is
        being saved. If that takes long `say` is told so, and from then on an interruption leaves the fleet
        where it is: it goes on from what was written, as after a crash. So does the end of all patience.
        A fleet that is still to be opened is not.
        """
        self._stopping.set()
        if not self._thread.ident:
            return
        interruption = self._wait_until_over(say)
        if self._over.is_set():
            self._thread.join()
        else:
            say("left without: the fleet goes on from what was written, as after a crash")
        if self._failure is not None:
            raise self._failure
        if interruption is not None:
            raise interruption

    def _wait_until_over(self, say: Callable[[str], None]) -> BaseException | None:
        """As long as `stop` is to wait; what interrupted it."""
        interruption: BaseException | None = None
        for look in range(1, _LEAVING_LOOKS_MAX + 1):
            try:
                self._call_fleet(lambda running: running.stopping.set())
                if self._over.wait(_LEAVING_LOOK_S):
                    break
                if look == _LEAVING_SAID_AT:
                    who = self.at_work() or "the fleet"
                    say(f"waiting for {who} before the fleet is put away; Ctrl-C leaves without")
            except BaseException as error:  # noqa: BLE001 - whatever a signal raises, it is kept for later
                interruption = error
                if look >= _LEAVING_SAID_AT:
                    break
        return interruption

    def at_work(self) -> str | None:
        """The agent whose step is at work at this moment, to say who holds a fleet up that does not answer: so it
        is looked up from the prompt's thread, and may be out of date when it is read.
        """
        from palm_ual.model.ids import agent_id

        running = self._running
        step = None if running is None else running.engine.at_work()
        if running is None or step is None:
            return None
        uid, number, _ = step
        deployment = running.palm.world.deployments.get(uid)
        return None if deployment is None else agent_id(deployment.type_name, number)

    def ask(self, look: "Callable[[Palm], T]") -> Future[T]:
        """What `look` makes of the fleet, called in its thread once it is open: never waits.

        It must not keep what may change, and is called once or, if the future is cancelled in time, never.
        The future fails with what `look` raised, or with why the fleet is over.
        """
        found: Future[T] = Future()

        def take(palm: "Palm | None") -> None:
            if not found.set_running_or_notify_cancel():
                return
            try:
                if palm is None:
                    raise self._reason()
                found.set_result(look(palm))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked
                found.set_exception(error)

        if len(self._asked) >= QUESTIONS_WAITING_MAX:
            found.set_exception(
                LimitExceeded(f"{QUESTIONS_WAITING_MAX:,} questions are waiting for the fleet already")
            )
            return found
        number = next(self._numbers)
        self._asked[number] = take
        self._call_fleet(lambda running: self._answer(number, running.palm))
        if self._over.is_set():
            self._answer(number, None)
        return found

    def read(self, look: "Callable[[Palm], T]") -> T:
        """As `ask`, and waits for it."""
        return self.ask(look).result()

    def results(self, statement: "st.AnyRunning", session: "Session") -> "Generator[ResultEvent, None, None]":
        """Run a statement, once the fleet is open. Closing the generator, or an interruption, stops the
        waiting and not the work; a statement that waits for the fleet to open is not begun.

        Close it (`contextlib.closing`) where it may be left before its end. A second interruption does not
        wait for the fleet to take note of the first. A WATCH and a log that is followed go on once their last
        result is taken.

        Raises:
            PalmError: the statement failed, or the fleet is over.
        """
        self.wait_until_open()
        work, before = StatementAtWork(statement, session), self._work
        try:
            self._work = work
            self._call_fleet(lambda running: work.begin(running.palm, running.tasks, before))
            if self._over.is_set():
                work.end(self._reason())
            for event in work.results():
                if work.held_up:
                    self._call_fleet(lambda _: work.go_on())
                yield event
        finally:  # also after Ctrl-C, a signal that ends the process, or where the generator is closed
            if not work.over.is_set():
                self._call_fleet(lambda _: work.interrupt())
                if not self._over.is_set():
                    work.over.wait()

    def steps_watched(self, *, timeout_ms: int = STEP_TIMEOUT_MS) -> AbstractContextManager[None]:
        """While the block lasts, an agent's step that does not come back is ended.

        To be entered in the process's main thread: it takes SIGALRM and the real-time timer.
        """
        from palm_ual.engines.watchdog import steps_watched

        def at_work() -> object:
            running = self._running
            return None if running is None or self._over.is_set() else running.engine.at_work()

        def caller() -> "Caller | None":
            return None if self._running is None else self._running.caller

        return steps_watched(at_work, caller=caller, timeout_ms=timeout_ms)

    def _call_fleet(self, act: Callable[[_Running], None]) -> None:
        """Have it called in the fleet's thread, if there is a fleet to call it."""
        running = self._running
        if running is None or self._over.is_set():
            return
        try:
            running.loop.call_soon_threadsafe(act, running)
        except RuntimeError:
            assert running.loop.is_closed()

    def _reason(self) -> BaseException:
        """Why the fleet is over."""
        return self._failure or FleetOver("the fleet has been put away")

    # In the fleet's thread

    def _main(self) -> None:
        # The prompt's thread has them all, so that whatever it waits for is interrupted.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGALRM))
        try:
            self._open_and_run()
        except FleetOver:
            pass  # it was not wanted any more before it was open
        except BaseException as error:  # noqa: BLE001 - whatever ended the fleet is raised in the prompt's thread
            self._failure = error
        self._over.set()
        if not self._opened.done():
            self._opened.set_exception(self._reason())
        for number in list(self._asked):
            self._answer(number, None)
        if self._work is not None:
            self._work.end(self._reason())
        if not self._stopping.is_set():
            self._when_over()

    def _open_and_run(self) -> None:
        from palm_ual.runtime.memory import tuned_for_many_agents

        with tuned_for_many_agents(guest=self._guest), closing(self._open_journal(self._pause)) as journal:
            self._require_wanted()
            with asyncio.Runner() as runner:
                runner.run(self._live(journal))

    def _pause(self, length_s: float) -> None:
        self._stopping.wait(length_s)
        self._require_wanted()

    def _require_wanted(self) -> None:
        if self._stopping.is_set():
            raise FleetOver("the fleet was not opened")

    async def _live(self, journal: "Journal") -> None:
        from palm_ual.engines.inprocess import InProcessEngine
        from palm_ual.runtime.catalog import Catalog
        from palm_ual.runtime.clock import REAL
        from palm_ual.service.fleets import live_fleet

        engine, catalog = InProcessEngine(), Catalog(self._directories)
        async with live_fleet(engine, journal, catalog, clocks=REAL, guest=self._guest) as palm:
            await self._serve(palm, engine)

    async def _serve(self, palm: "Palm", engine: "InProcessEngine") -> None:
        from palm_ual.engines.watchdog import ThisThread
        from palm_ual.runtime.memory import tidy_for_ever

        async with asyncio.TaskGroup() as tasks:
            stopping = asyncio.Event()
            running = _Running(asyncio.get_running_loop(), palm, engine, ThisThread(), tasks, stopping)
            tidying = None if self._guest else tasks.create_task(tidy_for_ever())
            self._running = running
            self._opened.set_result(running)
            for number in list(self._asked):
                running.loop.call_soon(self._answer, number, palm)
            if not self._stopping.is_set():
                await stopping.wait()
            if tidying is not None:
                tidying.cancel()
            if self._work is not None:
                self._work.cancel()

    def _answer(self, number: int, palm: "Palm | None") -> None:
        """Answer a question, unless it is answered already."""
        take = self._asked.pop(number, None)
        if take is not None:
            take(palm)
