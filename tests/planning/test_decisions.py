"""The decision table of one pass: a situation, what is done about it, and why."""

from collections.abc import Callable

import pytest

from palm_ual.model import actions as act
from palm_ual.model import events as ev
from palm_ual.model.limits import LAUNCH_BATCH_MAX
from tests.planning.passes import plan, rules
from tests.world.stories import Story, fleet

MINUTE_MS = 60_000


def deleting(story: Story, *, force: bool = False) -> Story:
    return story.tell(ev.DeleteRequested(1, 9_000, force=force))


def stuck(story: Story) -> Story:
    return story.tell(ev.ConditionRaised(1, "SCALING_STUCK", "it was"))


TABLE: dict[str, tuple[Callable[[], Story], tuple[act.AnyAction, ...], list[str], int | None]] = {
    "all is well": (lambda: fleet(3), (), ["steady"], None),
    "wanting none": (lambda: fleet(0, size=0), (), ["steady"], None),
    # Growing
    "some are missing": (lambda: fleet(3, size=5), (act.PlaceAgents(2),), ["missing"], None),
    "room for a part only": (
        lambda: fleet(3, size=5).tell(ev.SettingSet("capacity", 4)),
        (act.PlaceAgents(1),),
        ["missing", "capacity"],
        None,
    ),
    "no room at all": (lambda: fleet(3, size=5).tell(ev.SettingSet("capacity", 3)), (), ["capacity"], None),
    "missing, but drained": (
        lambda: fleet(1, size=3).drained(1).tell(ev.DrainRequested(1, MINUTE_MS)),
        (),
        ["drained"],
        None,
    ),
    "placed": (lambda: fleet(0, size=2).placed(2), (act.LaunchAgents(((1, 2),)),), ["launch"], None),
    "starting": (
        lambda: fleet(0, size=2).placed(2).tell(ev.AgentsStarted(1, ((1, 2),))),
        (),
        ["starting"],
        30_000,
    ),
    "starting for too long": (
        lambda: fleet(0, size=2).placed(2).tell(ev.AgentsStarted(1, ((1, 2),))).later(30_000),
        (act.FailAgents(((1, 2),), "not ready within 30s"),),
        ["start_timeout"],
        None,
    ),
    # Shrinking
    "too many": (lambda: fleet(5, size=3), (act.BeginDrain(((5, 4),), "end", 60_000),), ["surplus"], None),
    "too many, by a statement's own deadline": (
        lambda: fleet(5).tell(ev.SizeSet(1, 3, 7_000)).later(500),
        (act.BeginDrain(((5, 4),), "end", 7_500),),
        ["surplus"],
        None,
    ),
    "too many that have not begun": (
        lambda: fleet(2).placed(2),
        (act.EndAgents(((4, 3),), "scaled down"),),
        ["surplus"],
        None,
    ),
    "too many of each kind": (
        lambda: fleet(3, size=1).placed(1),
        (act.EndAgents(((4, 4),), "scaled down"), act.BeginDrain(((3, 2),), "end", 60_000)),
        ["surplus"],
        None,
    ),
    "too many, some end already": (
        lambda: fleet(5, size=3).draining(5, then="end"),
        (act.BeginDrain(((4, 4),), "end", 60_000),),
        ["surplus", "draining"],
        60_000,
    ),
    "too many that failed": (
        lambda: fleet(2, size=1).failed(2).later(5_000),
        (act.EndAgents(((2, 2),), "scaled down"),),
        ["surplus"],
        None,
    ),
    "too many that were to restart": (
        lambda: fleet(2, size=1).drained(2, then="restart"),
        (act.EndAgents(((2, 2),), "scaled down"),),
        ["surplus"],
        None,
    ),
    "drained in order to end": (
        lambda: fleet(3, size=2).drained(3, then="end"),
        (act.EndAgents(((3, 3),), "drained"),),
        ["drained"],
        None,
    ),
    "failed in order to end": (
        lambda: fleet(3, size=2).draining(3, then="end").failed(3),
        (act.EndAgents(((3, 3),), "drained"),),
        ["drained"],
        None,
    ),
    # Failing
    "failed, in its pause": (lambda: fleet(2).failed(2), (), ["backoff"], 1_000),
    "failed, its pause is over": (
        lambda: fleet(2).failed(2).later(1_000),
        (act.LaunchAgents(((2, 2),)),),
        ["launch"],
        None,
    ),
    "failed for the fifth time": (
        lambda: fleet(2).failed(1, failures=5, pause_ms=16_000),
        (act.RaiseCondition("CRASH_LOOP", "buyer_001 keeps failing: OSError: no"),),
        ["backoff", "crash_loop"],
        16_000,
    ),
    "well for as long as a loop would take": (
        lambda: (
            fleet(2)
            .failed(2, failures=5)
            .later(1_000)
            .ready(2)
            .tell(ev.ConditionRaised(1, "CRASH_LOOP", "it was"))
            .later(120_001)
        ),
        (act.ClearCondition("CRASH_LOOP"),),
        [],
        None,
    ),
    # Draining
    "draining": (lambda: fleet(2).draining(2), (), ["draining"], 60_000),
    "draining beyond its deadline": (
        lambda: fleet(2).draining(2).later(60_000),
        (act.RaiseCondition("SCALING_STUCK", "1 agent not drained by the deadline: buyer_002 (2 parcels)"),),
        ["drain_deadline"],
        None,
    ),
    "still draining beyond its deadline": (
        lambda: stuck(fleet(2).draining(2)).later(60_000),
        (),
        ["drain_deadline"],
        None,
    ),
    "drained after all": (
        lambda: stuck(fleet(2).drained(2)),
        (act.ClearCondition("SCALING_STUCK"),),
        [],
        None,
    ),
    "came up in a drained deployment": (
        lambda: fleet(2).tell(ev.DrainRequested(1, 5_000)).drained(1),
        (act.BeginDrain(((2, 2),), "stay", 5_000),),
        ["drain"],
        None,
    ),
    "came up again after it failed while draining": (
        lambda: fleet(2).draining(2).failed(2).later(1_000).ready(2),
        (act.BeginDrain(((2, 2),), "stay", 60_000),),
        ["drain"],
        None,
    ),
    # Restarting
    "to be restarted": (
        lambda: fleet(4).tell(ev.RestartRequested(1, ((1, 4),))),
        (act.BeginDrain(((1, 2),), "restart", 60_000),),
        ["restart"],
        None,
    ),
    "to be restarted while another is away": (
        lambda: fleet(4).tell(ev.RestartRequested(1, ((1, 3),))).failed(4),
        (act.BeginDrain(((1, 1),), "restart", 60_000),),
        ["backoff", "restart"],
        1_000,
    ),
    "to be restarted while too many are away": (
        lambda: fleet(4).tell(ev.RestartRequested(1, ((1, 2),))).failed(4).failed(3),
        (),
        ["backoff", "restart"],
        1_000,
    ),
    "to be restarted while others end": (
        lambda: fleet(4, size=3).tell(ev.SizeSet(1, 2), ev.RestartRequested(1, ((1, 3),))).drained(1),
        (act.BeginDrain(((4, 3),), "end", 60_000), act.BeginDrain(((2, 2),), "restart", 60_000)),
        ["surplus", "restart"],
        None,
    ),
    "drained in order to restart": (
        lambda: fleet(2).drained(2, then="restart"),
        (act.LaunchAgents(((2, 2),)),),
        ["launch"],
        None,
    ),
    "to be restarted, and drained already": (
        lambda: fleet(2).drained(1, 2).tell(ev.RestartRequested(1, ((1, 2),))),
        (act.LaunchAgents(((1, 2),)),),
        ["restart"],
        None,
    ),
    # Deleting
    "to be deleted": (
        lambda: deleting(fleet(2)),
        (act.BeginDrain(((2, 1),), "end", 9_000),),
        ["surplus"],
        None,
    ),
    "to be deleted at once": (
        lambda: deleting(fleet(2), force=True),
        (act.EndAgents(((2, 1),), "deleted"),),
        ["surplus"],
        None,
    ),
    "to be deleted at once after all": (
        lambda: deleting(fleet(2).draining(1, 2, then="end"), force=True),
        (act.EndAgents(((1, 2),), "deleted"),),
        ["drained", "draining"],
        60_000,
    ),
    "to be deleted before anything started": (
        lambda: deleting(fleet(0, size=2).placed(2)),
        (act.EndAgents(((2, 1),), "deleted"),),
        ["surplus"],
        None,
    ),
    "deleted, and empty": (lambda: deleting(fleet(0, size=2)), (act.FinishDelete(),), ["delete"], None),
    # Being deployed
    "in time": (
        lambda: Story().created(2, ready_by_ms=9_000).placed(2).tell(ev.AgentsStarted(1, ((1, 2),))),
        (),
        ["starting"],
        9_000,
    ),
    "too late": (
        lambda: Story().created(2, ready_by_ms=9_000).placed(2).ready(1).later(9_000),
        (act.AbandonDeploy("1 of 2 agents ready at the deadline"),),
        ["ready_by"],
        None,
    ),
    "too late, and one failed": (
        lambda: Story().created(2, ready_by_ms=9_000).placed(2).ready(1, 2).failed(2).later(9_000),
        (act.LaunchAgents(((2, 2),)),),
        ["launch"],
        None,
    ),
    "failing again and again": (
        lambda: (
            Story()
            .created(2, ready_by_ms=90_000)
            .placed(2)
            .tell(ev.AgentsStarted(1, ((1, 2),)))
            .failed(2, failures=5)
        ),
        (act.AbandonDeploy("buyer_002 failed 5 times in a row: OSError: no"),),
        ["ready_by"],
        None,
    ),
}


@pytest.mark.parametrize("situation", TABLE)
def test_what_one_pass_does_and_why(situation: str) -> None:
    make, actions, why, wake_at_ms = TABLE[situation]
    made = plan(make(), owes={2: "2 parcels"})
    assert made.actions == actions
    assert rules(made) == why
    assert made.wake_at_ms == wake_at_ms


def test_a_type_that_does_not_load_starts_nothing_and_is_a_condition() -> None:
    story = fleet(2, size=5).failed(2).later(5_000)
    made = plan(story, type_problem="it is gone")
    assert made.actions == (act.RaiseCondition("TYPE_UNAVAILABLE", "it is gone"),)
    assert [reason.text for reason in made.reasons] == ["it is gone"]
    story.tell(ev.ConditionRaised(1, "TYPE_UNAVAILABLE", "it is gone"))
    assert plan(story, type_problem="it is gone").actions == ()
    assert act.ClearCondition("TYPE_UNAVAILABLE") in plan(story).actions


def test_agents_of_a_type_that_does_not_load_can_be_ended() -> None:
    assert plan(fleet(3, size=1), type_problem="it is gone").actions[0] == act.BeginDrain(
        ((3, 2),), "end", 60_000
    )


def test_a_reason_names_three_agents_and_counts_the_rest() -> None:
    made = plan(fleet(6).draining(*range(1, 7)), owes={1: "2 parcels"})
    assert made.reasons[0].text == (
        "6 agents still draining: buyer_001 (2 parcels), buyer_002, buyer_003 and 3 more"
    )


def test_a_pause_is_told_in_whole_seconds_rounded_up() -> None:
    story = fleet(1).failed(1, pause_ms=1_500)
    assert plan(story).reasons[0].text == "buyer_001 starts again in 2s: OSError: no"


def test_a_very_large_deployment_is_launched_in_batches() -> None:
    count = LAUNCH_BATCH_MAX + 5
    story = Story().tell(ev.SettingSet("capacity", count)).created(count).placed(count)
    assert plan(story).actions == (act.LaunchAgents(((1, LAUNCH_BATCH_MAX),)),)


def test_a_pass_changes_nothing_by_itself() -> None:
    story = fleet(5, size=3)
    assert plan(story) == plan(story)
    assert story.world.deployments[1].ending == 0
