"""Capacity, names and pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.errors import InsufficientCapacity
from palm_ual.model import events as ev
from palm_ual.model.limits import AGENTS_MAX
from palm_ual.planning.backoff import backoff_ms, failures_in_a_row
from palm_ual.planning.capacity import require_capacity, room_for
from palm_ual.planning.naming import default_deployment_name
from palm_ual.world.records import FailureNote, World
from tests.world.stories import Story, fleet, tale


def test_a_refusal_has_the_arithmetic_and_the_way_out() -> None:
    with pytest.raises(InsufficientCapacity) as caught:
        require_capacity(fleet(88).world, "buyer-fleet", size=50)
    assert caught.value.message == (
        'deployment "buyer-fleet" needs 50 more agents, 12 of 100 are free; nothing was started'
    )
    assert caught.value.hint == "scale another deployment down, or raise the capacity: SET capacity = 138"


def test_one_agent_is_not_said_in_the_plural() -> None:
    with pytest.raises(InsufficientCapacity, match='"y" needs 1 more agent, 0 of 100 are free'):
        require_capacity(fleet(100).world, "y", size=1)


def test_the_capacity_cannot_be_raised_without_end() -> None:
    story = Story().tell(ev.SettingSet("capacity", AGENTS_MAX)).created(AGENTS_MAX)
    with pytest.raises(InsufficientCapacity) as caught:
        require_capacity(story.world, "y", size=1)
    assert caught.value.hint == "scale another deployment down"


@pytest.mark.parametrize(
    ("story", "size", "fits"),
    [
        (fleet(60), 40, True),
        (fleet(60), 41, False),
        # Promised and not yet there counts.
        (fleet(60, size=70), 30, True),
        (fleet(60, size=70), 31, False),
        # There and no longer wanted counts as well.
        (fleet(60, size=10), 40, True),
        (fleet(60, size=10), 41, False),
        (fleet(60).tell(ev.DeleteRequested(1, 5)), 41, False),
    ],
)
def test_what_is_promised_and_what_is_there_both_hold_places(story: Story, size: int, fits: bool) -> None:
    if fits:
        require_capacity(story.world, "y", size=size)
    else:
        with pytest.raises(InsufficientCapacity):
            require_capacity(story.world, "y", size=size)


@pytest.mark.parametrize(("size", "fits"), [(5, True), (100, True), (101, False)])
def test_a_deployment_that_grows_keeps_the_places_it_has(size: int, fits: bool) -> None:
    story = fleet(60)
    deployment = story.world.deployments[1]
    if fits:
        require_capacity(story.world, "x", size=size, deployment=deployment)
    else:
        with pytest.raises(InsufficientCapacity, match="needs 41 more agents, 40 of 100 are free"):
            require_capacity(story.world, "x", size=size, deployment=deployment)


@pytest.mark.parametrize(
    ("story", "room"),
    [
        (fleet(60), 0),
        (fleet(60, size=70), 0),
        (fleet(60, size=10), 0),
        (fleet(50), 10),
        (fleet(20, size=40), 20),
    ],
)
def test_a_deployment_has_no_room_in_what_was_promised_to_another(story: Story, room: int) -> None:
    story.tell(ev.SettingSet("capacity", 60)).created(0, name="y")
    assert max(0, room_for(story.world, story.world.deployments[2])) == room


@given(data=st.data())
def test_what_was_admitted_always_has_room(data: st.DataObject) -> None:
    """Whoever is placed takes no place that another was promised."""
    world = tale(data, 30).world
    for deployment in world.deployments.values():
        missing = max(0, deployment.wanted - deployment.total)
        assert room_for(world, deployment) >= missing or world.reserved > world.capacity


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ([], "buyer-fleet"),
        (["buyer-fleet"], "buyer-fleet-2"),
        (["buyer-fleet", "buyer-fleet-2", "buyer-fleet-4"], "buyer-fleet-3"),
        (["buyer-fleet-2"], "buyer-fleet"),
    ],
)
def test_the_first_free_name_is_taken(taken: list[str], name: str) -> None:
    assert default_deployment_name("buyer", taken.__contains__) == name


def test_a_default_name_is_taken_in_any_case() -> None:
    world: World = fleet(1, name="BUYER-FLEET").world
    assert default_deployment_name("buyer", lambda name: world.find(name) is not None) == "buyer-fleet-2"


def test_pauses_double_up_to_a_minute() -> None:
    assert [backoff_ms(failures) for failures in range(1, 10)] == [
        1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]  # fmt: skip
    assert backoff_ms(10**6) == 60_000


@pytest.mark.parametrize(
    ("last", "now_ms", "failures"),
    [
        (None, 5_000, 1),
        (FailureNote("no", 0, 1_000, 3), 1_000, 4),
        (FailureNote("no", 0, 1_000, 3), 121_000, 4),
        (FailureNote("no", 0, 1_000, 3), 121_001, 1),
    ],
)
def test_failures_count_in_a_row_until_an_agent_ran_for_two_minutes(
    last: FailureNote | None, now_ms: int, failures: int
) -> None:
    assert failures_in_a_row(last, now_ms=now_ms) == failures
