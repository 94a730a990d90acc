"""Laws of the fold, over random tales of events."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.model import events as ev
from palm_ual.world.check import check
from palm_ual.world.evolve import replay
from palm_ual.world.snapshot import load_world, same_world, snapshot_parts
from tests.world.stories import Story, fleet, refolded, tale


@given(data=st.data())
def test_nothing_that_may_happen_breaks_an_invariant(data: st.DataObject) -> None:
    story = tale(data, 40)
    assert check(story.world) == []


@given(data=st.data())
def test_replay_makes_the_same_world_at_every_length(data: st.DataObject) -> None:
    story = tale(data, 40)
    cut = data.draw(st.integers(0, len(story.records)))
    earlier = refolded(story.records[:cut])
    assert earlier.seq == cut
    assert check(earlier) == []
    assert same_world(replay(earlier, story.records[cut:]), story.world)


@given(data=st.data())
def test_a_snapshot_in_the_middle_changes_nothing(data: st.DataObject) -> None:
    story = tale(data, 40)
    cut = data.draw(st.integers(0, len(story.records)))
    loaded = load_world(snapshot_parts(refolded(story.records[:cut])).get, agents=True, statements=True)
    assert check(loaded) == []
    assert same_world(replay(loaded, story.records[cut:]), story.world)


@given(data=st.data())
def test_a_snapshot_without_agents_has_the_same_counters(data: st.DataObject) -> None:
    world = tale(data, 40).world
    counted = load_world(snapshot_parts(world).get, agents=False, statements=False)
    assert (counted.agents, counted.reserved, counted.held_cents) == (
        world.agents,
        world.reserved,
        world.held_cents,
    )
    for uid, deployment in world.deployments.items():
        other = counted.deployments[uid]
        assert (other.ready, other.healthy, other.deploying, other.sick) == (
            deployment.ready,
            deployment.healthy,
            deployment.deploying,
            deployment.sick,
        )
        assert other.agents == {}


@given(data=st.data())
def test_events_survive_json(data: st.DataObject) -> None:
    for record in tale(data, 40).records:
        assert msgspec.json.decode(msgspec.json.encode(record.event), type=ev.AnyEvent) == record.event


def test_worlds_that_differ_in_one_figure_are_not_the_same() -> None:
    story, other = fleet(3), fleet(3)
    assert same_world(story.world, other.world)
    other.tell(ev.AgentHealthChanged(1, 2, "degraded", "tired"))
    story.tell(ev.AgentHealthChanged(1, 2, "degraded", None))
    assert not same_world(story.world, other.world)


@pytest.mark.parametrize("part", ["agents:1", "statements"])
def test_a_snapshot_that_lost_a_part_is_refused(part: str) -> None:
    parts = snapshot_parts(fleet(3).world)
    del parts[part]
    with pytest.raises(Exception, match=f"no part '{part}'"):
        load_world(parts.get, agents=True, statements=True)


def test_a_snapshot_of_too_few_agents_is_refused() -> None:
    parts = snapshot_parts(fleet(3).world)
    parts["agents:1"] = snapshot_parts(fleet(2).world)["agents:1"]
    with pytest.raises(Exception, match="2 agents instead of 3"):
        load_world(parts.get, agents=True, statements=True)


def test_ten_thousand_equal_agents_take_little_room_in_a_snapshot() -> None:
    story = Story().tell(ev.SettingSet("capacity", 20_000))
    story.created(10_000).placed(10_000).ready(*range(1, 10_001))
    assert len(snapshot_parts(story.world)["agents:1"]) < 300
