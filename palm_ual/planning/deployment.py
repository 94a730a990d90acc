"""One pass over one deployment: what should be, what is, and the one safe step between them.

The same function serves the running fleet, `DESCRIBE` (which prints its reasons) and the tests. Its
cost follows what is not in order: agents that are Ready and wanted are counted, never walked.
"""

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from palm_ual.model.actions import (
    AbandonDeploy,
    AnyAction,
    BeginDrain,
    ClearCondition,
    EndAgents,
    FailAgents,
    FinishDelete,
    LaunchAgents,
    PlaceAgents,
    Plan,
    RaiseCondition,
    Reason,
)
from palm_ual.model.durations import format_age
from palm_ual.model.ids import agent_id, ranges_of
from palm_ual.model.limits import (
    AGENTS_MAX,
    BACKOFF_MAX_MS,
    LAUNCH_BATCH_MAX,
    MAX_UNAVAILABLE,
    RESTARTS_MAX,
    START_TIMEOUT_MS,
)
from palm_ual.world.records import AgentState, Deployment

SCALING_STUCK = "SCALING_STUCK"
CRASH_LOOP = "CRASH_LOOP"
TYPE_UNAVAILABLE = "TYPE_UNAVAILABLE"
STEADY = "steady"
"""The rule that applies where no other does: all is as it should be."""

OWING_NAMED_MAX = 3
"""How many agents a reason names."""


class DeploymentView(Struct, frozen=True):
    """What a pass may look at."""

    deployment: Deployment
    room: int
    """Agents it may still place under the capacity."""
    owes: Mapping[int, str] = {}
    """What draining agents still owe, as far as is known."""
    type_problem: str | None = None
    """Why its agent type cannot be run by this process, if so."""
    fundable: int = AGENTS_MAX
    """How many more agents there is money for."""


class _Draft:
    """A plan in the making."""

    def __init__(self) -> None:
        self.leaving: set[int] = set()
        """Agents that this plan ends or drains: no later rule has a use for them."""
        self.actions: list[AnyAction] = []
        self.reasons: list[Reason] = []
        self.wake_at_ms: int | None = None

    def do(self, action: AnyAction) -> None:
        self.actions.append(action)

    def because(self, rule: str, text: str) -> None:
        self.reasons.append(Reason(rule, text))

    def wake(self, at_ms: int) -> None:
        if self.wake_at_ms is None or at_ms < self.wake_at_ms:
            self.wake_at_ms = at_ms

    def plan(self) -> Plan:
        return Plan(tuple(self.actions), tuple(self.reasons), self.wake_at_ms)


def plan_deployment(view: DeploymentView, *, now_ms: int) -> Plan:
    """Move the deployment one safe step towards what was asked of it.

    Size 20 with 50 Ready agents: drains the 30 highest numbers. Size 50 with 20: places 30 and, on the
    next pass, launches them. An empty plan always carries the reason.
    """
    deployment, draft = view.deployment, _Draft()
    if deployment.deleting and deployment.total == 0:
        draft.do(FinishDelete())
        draft.because("delete", f"{deployment.name} has no agents left")
        return draft.plan()
    if (given_up := _why_given_up(deployment, now_ms)) is not None:
        draft.do(AbandonDeploy(given_up))
        draft.because("ready_by", given_up)
        return draft.plan()
    if deployment.ready_by_ms is not None and not deployment.deleting:
        draft.wake(deployment.ready_by_ms)
    _plan_surplus(deployment, now_ms, draft)
    _plan_endings(deployment, draft)
    _plan_overdue_drains(view, now_ms, draft)
    if view.type_problem is None:
        _plan_overdue_starts(deployment, now_ms, draft)
        _plan_missing(view, draft)
        _plan_launches(deployment, now_ms, draft)
        _plan_outstanding_drains(deployment, draft)
        _plan_restarts(deployment, now_ms, draft)
    _plan_conditions(view, now_ms, draft)
    if not draft.actions and not draft.reasons:
        draft.because(STEADY, f"{deployment.ready} of {deployment.wanted} agents ready")
    return draft.plan()


def _why_given_up(deployment: Deployment, now_ms: int) -> str | None:
    """Why a first deploy has failed: its deadline, or an agent that fails again and again."""
    if deployment.ready_by_ms is None or deployment.deleting:
        return None
    worst = max(deployment.failures.items(), key=lambda item: item[1].failures, default=None)
    blame = "" if worst is None else f"; {_named(deployment, worst[0])} failed: {worst[1].reason}"
    if worst is not None and worst[1].failures >= RESTARTS_MAX:
        return f"{_named(deployment, worst[0])} failed {worst[1].failures} times in a row: {worst[1].reason}"
    if now_ms >= deployment.ready_by_ms:
        return f"{deployment.ready} of {deployment.size} agents ready at the deadline{blame}"
    return None


def _plan_surplus(deployment: Deployment, now_ms: int, draft: _Draft) -> None:
    """Too many agents: the highest numbers end, draining first if they have begun to work."""
    surplus = deployment.staying - deployment.wanted
    if surplus <= 0:
        return
    drain: list[int] = []
    end: list[int] = []
    for number in reversed(deployment.agents):
        if len(drain) + len(end) == surplus:
            break
        if deployment.ends(number):
            continue
        state = deployment.agents[number].state
        if deployment.delete_forced or state not in (AgentState.READY, AgentState.DRAINING):
            end.append(number)
        else:
            drain.append(number)
    draft.leaving.update(end, drain)
    why = deployment.delete_reason if deployment.deleting else "scaled down"
    if end:
        draft.do(EndAgents(ranges_of(end), why))
    if drain:
        deadline_ms = deployment.delete_deadline_ms or now_ms + deployment.drain_timeout_ms
        draft.do(BeginDrain(ranges_of(drain), "end", deadline_ms))
    draft.because("surplus", f"{surplus} more than the {deployment.wanted} wanted, highest numbers first")


def _plan_endings(deployment: Deployment, draft: _Draft) -> None:
    """Whoever has drained in order to end, ends; a forced delete does not wait for that."""
    if deployment.ending == 0:
        return
    done = [number for number in deployment.in_state[AgentState.DRAINED] if deployment.ends(number)]
    if deployment.delete_forced:
        done += [number for number in deployment.in_state[AgentState.DRAINING] if deployment.ends(number)]
    done += [number for number in deployment.in_state[AgentState.FAILED] if deployment.ends(number)]
    if done:
        why = deployment.delete_reason if deployment.deleting else "drained"
        draft.do(EndAgents(ranges_of(done), why))
        draft.because("drained", f"{len(done)} owe nothing more")


def _plan_overdue_drains(view: DeploymentView, now_ms: int, draft: _Draft) -> None:
    deployment = view.deployment
    draining = deployment.in_state[AgentState.DRAINING]
    overdue = [number for number in draining if deployment.drains[number].deadline_ms <= now_ms]
    waiting = [number for number in draining if deployment.drains[number].deadline_ms > now_ms]
    if waiting:
        draft.wake(min(deployment.drains[number].deadline_ms for number in waiting))
        draft.because("draining", f"{_agents(len(waiting))} still draining: {_named_all(view, waiting)}")
    if overdue:
        text = f"{_agents(len(overdue))} not drained by the deadline: {_named_all(view, overdue)}"
        draft.because("drain_deadline", text)
        if SCALING_STUCK not in deployment.conditions:
            draft.do(RaiseCondition(SCALING_STUCK, text))
    elif SCALING_STUCK in deployment.conditions:
        draft.do(ClearCondition(SCALING_STUCK))


def _plan_overdue_starts(deployment: Deployment, now_ms: int, draft: _Draft) -> None:
    late: list[int] = []
    for number in deployment.in_state[AgentState.STARTING]:
        if number in draft.leaving:
            continue
        due_ms = deployment.agents[number].since_ms + START_TIMEOUT_MS
        if due_ms > now_ms:
            draft.wake(due_ms)
            break
        late.append(number)
    if late:
        why = f"not ready within {format_age(START_TIMEOUT_MS)}"
        draft.do(FailAgents(ranges_of(late), why))
        draft.because("start_timeout", f"{_agents(len(late))} {why}")
    if starting := deployment.count(AgentState.STARTING) - len(late):
        draft.because("starting", f"{_agents(starting)} starting")


def _plan_missing(view: DeploymentView, draft: _Draft) -> None:
    deployment = view.deployment
    missing = deployment.wanted - deployment.staying
    if missing <= 0:
        return
    if deployment.draining:
        draft.because("drained", f"{missing} fewer than wanted: a drained deployment takes no new agents")
        return
    fits = min(missing, view.room, view.fundable)
    if fits > 0:
        draft.do(PlaceAgents(fits))
        draft.because("missing", f"{missing} fewer than the {deployment.wanted} wanted")
    if fits < missing:
        waiting = missing - max(fits, 0)
        if view.fundable < view.room:
            draft.because("issue_cap", f"{waiting} more wait for money: no more may be issued")
        else:
            draft.because("capacity", f"{waiting} more wait for room under the capacity")


def _plan_launches(deployment: Deployment, now_ms: int, draft: _Draft) -> None:
    """Fresh agents, failed ones whose pause is over, and drained ones that are to be restarted."""
    fresh = (number for number in deployment.in_state[AgentState.PENDING] if number not in draft.leaving)
    launch = list(islice(fresh, LAUNCH_BATCH_MAX))
    paused: list[int] = []
    if not deployment.deleting:
        for number in deployment.in_state[AgentState.FAILED]:
            if deployment.ends(number) or number in draft.leaving:
                continue
            note = deployment.failures[number]
            if note.retry_at_ms <= now_ms:
                launch.append(number)
                continue
            draft.wake(note.retry_at_ms)
            paused.append(number)
    if paused:
        note = deployment.failures[paused[0]]
        more = f" and {len(paused) - 1} more later" if len(paused) > 1 else ""
        draft.because(
            "backoff",
            f"{_named(deployment, paused[0])} starts again in {format_age(note.retry_at_ms - now_ms + 999)}"
            f"{more}: {note.reason}",
        )
    launch += [
        number
        for number in deployment.in_state[AgentState.DRAINED]
        if deployment.drains[number].then == "restart" and number not in draft.leaving
    ]
    if launch:
        draft.do(LaunchAgents(ranges_of(launch)))
        draft.because("launch", f"{_agents(len(launch))} can start")


def _plan_restarts(deployment: Deployment, now_ms: int, draft: _Draft) -> None:
    """Never more than MAX_UNAVAILABLE away at once, whoever took the others away."""
    if not deployment.restarting:
        return
    leaving = sum(deployment.agents[number].state is AgentState.READY for number in draft.leaving)
    away = deployment.wanted - (deployment.ready - leaving)
    slots = MAX_UNAVAILABLE - max(away, 0)
    free: list[int] = []
    rested: list[int] = []
    for number in deployment.restarting:
        if number in draft.leaving:
            continue
        state = deployment.agents[number].state
        if state is AgentState.DRAINED and deployment.drains[number].then == "stay":
            rested.append(number)
        elif state is AgentState.READY and len(free) < slots:
            free.append(number)
    if rested:
        draft.do(LaunchAgents(ranges_of(rested)))
    if free:
        draft.do(BeginDrain(ranges_of(free), "restart", now_ms + deployment.drain_timeout_ms))
    left = len(deployment.restarting)
    draft.because("restart", f"{_agents(left)} still to be restarted, at most {MAX_UNAVAILABLE} at a time")


def _plan_outstanding_drains(deployment: Deployment, draft: _Draft) -> None:
    """Whoever is Ready and should be drained, drains: agents that failed on the way to it, and agents
    that were still starting when the whole deployment was to take no new work.
    """
    if deployment.draining and deployment.ready:
        numbers = [number for number, agent in deployment.agents.items() if agent.state is AgentState.READY]
    else:
        numbers = [
            number
            for number, note in deployment.drains.items()
            if note.then == "stay" and deployment.agents[number].state is AgentState.READY
        ]
    if numbers := [number for number in numbers if number not in draft.leaving]:
        asked_ms = (
            deployment.drains[number].deadline_ms for number in numbers if number in deployment.drains
        )
        deadline_ms = max(deployment.drain_deadline_ms or 0, *asked_ms, 0)
        draft.leaving.update(numbers)
        draft.do(BeginDrain(ranges_of(numbers), "stay", deadline_ms))
        draft.because("drain", f"{_agents(len(numbers))} yet to drain")


def _plan_conditions(view: DeploymentView, now_ms: int, draft: _Draft) -> None:
    deployment = view.deployment
    looping = [
        number
        for number, note in deployment.failures.items()
        if note.failures >= RESTARTS_MAX and now_ms - note.retry_at_ms <= 2 * BACKOFF_MAX_MS
    ]
    if looping:
        draft.wake(
            min(deployment.failures[number].retry_at_ms for number in looping) + 2 * BACKOFF_MAX_MS + 1
        )
        worst = deployment.failures[looping[0]]
        text = f"{_named_all(view, looping)} keeps failing: {worst.reason}"
        _hold(deployment, draft, CRASH_LOOP, text)
    elif CRASH_LOOP in deployment.conditions:
        draft.do(ClearCondition(CRASH_LOOP))
    if view.type_problem is not None:
        _hold(deployment, draft, TYPE_UNAVAILABLE, view.type_problem)
    elif TYPE_UNAVAILABLE in deployment.conditions:
        draft.do(ClearCondition(TYPE_UNAVAILABLE))


def _hold(deployment: Deployment, draft: _Draft, code: str, text: str) -> None:
    draft.because(code.lower(), text)
    if code not in deployment.conditions:
        draft.do(RaiseCondition(code, text))


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"


def _named(deployment: Deployment, number: int) -> str:
    return agent_id(deployment.type_name, number)


def _named_all(view: DeploymentView, numbers: list[int]) -> str:
    """The first few by id with what they owe, and how many more there are."""
    named = []
    for number in numbers[:OWING_NAMED_MAX]:
        owes = view.owes.get(number)
        named.append(_named(view.deployment, number) + (f" ({owes})" if owes else ""))
    more = len(numbers) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
