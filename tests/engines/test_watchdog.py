"""A step that does not come back, and what agents print."""

import signal
import sys

import pytest
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import AgentType, Sight, Step
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.engines.voice import agents_heard
from palm_ual.engines.watchdog import StepTimedOut, steps_watched

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
