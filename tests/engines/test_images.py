"""Chance, and agents that are put away and taken up."""

import msgspec
from typing_extensions import override

from palm_ual.engines.engine import AgentImage
from palm_ual.engines.inprocess import InProcessEngine
from tests.engines.puppets import Puppet, Strings, stage

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
