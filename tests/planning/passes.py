"""Passes of the planner, carried out by an engine that never fails."""

from collections.abc import Mapping

from palm_ual.model import actions as act
from palm_ual.model import events as ev
from palm_ual.model.ids import numbers_of, ranges_of
from palm_ual.planning.capacity import room_for
from palm_ual.planning.deployment import DeploymentView, plan_deployment
from palm_ual.world.records import AgentState, Deployment
from tests.world.stories import Story


def view(
    story: Story, *, uid: int = 1, owes: Mapping[int, str] | None = None, type_problem: str | None = None
) -> DeploymentView:
    deployment = story.world.deployments[uid]
    return DeploymentView(deployment, room_for(story.world, deployment), owes or {}, type_problem)


def plan(
    story: Story, *, uid: int = 1, owes: Mapping[int, str] | None = None, type_problem: str | None = None
) -> act.Plan:
    """One pass over the world of a story, now."""
    seen = view(story, uid=uid, owes=owes, type_problem=type_problem)
    return plan_deployment(seen, now_ms=story.now_ms)


def rules(made: act.Plan) -> list[str]:
    return [reason.rule for reason in made.reasons]


def carry_out(story: Story, made: act.Plan, uid: int = 1) -> None:
    """What a plan asks for happens, and every agent does at once what is asked of it."""
    for action in made.actions:
        _carry_out(story, action, story.world.deployments[uid])


def finish(story: Story, uid: int) -> None:
    """Whoever starts or drains comes to the end of it."""
    deployment = story.world.deployments[uid]
    if starting := list(deployment.in_state[AgentState.STARTING]):
        story.tell(ev.AgentsBecameReady(uid, ranges_of(starting)))
    if draining := list(deployment.in_state[AgentState.DRAINING]):
        story.settled(*draining, uid=uid).tell(ev.AgentsBecameDrained(uid, ranges_of(draining)))


def settle(story: Story, uid: int = 1, passes: int = 60) -> act.Plan | None:
    """Pass after pass, and to the time that each plan names, until one has nothing to do; None if the
    deployment is gone.
    """
    for _ in range(passes):
        if uid not in story.world.deployments:
            return None
        finish(story, uid)
        made = plan(story, uid=uid)
        carry_out(story, made, uid)
        if not made.actions:
            if made.wake_at_ms is None:
                return made
            story.now_ms = max(story.now_ms, made.wake_at_ms)
    raise AssertionError(f"no rest after {passes} passes: {plan(story, uid=uid)}")


def _carry_out(story: Story, action: act.AnyAction, deployment: Deployment) -> None:
    uid = deployment.uid
    match action:
        case act.PlaceAgents():
            story.placed(action.count, uid)
        case act.LaunchAgents():
            story.tell(ev.AgentsStarted(uid, action.agents), ev.AgentsBecameReady(uid, action.agents))
        case act.BeginDrain():
            begun = ev.AgentsDrainBegun(uid, action.agents, action.deadline_ms, action.then)
            story.tell(begun).settled(*numbers_of(action.agents), uid=uid)
            story.tell(ev.AgentsBecameDrained(uid, action.agents))
        case act.EndAgents():
            story.settled(*numbers_of(action.agents), uid=uid)
            cents = sum(deployment.agents[number].cash_cents for number in numbers_of(action.agents))
            story.tell(ev.AgentsEnded(uid, action.agents, cents, action.reason))
        case act.FailAgents():
            for number in numbers_of(action.agents):
                story.failed(number, uid=uid)
        case _:
            story.tell(_event_of(action, uid, story.now_ms))


def _event_of(
    action: act.AbandonDeploy | act.FinishDelete | act.RaiseCondition | act.ClearCondition,
    uid: int,
    now_ms: int,
) -> ev.AnyEvent:
    match action:
        case act.AbandonDeploy():
            return ev.DeleteRequested(uid, now_ms, force=True, reason=action.reason)
        case act.FinishDelete():
            return ev.DeploymentDeleted(uid)
        case act.RaiseCondition():
            return ev.ConditionRaised(uid, action.code, action.reason)
        case act.ClearCondition():
            return ev.ConditionCleared(uid, action.code)
