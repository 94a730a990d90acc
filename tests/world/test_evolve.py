"""What single events do to the world, and which of them it refuses."""

import pytest

from palm_ual.errors import InvariantBroken
from palm_ual.model import events as ev
from palm_ual.world.check import check
from palm_ual.world.evolve import evolve
from palm_ual.world.records import DrainNote, World
from tests.world.stories import BUYER, Story, agent_of, fleet, states


def test_fresh_agents_take_the_next_numbers_and_new_money_only_where_the_treasury_lacks_it() -> None:
    story = fleet(3)
    assert (story.world.issued_cents, story.world.treasury_cents, story.world.held_cents) == (3_000, 0, 3_000)
    story.tell(ev.AgentsEnded(1, ((3, 2),), 2_000, "scaled down"))
    assert (story.world.issued_cents, story.world.treasury_cents, story.world.held_cents) == (
        3_000,
        2_000,
        1_000,
    )
    story.placed(3)
    assert (story.world.issued_cents, story.world.treasury_cents, story.world.held_cents) == (4_000, 0, 4_000)
    assert list(story.world.deployments[1].agents) == [1, 4, 5, 6]


def test_a_restarted_agent_counts_its_restarts_and_forgets_its_illness() -> None:
    story = fleet(1).tell(ev.AgentHealthChanged(1, 1, "unhealthy", "ill"))
    story.drained(1, then="restart").ready(1)
    agent = agent_of(story, 1)
    assert (agent.restarts, agent.health) == (1, "healthy")
    assert story.world.deployments[1].health_reasons == {}
    assert story.world.deployments[1].drains == {}


@pytest.mark.parametrize(("then", "kept"), [("stay", True), ("end", True), ("restart", False)])
def test_an_agent_that_fails_while_draining_still_has_to_drain_unless_it_was_only_to_restart(
    then: str, kept: bool
) -> None:
    story = fleet(2).draining(2, then=then).failed(2)
    assert (2 in story.world.deployments[1].drains) is kept
    assert check(story.world) == []


def test_resume_also_frees_an_agent_that_failed_on_its_way_to_being_drained() -> None:
    story = fleet(3).drained(1).draining(2).failed(2).tell(ev.AgentsResumed(1, ((1, 2),)))
    assert states(story.world.deployments[1]) == {1: "Ready", 2: "Failed", 3: "Ready"}
    assert story.world.deployments[1].drains == {}
    story.ready(2)
    assert agent_of(story, 2).state == "Ready"


def test_a_restart_asked_of_a_failed_agent_ends_its_drain() -> None:
    story = fleet(1).draining(1).tell(ev.RestartRequested(1, ((1, 1),))).failed(1).ready(1)
    assert story.world.deployments[1].drains == {}
    assert story.world.deployments[1].restarting == {}


def test_a_drain_asked_after_a_restart_wins() -> None:
    story = fleet(2).tell(ev.RestartRequested(1, ((1, 2),))).draining(1)
    assert list(story.world.deployments[1].restarting) == [2]
    story.tell(ev.DrainRequested(1, 5_000))
    assert story.world.deployments[1].restarting == {}


def test_a_deploy_is_over_when_as_many_as_wanted_have_been_ready() -> None:
    story = Story().created(3, ready_by_ms=9_000).placed(3).ready(1, 2)
    assert story.world.deployments[1].ready_by_ms == 9_000
    story.draining(1).ready(3)
    assert story.world.deployments[1].ready_by_ms is None


@pytest.mark.parametrize("event", [ev.SizeSet(1, 5), ev.DrainRequested(1, 9)])
def test_a_deploy_that_is_scaled_or_drained_is_not_given_up_any_more(event: ev.AnyEvent) -> None:
    story = Story().created(3, ready_by_ms=9_000).placed(3).tell(event)
    assert story.world.deployments[1].ready_by_ms is None


def test_a_second_drain_note_takes_the_place_of_the_first() -> None:
    story = fleet(2).draining(2, then="stay").draining(2, then="end", deadline_ms=7)
    assert story.world.deployments[1].drains == {2: DrainNote(7, "end")}
    assert story.world.deployments[1].ending == 1
    story.draining(2, then="stay", deadline_ms=8)
    assert story.world.deployments[1].ending == 0


def test_a_statement_that_no_process_works_on_any_more_was_interrupted() -> None:
    story = Story().tell(ev.StatementAccepted("SCALE x TO 3"), statement=1)
    assert story.world.statements[0].outcome == "running"
    story.tell(ev.FleetResumed("0.1.0"))
    assert story.world.statements[0].outcome == "interrupted"
    story.tell(ev.StatementEnded("done"), statement=1)
    assert story.world.statements[0].outcome == "done"


def test_a_name_in_another_case_is_the_same_name() -> None:
    story = fleet(1, name="Fleet")
    assert story.world.find("fLEET") is story.world.deployments[1]
    story.tell(ev.DeploymentRenamed(1, "fleet"))
    assert story.world.deployments[1].name == "fleet"


UNFIT: dict[str, ev.AnyEvent] = {
    "a taken name": ev.DeploymentCreated(2, "X", 1, BUYER),
    "a skipped uid": ev.DeploymentCreated(3, "y", 1, BUYER),
    "a used number": ev.AgentsPlaced(1, 1, ((2, 2),), 0, 0),
    "a skipped number": ev.AgentsPlaced(1, 1, ((4, 4),), 0, 0),
    "money from nowhere": ev.AgentsPlaced(1, 1, ((3, 3),), 1_000, 0),
    "less money back": ev.AgentsEnded(1, ((2, 2),), 999, "scaled down"),
    "an unknown deployment": ev.SizeSet(9, 1),
    "an unknown agent": ev.AgentsStarted(1, ((9, 9),)),
    "a ready agent that becomes ready": ev.AgentsBecameReady(1, ((1, 1),)),
    "a deletion with agents": ev.DeploymentDeleted(1),
    "an unknown setting": ev.SettingSet("colour", 1),
}


@pytest.mark.parametrize("why", UNFIT)
def test_an_event_that_does_not_fit_is_refused(why: str) -> None:
    with pytest.raises(InvariantBroken):
        fleet(2).tell(UNFIT[why])


@pytest.mark.parametrize("seq", [0, 2])
def test_an_event_out_of_order_is_refused(seq: int) -> None:
    with pytest.raises(InvariantBroken, match=f"event {seq} cannot follow event 0"):
        evolve(World(), ev.Recorded(seq, 0, 0, 0, ev.FleetSuspended()))


def test_fleet_time_never_falls() -> None:
    story = fleet(1).later(5_000).tell(ev.FleetSuspended())
    story.now_ms = 10
    assert story.tell(ev.FleetResumed("0.1.0")).world.at_ms == 5_000
