"""A step that does not come back, and what agents print."""

import itertools
import signal
import sys
import threading
import time

import pytest
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import AgentType, Sight, Step
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.engines.voice import agents_heard
from palm_ual.engines.watchdog import Caller, StepTimedOut, ThisThread, steps_watched

TIMEOUT_MS = 200


class Spinner(AgentType[dict[str, int]]):
    """Never comes back from a step."""

    name = "spinner"
    summary = "spins"
    Config = AgentConfig
    State = dict

    @override
    def start(self, sight: Sight, chance: Chance) -> dict[str, int]:
        return {}

    @override
    def step(self, state: dict[str, int], sight: Sight, chance: Chance) -> Step:
        while True:
            state["turns"] = state.get("turns", 0) + 1


class Talker(Spinner):
    """Prints where it should write to its log."""

    name = "talker"

    @override
    def step(self, state: dict[str, int], sight: Sight, chance: Chance) -> Step:
        print("one\ntwo")  # noqa: T201
        print("three", file=sys.stderr)  # noqa: T201
        return Step(1_000)


def running(kind: type[AgentType[dict[str, int]]]) -> InProcessEngine:
    engine = InProcessEngine()
    engine.open_deployment(1, kind(AgentConfig()))
    engine.launch(1, [1], now_ms=0)
    return engine


def test_a_step_that_does_not_come_back_is_a_crash_of_its_agent_alone() -> None:
    engine = running(Spinner)
    with steps_watched(engine.at_work, timeout_ms=TIMEOUT_MS):
        seen = engine.run(0)
    assert [crash.reason for crash in seen.crashes] == ["StepTimedOut: a step took longer than 200ms"]
    assert engine.run(10_000).crashes == []


def test_what_takes_long_and_is_no_agents_code_is_left_alone() -> None:
    engine = running(Talker)
    with steps_watched(engine.at_work, timeout_ms=TIMEOUT_MS):
        signal.sigtimedwait([], TIMEOUT_MS * 3 / 1000)


def test_the_alarm_is_as_it_was_before() -> None:
    def wait_for_ever() -> None:
        with steps_watched(lambda: "the same", timeout_ms=TIMEOUT_MS):
            while True:
                signal.sigtimedwait([], 1)

    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(StepTimedOut):
        wait_for_ever()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


# In another thread


class Moving(Caller):
    """A thread that goes on to its next step behind the nth time that it was looked at."""

    def __init__(self, looks: int) -> None:
        self.step = "first"
        self.pending = False
        self._looks = looks

    def at_work(self) -> str:
        seen = self.step
        self._looks -= 1
        if self._looks == 0:
            self.step = "second"
            self.pending = False  # what was pending has ended the first
        return seen

    @override
    def end(self) -> None:
        self.pending = True

    @override
    def take_back(self) -> None:
        self.pending = False


def watched(thread: Moving) -> Moving:
    """After as many looks as a timeout takes."""
    with steps_watched(thread.at_work, caller=lambda: thread, timeout_ms=3_600_000):
        for _ in range(6):
            signal.raise_signal(signal.SIGALRM)
    return thread


@pytest.mark.parametrize("looks", range(1, 9))
def test_whenever_a_step_ends_the_next_one_is_not_ended_for_it(looks: int) -> None:
    thread = watched(Moving(looks))
    assert thread.step == "second"
    assert not thread.pending


def test_a_step_that_stays_is_ended() -> None:
    assert watched(Moving(1_000)).pending


def test_a_look_imports_nothing_for_the_thread_would_run_on_meanwhile() -> None:
    before = sys.modules.pop("ctypes", None)
    thread = watched(Moving(1_000))
    assert thread.pending
    assert "ctypes" not in sys.modules
    if before is not None:
        sys.modules["ctypes"] = before


class Worker:
    """Steps of a length in a thread of its own, and between them what nobody may interrupt."""

    def __init__(self, lengths_ms: range) -> None:
        self.call: object = None
        self.caller: Caller | None = None
        self.ended = self.torn = 0
        self._calls = itertools.count()
        self._lengths_ms = lengths_ms
        self.thread = threading.Thread(target=self._main)

    def _main(self) -> None:
        self.caller = ThisThread()
        for length_ms in self._lengths_ms:
            try:
                self._step(length_ms)
                _spin(1)
            except StepTimedOut:
                self.torn += 1

    def _step(self, length_ms: int) -> None:
        try:
            self.call = next(self._calls)
            _spin(length_ms)
        except StepTimedOut:
            self.ended += 1
        finally:
            self.call = None


def _spin(length_ms: int) -> None:
    over_s = time.monotonic() + length_ms / 1000.0
    while time.monotonic() < over_s:
        pass


def test_only_what_is_a_step_is_ended_however_near_its_end_it_is() -> None:
    worker = Worker(range(15, 65))
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        with steps_watched(lambda: worker.call, caller=lambda: worker.caller, timeout_ms=20):
            worker.thread.start()
            while worker.thread.is_alive():
                worker.thread.join(0.01)
    finally:
        sys.setswitchinterval(usual_s)
    assert worker.ended
    assert worker.torn == 0


# What agents print


def test_what_an_agent_prints_is_in_its_log_and_what_others_print_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = running(Talker)
    with agents_heard(engine.hear):
        print("before")  # noqa: T201
        seen = engine.run(0)
        print("after")  # noqa: T201
    assert [(line.agent, line.text) for line in seen.lines] == [
        ("talker_001", "one"),
        ("talker_001", "two"),
        ("talker_001", "three"),
    ]
    assert capsys.readouterr() == ("before\nafter\n", "")
