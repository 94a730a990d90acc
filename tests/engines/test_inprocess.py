"""The in-process engine: one wheel for all agents, and what drains, rests and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.agents.contract import Obligation, Step
from palm_ual.model.limits import DURATION_MS_MAX
from tests.engines.puppets import Puppet, Strings, owing, raising, reasons, stage

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
