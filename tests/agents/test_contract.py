"""The agent contract, run over every built-in type and over types of a user's own."""

import gc
from typing import Any, get_args

import msgspec
import pytest

from palm_ual.agents.arbiter import Arbiter
from palm_ual.agents.buyer import Buyer
from palm_ual.agents.chance import Chance
from palm_ual.agents.config import checked_config, config_fields
from palm_ual.agents.contract import AgentType, HealthReport, Intent, Sight, Step
from palm_ual.agents.seller import Seller
from tests.agents.samples import Courier
from tests.agents.trading_floor import Floor
from tests.simulation.workers import Keeper, Worker

STEPS = 40


class Life:
    """One agent of a type, alone on a market, step by step."""

    def __init__(self, kind: type[AgentType[Any]], seed: int = 5) -> None:
        self.floor = Floor(seed)
        (self.agent,) = self.floor.deploy(kind)
        self.behaviour = self.agent.fleet.behaviour

    @property
    def sight(self) -> Sight:
        return self.floor.given(self.agent)[0]

    def live(self, steps: int) -> list[Step]:
        before = len(self.agent.taken)
        for _ in range(steps):
            assert self.agent.due_ms is not None, "it sleeps for ever"
            self.floor.run_until(self.agent.due_ms)
        return self.agent.taken[before:]

    def saved(self) -> bytes:
        return msgspec.json.encode(self.behaviour.snapshot(self.agent.state))


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
        assert all(isinstance(intent, get_args(Intent)) for intent in step.intents)


@every_type
@pytest.mark.parametrize("steps", [0, 1, 13])
def test_an_agent_goes_on_from_its_snapshot_as_if_nothing_had_been(
    kind: type[AgentType[Any]], steps: int
) -> None:
    one, two = Life(kind), Life(kind)
    one.live(steps)
    two.live(steps)
    two.agent.state = two.behaviour.restore(msgspec.json.decode(two.saved()))
    assert type(two.agent.state) is type(one.agent.state)
    assert two.saved() == one.saved()
    assert one.live(STEPS) == two.live(STEPS)
    assert one.saved() == two.saved()


@every_type
def test_looking_at_an_agent_does_not_change_it(kind: type[AgentType[Any]]) -> None:
    life = Life(kind)
    life.live(5)
    before = life.saved()
    life.behaviour.obligations(life.agent.state, life.sight)
    life.behaviour.health(life.agent.state, life.sight)
    assert life.saved() == before


@every_type
def test_an_agent_says_how_it_is(kind: type[AgentType[Any]]) -> None:
    life = Life(kind)
    for _ in range(STEPS):
        life.live(1)
        report = life.behaviour.health(life.agent.state, life.sight)
        assert isinstance(report, HealthReport)
        assert report.health in ("healthy", "degraded", "unhealthy")
        assert (report.reason is None) is (report.health == "healthy")


@every_type
@pytest.mark.parametrize("steps", [0, 1, 9])
def test_an_agent_that_drains_owes_nothing_in_the_end(kind: type[AgentType[Any]], steps: int) -> None:
    life = Life(kind)
    life.live(steps)
    life.floor.drain(life.agent)
    life.floor.run(STEPS)
    assert not life.floor.owes(life.agent)
    assert life.agent.due_ms is None, "it was asked until it owed nothing, and no longer"


def test_agents_of_one_deployment_do_not_share_their_state() -> None:
    floor = Floor()
    one, two = floor.deploy(Courier, 2)
    before = msgspec.json.encode(two.state)
    one.fleet.behaviour.step(one.state, *floor.given(one))
    assert msgspec.json.encode(two.state) == before


@pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter])
def test_built_in_agents_do_not_all_look_at_the_same_time(kind: type[AgentType[Any]]) -> None:
    floor = Floor()
    agents = floor.deploy(kind, 60)
    floor.run(2)
    assert len({agent.due_ms for agent in agents}) > 40


def test_agents_that_close_their_positions_do_not_all_look_at_the_same_time() -> None:
    floor = Floor()
    agents = floor.deploy(Buyer, 60)
    floor.run(2)
    for agent in agents:
        floor.drain(agent)
    floor.run_until(floor.now_ms)
    assert len({agent.due_ms for agent in agents}) > 40


@pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter])
def test_built_in_agents_step_once_a_second_on_average(kind: type[AgentType[Any]]) -> None:
    floor = Floor()
    agents = floor.deploy(kind, 20)
    floor.run(100)
    assert 95 < sum(len(agent.taken) for agent in agents) / len(agents) < 106


@pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter])
def test_built_in_agents_without_a_market_wait_for_one(kind: type[AgentType[Any]]) -> None:
    behaviour = kind(checked_config(kind.Config, {}, type_name=kind.name))
    sight, chance = Sight(kind.name, 7, 0), Chance(1)
    state = behaviour.start(sight, chance)
    for act in (behaviour.step, behaviour.drain):
        step = act(state, sight, chance)
        assert step.wake_in_ms is not None
        assert step.intents == ()


@pytest.mark.parametrize("kind", [Buyer, Seller, Arbiter])
def test_a_built_in_agent_is_small(kind: type[AgentType[Any]]) -> None:
    """There may be a hundred thousand of them, and each is put away with every snapshot."""
    life = Life(kind)
    life.live(30)
    assert len(life.saved()) < 150
    assert not gc.is_tracked(life.agent.state)


def test_what_a_type_leaves_out_has_a_plain_meaning() -> None:
    life = Life(Keeper)
    assert life.behaviour.health(life.agent.state, life.sight).health == "healthy"
    assert Life(Buyer).behaviour.obligations(life.agent.state, life.sight) == ()
