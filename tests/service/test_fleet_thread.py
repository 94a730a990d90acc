"""A fleet in a thread of its own: opening, asking, running, interrupting, ending."""

import gc
import itertools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.contract import Sight, Step, Write
from palm_ual.errors import CommitFailed, HomeLocked, LimitExceeded, NotFound, OutcomeUnknown
from palm_ual.lang.parser import parse
from palm_ual.model import results as rs
from palm_ual.runtime.palm import Palm
from palm_ual.service.fleet_thread import FleetOver, FleetThread, Pause
from palm_ual.service.session import Session
from palm_ual.store.journal import Journal
from palm_ual.store.memory import MemoryJournal
from tests.command.odd import Nothing, Odd

if TYPE_CHECKING:
    from palm_ual.lang.statements import AnyRunning

SOON_S = 20.0
"""Far more than anything here takes on a busy machine."""
HERE = "tests.service.test_fleet_thread"


def one(text: str) -> "AnyRunning":
    (statement,) = parse(text)
    return statement  # type: ignore[return-value]


class Gate:
    """A journal that opens when it is let, as one does that another process holds."""

    def __init__(self, journal: Journal | BaseException) -> None:
        self.journal = journal
        self.let = threading.Event()
        self.reached = threading.Event()

    def open(self, pause: Pause) -> Journal:
        self.reached.set()
        while not self.let.is_set():
            pause(0.001)
        if isinstance(self.journal, BaseException):
            raise self.journal
        return self.journal


@contextmanager
def fleet_of(
    journal: Journal | None = None, *, when_over: Callable[[], None] = lambda: None
) -> Iterator[FleetThread]:
    kept = MemoryJournal() if journal is None else journal
    fleet = FleetThread(lambda _pause: kept, directories=(), when_over=when_over)
    fleet.start()
    try:
        yield fleet
    finally:
        fleet.stop()


def run(fleet: FleetThread, text: str, session: Session | None = None) -> list[rs.ResultEvent]:
    return list(fleet.results(one(text), session or Session()))


def agents(palm: Palm) -> int:
    return palm.world.agents


def later(looks: int) -> Callable[[], bool]:
    """So at the look after so many."""
    counted = itertools.count()
    return lambda: next(counted) >= looks


def interrupted(when: Callable[[], bool], act: Callable[[], object]) -> bool:
    """Whether Ctrl-C, sent to the prompt's thread (the main one) as soon as it is so, ends what is done there."""
    done = threading.Event()
    prompt = threading.main_thread().ident
    assert prompt is not None

    def watch() -> None:
        while not when():
            if done.wait(0.001):
                return
        signal.pthread_kill(prompt, signal.SIGINT)

    watcher = threading.Thread(target=watch)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        watcher.start()
        act()
    except KeyboardInterrupt:
        return True
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)
    return False


# Its process


@pytest.mark.parametrize("guest", [False, True])
def test_the_process_is_as_it_was_once_the_fleet_is_over(guest: bool) -> None:
    def settings() -> tuple[object, ...]:
        return gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()

    before = settings()
    for _ in range(2):
        fleet = FleetThread(lambda _pause: MemoryJournal(), directories=(), guest=guest)
        fleet.start()
        run(fleet, "DEPLOY buyer")
        assert (gc.get_freeze_count() == 0) is guest
        fleet.stop()
        assert settings() == before


# Opening


def test_a_start_returns_before_the_home_is_open() -> None:
    gate = Gate(MemoryJournal())
    fleet = FleetThread(gate.open, directories=())
    fleet.start()
    assert gate.reached.wait(SOON_S)
    assert not fleet.opened
    gate.let.set()
    fleet.wait_until_open()
    assert fleet.opened
    fleet.stop()
    assert not fleet.opened


def test_questions_from_before_the_opening_are_answered_in_their_order() -> None:
    gate = Gate(MemoryJournal())
    fleet = FleetThread(gate.open, directories=())
    early: list[int] = []

    def ask(number: int) -> Future[None]:
        return fleet.ask(lambda _palm: early.append(number))

    asked = [ask(number) for number in range(3)]
    fleet.start()
    assert gate.reached.wait(SOON_S)
    asked += [ask(number) for number in range(3, 6)]
    assert not any(one.done() for one in asked)
    gate.let.set()
    for question in asked:
        question.result(SOON_S)
    assert early == [0, 1, 2, 3, 4, 5]
    fleet.stop()


def test_a_home_that_cannot_be_opened_fails_whoever_waits_and_says_so_once() -> None:
    locked, over = HomeLocked("held by process 7"), threading.Semaphore(0)
    gate = Gate(locked)
    fleet = FleetThread(gate.open, directories=(), when_over=over.release)
    fleet.start()
    asked = fleet.ask(agents)
    gate.let.set()
    assert over.acquire(timeout=SOON_S)
    assert fleet.failure is locked
    assert asked.exception(SOON_S) is locked
    for fails in (
        fleet.wait_until_open,
        fleet.stop,
        lambda: fleet.read(agents),
        lambda: run(fleet, "PALM STATUS"),
    ):
        with pytest.raises(HomeLocked):
            fails()
    assert not over.acquire(blocking=False)


def test_a_fleet_that_is_still_to_be_opened_is_left_at_once() -> None:
    journal = MemoryJournal()
    gate = Gate(journal)
    fleet = FleetThread(gate.open, directories=(), when_over=lambda: pytest.fail("stop asked for it"))
    fleet.start()
    asked = fleet.ask(agents)
    assert gate.reached.wait(SOON_S)
    fleet.stop()
    assert isinstance(asked.exception(SOON_S), FleetOver)
    assert journal.head() == 0


def test_a_fleet_that_was_never_started_is_left_too() -> None:
    FleetThread(lambda _pause: MemoryJournal(), directories=()).stop()


def test_a_statement_that_waits_for_the_opening_is_not_begun_when_it_is_interrupted() -> None:
    gate = Gate(MemoryJournal())
    fleet = FleetThread(gate.open, directories=())
    fleet.start()
    assert interrupted(gate.reached.is_set, lambda: run(fleet, "DEPLOY buyer"))
    gate.let.set()
    assert fleet.read(agents) == 0
    fleet.stop()


# Asking


def test_what_a_question_raises_is_its_answer() -> None:
    def fail(_palm: Palm) -> int:
        raise NotFound("no such thing")

    with fleet_of() as fleet:
        assert isinstance(fleet.ask(fail).exception(SOON_S), NotFound)
        assert fleet.read(agents) == 0


def test_a_question_that_was_withdrawn_is_not_asked() -> None:
    gate = Gate(MemoryJournal())
    fleet = FleetThread(gate.open, directories=())
    fleet.start()
    withdrawn = fleet.ask(lambda _palm: pytest.fail("nobody wants to know"))
    assert withdrawn.cancel()
    gate.let.set()
    assert fleet.read(agents) == 0
    fleet.stop()


def test_questions_are_bounded() -> None:
    gate = Gate(MemoryJournal())
    fleet = FleetThread(gate.open, directories=())
    asked = [fleet.ask(agents) for _ in range(1_000)]
    assert isinstance(fleet.ask(agents).exception(0), LimitExceeded)
    gate.let.set()
    fleet.start()
    assert [question.result(SOON_S) for question in asked] == [0] * 1_000
    assert fleet.read(agents) == 0
    fleet.stop()
    assert isinstance(fleet.ask(agents).exception(0), FleetOver)


def test_every_question_is_answered_whatever_moment_the_fleet_ends_at() -> None:
    for _ in range(30):
        fleet = FleetThread(lambda _pause: MemoryJournal(), directories=())
        fleet.start()
        asked = [fleet.ask(agents) for _ in range(5)]
        stopper = threading.Thread(target=fleet.stop)
        stopper.start()
        asked += [fleet.ask(agents) for _ in range(50)]
        stopper.join()
        for question in asked:
            assert question.exception(SOON_S) is None or isinstance(question.exception(), FleetOver)


# Running


def test_a_statement_runs_and_its_results_come_as_they_happen() -> None:
    with fleet_of() as fleet:
        first, *_, last = run(fleet, "DEPLOY buyer COUNT 3")
        assert isinstance(first, rs.DeployStarted)
        assert isinstance(last, rs.DeployFinished)
        assert fleet.read(agents) == 3


def test_what_fails_a_statement_is_raised_and_the_fleet_goes_on() -> None:
    with fleet_of() as fleet:
        with pytest.raises(NotFound):
            run(fleet, "SCALE nobody TO 3")
        assert run(fleet, "PALM STATUS")


def test_an_interruption_stops_the_waiting_and_not_the_work() -> None:
    with fleet_of() as fleet:
        run(fleet, "DEPLOY buyer COUNT 2 AS x")
        assert interrupted(later(20), lambda: run(fleet, "WAIT FOR x DRAINED TIMEOUT 1h"))
        assert run(fleet, "PALM STATUS")


def test_a_statement_that_is_left_before_its_end_stops_waiting_and_keeps_its_work() -> None:
    session = Session()
    with fleet_of() as fleet:
        with closing(fleet.results(one(f"DEPLOY '{HERE}:Sullen' COUNT 2 AS x"), session)) as results:
            assert isinstance(next(results), rs.DeployStarted)
        assert session.undo == "DELETE x"
        run(fleet, "PALM STATUS")
        assert fleet.read(lambda palm: palm.world.deployments[1].size) == 2


def test_interruptions_at_any_moment_neither_hang_nor_break_anything() -> None:
    texts = ("PALM STATUS", "SCALE x TO 2", "SCALE x TO 1", "WAIT 1h")
    with fleet_of() as fleet:
        run(fleet, "DEPLOY buyer AS x")
        for number in range(100):
            assert interrupted(later(number % 5), lambda: [run(fleet, text) for text in texts])
        assert run(fleet, "PALM STATUS")


def test_a_statement_is_not_held_up_by_one_that_nobody_waits_for() -> None:
    """As after a second Ctrl-C, which does not wait for the fleet to take note of the first."""
    with fleet_of() as fleet:
        run(fleet, "DEPLOY buyer")
        left = fleet.results(one("LOGS buyer_001 FOLLOW"), Session())
        assert isinstance(next(left), rs.LogShown)
        assert run(fleet, "PALM STATUS")
        assert list(left) == []


def test_whatever_ends_the_waiting_leaves_the_work() -> None:
    """As a signal does that ends the process."""
    session = Session()
    with fleet_of() as fleet:
        results = fleet.results(one(f"DEPLOY '{HERE}:Sullen' COUNT 2 AS x"), session)
        assert isinstance(next(results), rs.DeployStarted)
        with pytest.raises(SystemExit):
            results.throw(SystemExit(143))
        assert session.undo == "DELETE x"
        assert fleet.read(lambda palm: palm.world.deployments[1].size) == 2


def test_a_watch_waits_until_what_it_saw_is_taken() -> None:
    def now_ms() -> int:
        return fleet.read(lambda palm: palm.now_ms)

    def taken_ms() -> int:
        event = next(results)
        assert isinstance(event, rs.Watched)
        return event.at_ms

    with (
        fleet_of() as fleet,
        closing(fleet.results(one("WATCH PALM STATUS EVERY 100ms"), Session())) as results,
    ):
        began_ms = taken_ms()
        while now_ms() < began_ms + 500:
            pass
        resumed_ms = now_ms()
        assert taken_ms() < resumed_ms
        assert taken_ms() >= resumed_ms


def test_a_log_that_is_followed_waits_until_its_lines_are_taken_and_loses_none() -> None:
    def lines() -> list[str]:
        event = next(results)
        assert isinstance(event, rs.LogShown)
        return [line.text for line in event.lines]

    with fleet_of() as fleet:
        run(fleet, f"DEPLOY '{HERE}:Writer'")
        with closing(fleet.results(one("LOGS writer_001 FOLLOW"), Session())) as results:
            taken = lines()
            while (
                len(fleet.read(lambda palm: palm.registry.journal.log_tail("writer_001", 1_000)))
                < len(taken) + 20
            ):
                pass
            behind = lines() + lines()
    assert len(behind) >= 20
    assert taken + behind == [str(number + 1) for number in range(len(taken + behind))]


# Ending


def test_a_fleet_that_cannot_be_written_any_more_ends_and_says_why() -> None:
    class Lost(MemoryJournal):
        lost = False

        @override
        def commit(self) -> None:
            if self.lost:
                raise OutcomeUnknown("nobody knows")
            super().commit()

    journal, over = Lost(), threading.Event()
    fleet = FleetThread(lambda _pause: journal, directories=(), when_over=over.set)
    fleet.start()
    run(fleet, "DEPLOY buyer AS x")
    journal.lost = True
    with pytest.raises(OutcomeUnknown):
        run(fleet, "SCALE x TO 3")
    assert over.wait(SOON_S)
    assert isinstance(fleet.failure, OutcomeUnknown)
    assert isinstance(fleet.ask(agents).exception(0), OutcomeUnknown)
    with pytest.raises(OutcomeUnknown):
        run(fleet, "PALM STATUS")
    with pytest.raises(OutcomeUnknown):
        fleet.stop()


def test_whoever_waits_when_the_fleet_fails_is_told_why() -> None:
    def break_the_loop(palm: Palm) -> None:
        palm.registry.lost = OutcomeUnknown("nobody knows")
        palm.nudge()

    fleet = FleetThread(lambda _pause: MemoryJournal(), directories=())
    fleet.start()
    run(fleet, "DEPLOY buyer AS x")
    threading.Timer(0.05, fleet.ask, [break_the_loop]).start()
    with pytest.raises(OutcomeUnknown):
        run(fleet, "WAIT 1h")
    with pytest.raises(OutcomeUnknown):
        fleet.stop()


def test_a_full_disk_fails_a_statement_and_not_the_fleet() -> None:
    class Full(MemoryJournal):
        full = False

        @override
        def commit(self) -> None:
            if self.full:
                raise CommitFailed("no room")
            super().commit()

    journal = Full()
    with fleet_of(journal) as fleet:
        run(fleet, "DEPLOY buyer AS x")
        journal.full = True
        with pytest.raises(CommitFailed):
            run(fleet, "SCALE x TO 3")
        journal.full = False
        run(fleet, "SCALE x TO 2")
        assert fleet.read(agents) == 2


def test_a_suspension_is_not_cut_short_by_an_interruption() -> None:
    class Slow(MemoryJournal):
        saving = threading.Event()
        let = threading.Event()
        saved = False

        @override
        def close(self) -> None:
            self.saving.set()
            assert self.let.wait(SOON_S)
            self.saved = True
            super().close()

    journal = Slow()
    fleet = FleetThread(lambda _pause: journal, directories=())
    fleet.start()
    fleet.wait_until_open()
    threading.Timer(0.2, journal.let.set).start()
    assert interrupted(journal.saving.is_set, fleet.stop)
    assert journal.saved


# Agents that do not start, or do not come back


class Sullen(Odd):
    """Never becomes ready."""

    name = "sullen"
    summary = "does not start"

    @override
    def start(self, sight: Sight, chance: Chance) -> Nothing:
        raise RuntimeError("not today")


class Writer(Odd):
    """Writes the numbers of its steps."""

    name = "writer"
    summary = "writes"

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        state.steps += 1
        return Step(10, (Write(str(state.steps)),))


class Spinner(Odd):
    """Never comes back from its second step."""

    name = "spinner"
    summary = "spins"

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        while state.steps:
            continue
        state.steps += 1
        return Step(1)


def test_a_step_that_does_not_come_back_is_ended_beside_a_prompt() -> None:
    with fleet_of() as fleet, fleet.steps_watched(timeout_ms=200):
        run(fleet, f"DEPLOY '{HERE}:Spinner' AS x")
        run(fleet, "DEPLOY buyer AS y")
        events = run(fleet, "SHOW EVENTS OF x")
        while "StepTimedOut" not in str(events):
            events = run(fleet, "SHOW EVENTS OF x")
        assert fleet.read(agents) == 2
