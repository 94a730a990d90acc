"""Bugs on purpose, each behind a switch: a simulation that does not find them proves nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import msgspec
from typing_extensions import override

from palm_ual.engines.engine import HealthSeen
from palm_ual.errors import InsufficientCapacity
from palm_ual.model import events as ev
from palm_ual.model.actions import AnyAction, BeginDrain, EndAgents, LaunchAgents, Plan
from palm_ual.model.ids import ranges_of
from palm_ual.planning.deployment import DeploymentView, plan_deployment
from palm_ual.runtime.deployer import Deployer
from palm_ual.runtime.orders import EngineOrders
from palm_ual.runtime.registry import Committed, Registry
from palm_ual.world.evolve import evolve
from palm_ual.world.records import AgentState, Deployment, World


def _capacity_without_reservations(
    world: World, name: str, *, size: int, deployment: Deployment | None = None
) -> None:
    """Counts the agents that are there, and not those that were promised."""
    there = 0 if deployment is None else deployment.total
    if world.agents - there + size > world.capacity:
        raise InsufficientCapacity(f"{name} does not fit")


def _evolve_that_forgets_a_counter(world: World, record: ev.Recorded) -> None:
    evolve(world, record)
    if isinstance(record.event, ev.AgentsDrainBegun) and record.event.then == "end":
        world.deployments[record.event.uid].ending -= 1


def _planner(
    change: Callable[[DeploymentView, list[AnyAction]], list[AnyAction]],
) -> AbstractContextManager[object]:
    def plan(view: DeploymentView, *, now_ms: int) -> Plan:
        sound = plan_deployment(view, now_ms=now_ms)
        return msgspec.structs.replace(sound, actions=tuple(change(view, list(sound.actions))))

    return patch("palm_ual.runtime.deployer.plan_deployment", plan)


def _never_drains_again(_view: DeploymentView, actions: list[AnyAction]) -> list[AnyAction]:
    """An agent that crashed while it was being drained comes back, and works on."""
    return [action for action in actions if not (isinstance(action, BeginDrain) and action.then == "stay")]


def _launches_whom_it_ends(view: DeploymentView, actions: list[AnyAction]) -> list[AnyAction]:
    """Two rules of one pass that do not know of each other."""
    pending = list(view.deployment.in_state[AgentState.PENDING])
    if pending and any(isinstance(action, EndAgents) for action in actions):
        rest = [action for action in actions if not isinstance(action, LaunchAgents)]
        return [*rest, LaunchAgents(ranges_of(pending))]
    return actions


def _leaves_the_failed(view: DeploymentView, actions: list[AnyAction]) -> list[AnyAction]:
    """An agent that failed while another one waits for its pause is never started again."""
    failed = view.deployment.in_state[AgentState.FAILED]
    return [a for a in actions if not (isinstance(a, LaunchAgents) and len(failed) > 1)]


class _EarlyRegistry(Registry):
    """Says that a statement is on disk while it is only on its way."""

    @override
    def commit(self) -> Committed:
        if self.statement:
            return Committed(list(self._pending), [])
        return super().commit()


def _record_only_illness(self: Deployer, report: HealthSeen) -> None:
    """Takes it that whoever was put back is as well as a fresh agent."""
    if report.health != "healthy":
        _record_health(self, report)


def _turn_that_forgets(self: Deployer) -> None:
    """The engine says everything once, and so must be listened to the first time."""
    self.committed()
    _turn(self)


_turn = Deployer.turn
_record_health = Deployer._record_health  # noqa: SLF001


@contextmanager
def _nothing(target: str) -> Iterator[None]:
    with patch(target, lambda *_args, **_kwargs: None):
        yield


PLANTED: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "capacity is checked without reservations": lambda: patch(
        "palm_ual.runtime.operations.require_capacity", _capacity_without_reservations
    ),
    "evolve forgets a counter": lambda: patch(
        "tests.simulation.watch.evolve", _evolve_that_forgets_a_counter
    ),
    "a crash during a drain ends the drain": lambda: _planner(_never_drains_again),
    "a plan launches whom it ends": lambda: _planner(_launches_whom_it_ends),
    "of two failed agents none is started again": lambda: _planner(_leaves_the_failed),
    "a statement is acknowledged before its commit": lambda: patch(
        "palm_ual.runtime.palm.Registry", _EarlyRegistry
    ),
    "restarts do not count who is away already": lambda: patch(
        "palm_ual.planning.deployment.MAX_UNAVAILABLE", 3
    ),
    "the engine is told what was not written": lambda: patch(
        "palm_ual.runtime.orders.EngineOrders.forget", EngineOrders.carry_out
    ),
    "what was seen before a failed commit is forgotten": lambda: patch(
        "palm_ual.runtime.deployer.Deployer.turn", _turn_that_forgets
    ),
    "ended agents run on": lambda: _nothing("palm_ual.engines.inprocess.InProcessEngine.stop"),
    "recovered agents are not heard": lambda: patch(
        "palm_ual.runtime.deployer.Deployer._record_health", _record_only_illness
    ),
}
