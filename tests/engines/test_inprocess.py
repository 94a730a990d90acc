"""The in-process engine: one wheel for all agents, and nothing an agent does harms another."""

from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from palm_ual.agents.contract import HealthReport, Obligation, Step, Write
from palm_ual.engines.engine import AgentImage, Crash, HealthSeen, Seen
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.model.limits import DURATION_MS_MAX, LOG_LINE_CHARS_MAX
from tests.engines.puppets import Patient, Puppet, Strings, owing


def stage(puppet: Puppet, *numbers: int, seed: int = 1) -> InProcessEngine:
    """An engine with one deployment, and these agents launched at 0."""
    engine = InProcessEngine(seed)
    engine.open_deployment(1, puppet)
    engine.launch(1, numbers, now_ms=0)
    return engine


def reasons(seen: Seen) -> list[str]:
    return [crash.reason for crash in seen.crashes]


def raising(error: BaseException) -> Callable[..., Any]:
    def act(*_: object) -> None:
        raise error

    return act


# Time


def test_an_agent_is_ready_after_its_first_step_and_not_before() -> None:
    puppet = Puppet()
    engine = stage(puppet, 3, 1)
    assert puppet.told == [("start", 3, 0), ("start", 1, 0)]
    assert engine.next_due_ms() == 0
    assert engine.run(0).ready == {1: [3, 1]}
    assert engine.run(0).ready == {}
    assert engine.next_due_ms() == 1_000


def test_each_agent_steps_when_its_last_step_said() -> None:
    puppet = Puppet()
    puppet.on_step = lambda state, _sight, _chance: Step(1_000 * state.number)
    engine = stage(puppet, 1, 2)
    for now_ms in range(0, 4_001, 1_000):
        engine.run(now_ms)
    steps = [(number, at_ms) for act, number, at_ms in puppet.told if act == "step"]
    assert steps == [(1, 0), (2, 0), (1, 1_000), (2, 2_000), (1, 2_000), (1, 3_000), (2, 4_000), (1, 4_000)]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_steps_are_taken_in_the_order_of_their_times(waits_ms: list[int]) -> None:
    puppet = Puppet()
    puppet.on_step = lambda state, _sight, chance: Step(
        waits_ms[state.number - 1] if chance.step == 0 else None
    )
    engine = stage(puppet, *range(1, len(waits_ms) + 1))
    engine.run(0)
    for _ in waits_ms:
        engine.run(engine.next_due_ms() or 0)
    assert engine.next_due_ms() is None
    again = [(at_ms, number) for act, number, at_ms in puppet.told if act == "step" and at_ms > 0]
    assert again == sorted((wait_ms, number) for number, wait_ms in enumerate(waits_ms, 1))


def test_a_late_engine_takes_each_step_once_and_goes_on_from_now() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.run(60_500)
    assert [at_ms for _, _, at_ms in puppet.told] == [0, 0, 60_500]
    assert engine.next_due_ms() == 61_500


def test_an_agent_without_a_time_sleeps_until_it_is_drained() -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Step(None)
    engine = stage(puppet, 1)
    engine.run(0)
    assert engine.next_due_ms() is None
    engine.drain(1, [1], now_ms=9_000)
    assert engine.run(9_000).drained == {1: [1]}


@pytest.mark.parametrize("wake_in_ms", [0, -5])
def test_a_time_in_the_past_is_the_next_millisecond(wake_in_ms: int) -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Step(wake_in_ms)
    engine = stage(puppet, 1)
    assert engine.run(0).crashes == []
    assert engine.next_due_ms() == 1


def test_the_longest_time_is_a_year() -> None:
    puppet = Puppet()
    puppet.on_step = lambda *_: Step(DURATION_MS_MAX)
    engine = stage(puppet, 1)
    assert engine.run(0).crashes == []
    puppet.on_step = lambda *_: Step(DURATION_MS_MAX + 1)
    assert reasons(engine.run(DURATION_MS_MAX)) == [
        f"ValueError: wake_in_ms may be at most {DURATION_MS_MAX}"
    ]


# Draining


def test_an_agent_drains_until_it_owes_nothing_and_then_rests() -> None:
    puppet = Puppet()
    puppet.on_step = owing(3)
    engine = stage(puppet, 1)
    engine.run(0)
    engine.drain(1, [1], now_ms=100)
    assert engine.owes(1, 1) == "3 parcels"
    assert [engine.run(at_ms).drained for at_ms in (100, 600, 1_100, 1_600)] == [{}, {}, {1: [1]}, {}]
    assert [at_ms for act, _, at_ms in puppet.told if act == "drain"] == [100, 600, 1_100]
    assert engine.owes(1, 1) is None
    assert engine.run(99_000).drained == {}
    assert puppet.told[-1] == ("drain", 1, 1_100)


def test_an_agent_that_owes_nothing_is_drained_without_a_step() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.drain(1, [1], now_ms=100)
    assert engine.run(100).drained == {1: [1]}
    assert ("drain", 1, 100) not in puppet.told


def test_a_draining_agent_that_names_no_time_is_asked_again_after_a_second() -> None:
    puppet = Puppet()
    puppet.on_step = owing(2, None)
    puppet.on_drain = lambda _state: Step(None)
    engine = stage(puppet, 1)
    engine.run(0)
    engine.drain(1, [1], now_ms=100)
    engine.run(100)
    assert engine.next_due_ms() == 1_100


def test_a_drained_agent_works_again_when_it_is_resumed_and_from_where_it_was() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.drain(1, [1], now_ms=100)
    engine.run(100)
    engine.resume(1, [1], now_ms=5_000)
    engine.run(5_000)
    assert puppet.told[-1] == ("step", 1, 5_000)
    assert [line.split()[1] for line in engine.images(1, {1: 0}, now_ms=0)[0].state["seen"]] == ["0", "1"]


def test_an_agent_told_to_drain_and_to_resume_at_the_same_time_steps_once() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.drain(1, [1], now_ms=1_000)
    engine.resume(1, [1], now_ms=1_000)
    engine.run(1_000)
    assert [at_ms for act, _, at_ms in puppet.told if act == "step"] == [0, 1_000]


def test_what_an_agent_owes_is_unknown_if_asking_raises() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    puppet.on_obligations = raising(LookupError("gone"))
    assert engine.owes(1, 1) == "unknown: LookupError"
    puppet.on_obligations = lambda _state: [Obligation("a \ud800"), Obligation("x" * 900)]
    owed = engine.owes(1, 1)
    assert owed is not None
    assert owed.startswith("a \\ud800, xxx")
    assert len(owed.encode()) < 600


def test_nothing_is_owed_by_who_is_not_there() -> None:
    engine = stage(Puppet(), 1)
    assert (engine.owes(1, 2), engine.owes(9, 1)) == (None, None)


# Ending


def test_a_stopped_agent_takes_no_further_step_even_in_the_bucket_that_is_being_emptied() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1, 2, 3)

    def end_the_next(state: Strings, *_: object) -> Step:
        if state.number == 1:
            engine.stop(1, [2])
        return Step(1_000)

    puppet.on_step = end_the_next
    assert engine.run(0).ready == {1: [1, 3]}
    assert [number for act, number, _ in puppet.told if act == "step"] == [1, 3]


def test_a_stopped_agent_is_gone() -> None:
    engine = stage(Puppet(), 1, 2)
    engine.run(0)
    engine.stop(1, [2, 7])
    engine.stop(9, [1])
    assert [image.number for image in engine.images(1, {1: 0, 2: 0}, now_ms=0)] == [1]


def test_a_closed_deployment_takes_no_step() -> None:
    puppet, other = Puppet(), Puppet()
    engine = stage(puppet, 1)
    engine.open_deployment(2, other)
    engine.launch(2, [1], now_ms=0)
    engine.close_deployment(1)
    engine.close_deployment(1)
    assert engine.run(0).ready == {2: [1]}
    assert engine.images(1, {1: 0}, now_ms=0) == []


def test_an_agent_launched_again_is_another_one() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.launch(1, [1], now_ms=400)
    assert engine.run(400).ready == {1: [1]}
    engine.run(1_000)
    assert [at_ms for act, _, at_ms in puppet.told if act == "step"] == [0, 400]
    engine.run(1_400)
    assert len(engine.images(1, {1: 0}, now_ms=0)[0].state["seen"]) == 2


def test_an_open_deployment_keeps_its_behaviour() -> None:
    puppet, other = Puppet(), Puppet()
    engine = stage(puppet, 1)
    engine.open_deployment(1, other)
    engine.run(0)
    assert ("step", 1, 0) in puppet.told
    assert other.told == []


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


# Chance


def test_draws_depend_on_the_seed_the_deployment_the_agent_and_the_step() -> None:
    def life(seed: int, uid: int, number: int) -> list[str]:
        engine = InProcessEngine(seed)
        engine.open_deployment(uid, Puppet())
        engine.launch(uid, [number], now_ms=0)
        for now_ms in range(0, 3_000, 1_000):
            engine.run(now_ms)
        seen: list[str] = engine.images(uid, {number: 0}, now_ms=0)[0].state["seen"]
        return [line.split()[2] for line in seen]

    assert life(1, 1, 1) == life(1, 1, 1)
    lives = [life(1, 1, 1), life(2, 1, 1), life(1, 2, 1), life(1, 1, 2)]
    assert len({tuple(draws) for draws in lives}) == 4
    assert len(set(lives[0])) == 3


def test_an_agent_that_is_started_again_does_not_repeat_its_draws() -> None:
    """Or whoever crashed by chance at its third step would crash at every third step."""
    puppet = Puppet()
    engine = stage(puppet, 1)
    lives: list[list[str]] = []
    for restarts in range(3):
        engine.launch(1, [1], restarts={1: restarts} if restarts else {}, now_ms=restarts * 10_000)
        for step in range(3):
            engine.run(restarts * 10_000 + step * 1_000)
        image = engine.images(1, {1: restarts}, now_ms=0)[0]
        lives.append([line.split()[2] for line in image.state["seen"]])
    assert len({draw for life in lives for draw in life}) == 9


# Putting away


def test_agents_go_on_from_their_images_as_if_nothing_had_been() -> None:
    engine = stage(Puppet(), 1, 2)
    for now_ms in (0, 1_000, 2_000):
        engine.run(now_ms)
    images = msgspec.json.decode(
        msgspec.json.encode(engine.images(1, {1: 4, 2: 0}, now_ms=0)), type=list[AgentImage]
    )
    assert [(image.number, image.restarts, image.steps, image.due_ms) for image in images] == [
        (1, 4, 3, 3_000),
        (2, 0, 3, 3_000),
    ]
    other = InProcessEngine(1)
    other.open_deployment(1, Puppet())
    other.adopt(1, images, now_ms=2_500)
    assert other.next_due_ms() == 3_000
    for each in (engine, other):
        for now_ms in (3_000, 4_000):
            each.run(now_ms)
    assert other.images(1, {1: 4, 2: 0}, now_ms=0) == engine.images(1, {1: 4, 2: 0}, now_ms=0)


def test_an_adopted_agent_is_not_ready_a_second_time() -> None:
    engine = InProcessEngine(1)
    engine.open_deployment(1, Puppet())
    engine.adopt(1, [AgentImage(1, 0, 3, 500, {"number": 1, "seen": []})], now_ms=9_000)
    assert engine.next_due_ms() == 9_000
    assert engine.run(9_000).ready == {}


def test_an_image_that_cannot_be_restored_is_a_crash_of_its_agent_alone() -> None:
    engine = InProcessEngine(1)
    engine.open_deployment(1, Puppet())
    images = [AgentImage(1, 0, 3, 0, {"number": "one"}), AgentImage(2, 0, 3, 0, {"number": 2, "seen": []})]
    engine.adopt(1, images, now_ms=0)
    seen = engine.run(0)
    assert [(crash.number, crash.reason.split(":")[0]) for crash in seen.crashes] == [(1, "ValidationError")]
    assert [image.number for image in engine.images(1, {1: 0, 2: 0}, now_ms=0)] == [2]


class Forgetful(Puppet):
    """Cannot be put away."""

    @override
    def snapshot(self, state: Strings) -> object:
        return [1, {(1, 2): 2}, "half \ud800"][state.number - 1]


def test_an_agent_that_cannot_be_put_away_is_left_out_and_says_so() -> None:
    engine = stage(Forgetful(), 1, 2, 3)
    engine.run(0)
    assert [image.number for image in engine.images(1, {1: 0, 2: 0, 3: 0}, now_ms=0)] == [1]
    lines = [(line.agent, line.text.split(":")[0]) for line in engine.run(0).lines]
    assert lines == [("puppet_002", "snapshot failed"), ("puppet_003", "snapshot failed")]


def test_agents_that_have_not_begun_are_not_put_away() -> None:
    engine = stage(Puppet(), 1)
    assert engine.images(1, {1: 0}, now_ms=0) == []


def test_agents_put_to_rest_take_no_steps() -> None:
    puppet = Puppet()
    engine = stage(puppet, 1)
    engine.run(0)
    engine.rest(1, [1])
    engine.run(60_000)
    assert puppet.told == [("start", 1, 0), ("step", 1, 0)]
    assert [image.due_ms for image in engine.images(1, {1: 0}, now_ms=0)] == [None]
