"""Nothing that an agent does, says or raises harms the engine or another agent."""

from typing import cast

import pytest
from typing_extensions import override

from palm_ual.agents.contract import HealthReport, Step, Write
from palm_ual.engines.engine import AgentImage, Crash, HealthSeen
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.model.limits import LOG_LINE_CHARS_MAX
from tests.engines.puppets import Patient, Puppet, owing, raising, reasons, stage

# Crashing


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("no money"), "ValueError: no money"),
        (KeyError("x"), "KeyError: 'x'"),
        (SystemExit(3), "SystemExit: 3"),
        (RecursionError(), "RecursionError: "),
        (ValueError("half \ud800"), "ValueError: half \\ud800"),
        (ValueError("two\nlines"), "ValueError: two\nlines"),
    ],
)
def test_a_step_that_raises_ends_its_agent_and_no_other(error: BaseException, reason: str) -> None:
    puppet = Puppet()
    puppet.on_step = lambda state, *_: raising(error)() if state.number == 2 else Step(1_000)
    seen = stage(puppet, 1, 2, 3).run(0)
    assert seen.ready == {1: [1, 3]}
    assert seen.crashes == [Crash(1, 2, reason)]


def test_a_crash_leaves_its_traceback_in_the_agents_log() -> None:
    puppet = Puppet()
    puppet.on_step = raising(ValueError("no money"))
    lines = stage(puppet, 7).run(0).lines
    assert {(line.agent, line.at_ms) for line in lines} == {("puppet_007", 0)}
    assert lines[0].text == "Traceback (most recent call last):"
    assert lines[-1].text == "ValueError: no money"
    assert any("raise error" in line.text for line in lines)


class Sulking(Exception):
    @override
    def __str__(self) -> str:
        raise OSError("it says nothing")


def test_an_error_that_cannot_even_say_what_it_is() -> None:
    puppet = Puppet()
    puppet.on_step = raising(Sulking())
    assert reasons(stage(puppet, 1).run(0)) == ["Sulking: (its text raised OSError)"]


def test_a_very_long_reason_is_cut() -> None:
    puppet = Puppet()
    puppet.on_step = raising(ValueError("x" * 10_000))
    assert len(reasons(stage(puppet, 1).run(0))[0]) == 500


def test_a_start_that_raises_is_a_crash() -> None:
    puppet = Puppet()
    puppet.on_start = raising(OSError("no desk"))
    engine = stage(puppet, 1)
    seen = engine.run(0)
    assert (seen.ready, reasons(seen)) == ({}, ["OSError: no desk"])
    assert engine.images(1, {1: 0}, now_ms=0) == []


@pytest.mark.parametrize("method", ["on_drain", "on_obligations"])
def test_a_drain_that_raises_is_a_crash(method: str) -> None:
    puppet = Puppet()
    puppet.on_step = owing(2)
    engine = stage(puppet, 1)
    engine.run(0)
    setattr(puppet, method, raising(RuntimeError("dropped it")))
    engine.drain(1, [1], now_ms=100)
    seen = engine.run(100)
    assert (seen.drained, reasons(seen)) == ({}, ["RuntimeError: dropped it"])
    assert engine.run(99_000).crashes == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "AttributeError"),
        ("soon", "AttributeError"),
        (Step("soon"), "TypeError: wake_in_ms must be a whole number or None, not 'soon'"),  # type: ignore[arg-type]
        (Step(0.5), "TypeError: wake_in_ms must be a whole number or None, not 0.5"),  # type: ignore[arg-type]
        (Step(1_000.0), "TypeError: wake_in_ms must be a whole number"),  # type: ignore[arg-type]
        (Step(wake_in_ms=True), "TypeError: wake_in_ms must be a whole number or None, not True"),
        (Step(10**400), "ValueError: wake_in_ms may be at most"),
        (Step(1_000, ("a text",)), "TypeError: str is no intent"),  # type: ignore[arg-type]
        (Step(1_000, 5), "TypeError"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_step_is_a_crash(answer: object, reason: str) -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: answer
    engine = stage(puppet, 1)
    seen = engine.run(0)
    assert seen.ready == {}
    assert reasons(seen)[0].startswith(reason)
    assert engine.run(10_000).crashes == []


# Health


def test_health_is_reported_when_it_changes() -> None:
    patient = Patient()
    engine = stage(patient, 1)
    told: list[HealthSeen] = []
    for second, report in enumerate(
        [
            HealthReport("healthy"),
            HealthReport("healthy"),
            HealthReport("degraded", "tired"),
            HealthReport("degraded", "tired"),
            HealthReport("degraded", "very tired"),
            HealthReport("healthy"),
        ]
    ):
        patient.report = report
        told += engine.run(second * 1_000).health
    assert told == [
        HealthSeen(1, 1, "healthy", None),
        HealthSeen(1, 1, "degraded", "tired"),
        HealthSeen(1, 1, "degraded", "very tired"),
        HealthSeen(1, 1, "healthy", None),
    ]


def test_an_adopted_agent_says_how_it_is_though_it_is_well() -> None:
    """It may have been ill when it was put away."""
    engine = InProcessEngine(1)
    engine.open_deployment(1, Patient())
    engine.adopt(1, [AgentImage(4, 0, 9, 0, {"number": 4, "seen": []})], now_ms=0)
    assert engine.run(0).health == [HealthSeen(1, 4, "healthy", None)]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (HealthReport("sick"), "ValueError: health must be one of healthy, degraded, unhealthy, not 'sick'"),  # type: ignore[arg-type]
        (cast(HealthReport, None), "AttributeError"),
        (cast(HealthReport, "healthy"), "AttributeError"),
    ],
)
def test_what_is_no_health_is_a_crash(report: HealthReport, reason: str) -> None:
    patient = Patient()
    patient.report = report
    seen = stage(patient, 1).run(0)
    assert (seen.ready, seen.health) == ({}, [])
    assert reasons(seen)[0].startswith(reason)


def test_a_reason_of_health_is_fit_to_be_stored() -> None:
    patient = Patient()
    patient.report = HealthReport("degraded", 5)  # type: ignore[arg-type]
    engine = stage(patient, 1)
    assert engine.run(0).health == [HealthSeen(1, 1, "degraded", "5")]
    patient.report = HealthReport("degraded", "\ud800" + "x" * 900)
    reason = engine.run(1_000).health[0].reason
    assert reason is not None
    assert reason.startswith("\\ud800xxx")


# Writing


def test_what_agents_write_is_told_in_order() -> None:
    puppet = Puppet()
    puppet.on_step = lambda state, *_: Step(1_000, (Write(f"I am {state.number}"), Write("and well")))
    lines = stage(puppet, 2, 1).run(0).lines
    assert [(line.agent, line.text) for line in lines] == [
        ("puppet_002", "I am 2"),
        ("puppet_002", "and well"),
        ("puppet_001", "I am 1"),
        ("puppet_001", "and well"),
    ]


@pytest.mark.parametrize(
    ("length", "kept"),
    [(LOG_LINE_CHARS_MAX, LOG_LINE_CHARS_MAX), (LOG_LINE_CHARS_MAX + 1, LOG_LINE_CHARS_MAX)],
)
def test_a_line_has_its_bound(length: int, kept: int) -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Step(1_000, (Write("x" * length),))
    line = stage(puppet, 1).run(0).lines[0].text
    assert len(line) == kept
    assert line.endswith("…") is (length > kept)
