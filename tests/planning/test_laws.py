"""Laws of the planner, over random tales and an engine that never fails."""

from hypothesis import given
from hypothesis import strategies as st

from palm_ual.model import actions as act
from palm_ual.model import events as ev
from palm_ual.model.ids import count_of, numbers_of
from palm_ual.model.limits import MAX_UNAVAILABLE
from palm_ual.world.check import check
from palm_ual.world.records import AgentState, Deployment
from tests.planning.passes import carry_out, plan, rules, settle
from tests.world.stories import Story, fleet, tale


def at_rest(deployment: Deployment) -> bool:
    """What was asked of it is so, for an engine in which nothing fails."""
    starting = deployment.deploying + deployment.count(AgentState.FAILED)
    drained = deployment.count(AgentState.DRAINED)
    if deployment.draining:
        return starting == 0 and drained == deployment.total <= deployment.wanted
    restarting = 0 if drained > MAX_UNAVAILABLE - 1 else len(deployment.restarting)
    return starting == restarting == 0 and deployment.ready + drained == deployment.wanted


@given(data=st.data())
def test_pass_after_pass_comes_to_rest_where_it_was_told_to_go(data: st.DataObject) -> None:
    story = tale(data, 30)
    for uid in list(story.world.deployments):
        last = settle(story, uid)
        if last is None:
            continue
        assert last.actions == ()
        assert last.reasons
        deployment = story.world.deployments[uid]
        assert at_rest(deployment), (last, deployment.in_state, deployment.ready)
        assert not deployment.conditions
    assert check(story.world) == []


@given(data=st.data())
def test_a_plan_can_always_be_carried_out(data: st.DataObject) -> None:
    """Its actions do not get into one another's way, whatever happened before."""
    story = tale(data, 40)
    for uid in list(story.world.deployments):
        carry_out(story, plan(story, uid=uid), uid)
    assert check(story.world) == []


@given(data=st.data())
def test_an_empty_plan_says_why(data: st.DataObject) -> None:
    story = tale(data, 30)
    for uid in story.world.deployments:
        made = plan(story, uid=uid)
        assert made.actions or made.reasons


@given(data=st.data())
def test_no_plan_takes_more_away_than_was_asked(data: st.DataObject) -> None:
    story = tale(data, 40)
    for uid, deployment in story.world.deployments.items():
        made = plan(story, uid=uid)
        if rules(made) == ["ready_by"]:
            continue
        leaving = [
            number
            for action in made.actions
            if isinstance(action, act.EndAgents)
            or (isinstance(action, act.BeginDrain) and action.then == "end")
            for number in numbers_of(action.agents)
            if not deployment.ends(number)
        ]
        assert len(leaving) == len(set(leaving)) == max(0, deployment.staying - deployment.wanted)
        kept = [n for n in deployment.agents if not deployment.ends(n) and n not in leaving]
        assert all(number > max(kept, default=0) for number in leaving)


@given(data=st.data())
def test_a_restart_never_takes_more_than_its_bound_away(data: st.DataObject) -> None:
    story = tale(data, 40)
    for uid, deployment in story.world.deployments.items():
        taken = sum(
            count_of(action.agents)
            for action in plan(story, uid=uid).actions
            if isinstance(action, act.BeginDrain) and action.then == "restart"
        )
        assert taken == 0 or deployment.wanted - (deployment.ready - taken) <= MAX_UNAVAILABLE


@given(data=st.data())
def test_no_plan_places_more_than_there_is_room_for(data: st.DataObject) -> None:
    story = tale(data, 30)
    story.tell(ev.SettingSet("capacity", data.draw(st.integers(1, 30))))
    for uid in story.world.deployments:
        placed = [a.count for a in plan(story, uid=uid).actions if isinstance(a, act.PlaceAgents)]
        assert sum(placed) <= max(0, story.world.capacity - story.world.agents)


def test_a_restart_of_ten_goes_two_by_two() -> None:
    story = fleet(10).tell(ev.RestartRequested(1, ((1, 10),)))
    waves = []
    while (made := plan(story)).actions:
        waves += [a.agents for a in made.actions if isinstance(a, act.BeginDrain)]
        carry_out(story, made)
    assert waves == [((1, 2),), ((3, 4),), ((5, 6),), ((7, 8),), ((9, 10),)]
    assert [agent.restarts for agent in story.world.deployments[1].agents.values()] == [1] * 10


def test_fifty_become_twenty_and_fifty_again() -> None:
    story = fleet(50).tell(ev.SizeSet(1, 20))
    assert settle(story) is not None
    assert list(story.world.deployments[1].agents) == list(range(1, 21))
    story.tell(ev.SizeSet(1, 50))
    assert settle(story) is not None
    assert list(story.world.deployments[1].agents) == [*range(1, 21), *range(51, 81)]


def test_two_that_were_drained_by_hand_hold_a_restart_up_and_that_is_said() -> None:
    story = fleet(4).drained(3, 4).tell(ev.RestartRequested(1, ((1, 1),)))
    made = plan(story)
    assert made.actions == ()
    assert made.reasons == (act.Reason("restart", "1 agent still to be restarted, at most 2 at a time"),)


def test_nothing_more_is_planned_for_a_world_that_is_as_it_should_be() -> None:
    story = Story().created(3, ready_by_ms=9_000)
    made = settle(story)
    assert made is not None
    assert made.reasons == (act.Reason("steady", "3 of 3 agents ready"),)
