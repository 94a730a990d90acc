"""The agent contract, run over every built-in type and over types of a user's own."""

from typing import Any

import msgspec
import pytest

from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.buyer import Buyer
from palm_ual.agents.chance import Chance
from palm_ual.agents.config import checked_config, config_fields
from palm_ual.agents.contract import AgentType, HealthReport, Sight, Step, Write
from palm_ual.agents.seller import Seller
from tests.agents.samples import Courier
from tests.simulation.workers import Keeper, Worker

STEPS = 40


class Life:
    """One agent of a type, stepped by hand. What it is given is made afresh for each step."""

    def __init__(self, kind: type[AgentType[Any]], seed: int = 5, number: int = 7) -> None:
        self.behaviour = kind(checked_config(kind.Config, {}, type_name=kind.name))
        self.seed, self.number = seed, number
        self.now_ms = 1_000
        self.steps = 0
        self.state = self.behaviour.start(*self._given())

    def _given(self, *, draining: bool = False) -> tuple[Sight, Chance]:
        sight = Sight(self.behaviour.name, self.number, self.now_ms, draining=draining)
        return sight, Chance(self.seed, self.number, self.steps)

    @property
    def sight(self) -> Sight:
        return self._given()[0]

    def live(self, steps: int) -> list[Step]:
        return [self.step() for _ in range(steps)]

    def step(self, *, draining: bool = False) -> Step:
        act = self.behaviour.drain if draining else self.behaviour.step
        step = act(self.state, *self._given(draining=draining))
        self.steps += 1
        self.now_ms += step.wake_in_ms or 1_000
        return step

    def saved(self) -> bytes:
        return msgspec.json.encode(self.behaviour.snapshot(self.state))


every_type = pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter, Courier, Worker, Keeper])


@every_type
def test_a_type_says_what_it_is(kind: type[AgentType[Any]]) -> None:
    assert kind.name.isidentifier()
    assert kind.name == kind.name.lower()
    assert kind.summary
    assert kind.__doc__
    for field in config_fields(kind.Config):
        assert field.meaning, field.key


@every_type
def test_the_same_seed_lives_the_same_life(kind: type[AgentType[Any]]) -> None:
    one, two = Life(kind), Life(kind)
    assert one.live(STEPS) == two.live(STEPS)
    assert one.saved() == two.saved()


@every_type
def test_a_step_names_a_whole_time_and_intents(kind: type[AgentType[Any]]) -> None:
    for step in Life(kind).live(STEPS):
        assert step.wake_in_ms is None or (type(step.wake_in_ms) is int and step.wake_in_ms >= 1)
        assert all(isinstance(intent, Write) for intent in step.intents)


@every_type
@pytest.mark.parametrize("steps", [0, 1, 13])
def test_an_agent_goes_on_from_its_snapshot_as_if_nothing_had_been(
    kind: type[AgentType[Any]], steps: int
) -> None:
    one, two = Life(kind), Life(kind)
    one.live(steps)
    two.live(steps)
    two.state = two.behaviour.restore(msgspec.json.decode(two.saved()))
    assert type(two.state) is type(one.state)
    assert two.saved() == one.saved()
    assert one.live(STEPS) == two.live(STEPS)
    assert one.saved() == two.saved()


@every_type
def test_looking_at_an_agent_does_not_change_it(kind: type[AgentType[Any]]) -> None:
    life = Life(kind)
    life.live(5)
    before = life.saved()
    life.behaviour.obligations(life.state, life.sight)
    life.behaviour.health(life.state, life.sight)
    assert life.saved() == before


@every_type
def test_an_agent_says_how_it_is(kind: type[AgentType[Any]]) -> None:
    life = Life(kind)
    for _ in range(STEPS):
        life.step()
        report = life.behaviour.health(life.state, life.sight)
        assert isinstance(report, HealthReport)
        assert report.health in ("healthy", "degraded", "unhealthy")
        assert (report.reason is None) is (report.health == "healthy")


@every_type
def test_an_agent_that_drains_owes_nothing_in_the_end(kind: type[AgentType[Any]]) -> None:
    life = Life(kind)
    life.live(9)
    left = STEPS
    while owed := life.behaviour.obligations(life.state, life.sight):
        assert all(item.text for item in owed)
        assert left, f"still owes {owed}"
        left -= 1
        life.step(draining=True)


def test_agents_of_one_deployment_do_not_share_their_state() -> None:
    one, two = Life(Courier, number=1), Life(Courier, number=2)
    one.live(3)
    before = two.saved()
    one.live(3)
    assert two.saved() == before


def test_built_in_agents_do_not_all_look_at_the_same_time() -> None:
    wakes = {Life(Buyer, number=number).step().wake_in_ms for number in range(1, 60)}
    assert len(wakes) > 40


def test_what_a_type_leaves_out_has_a_plain_meaning() -> None:
    life = Life(Keeper)
    assert life.behaviour.health(life.state, life.sight).health == "healthy"
    buyer = Life(Buyer)
    assert buyer.behaviour.obligations(buyer.state, buyer.sight) == ()
    assert buyer.step(draining=True).wake_in_ms is not None
