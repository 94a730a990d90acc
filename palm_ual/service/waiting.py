"""WAIT and WAIT FOR: fleet time passes, or a condition comes true in time."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from palm_ual.errors import WaitTimedOut
from palm_ual.lang import statements as st
from palm_ual.model import results as rs
from palm_ual.model.durations import format_duration
from palm_ual.runtime.palm import Palm
from palm_ual.service import work
from palm_ual.world.lookup import Found, name_of, resolve
from palm_ual.world.records import AgentState, Deployment

_Results = AsyncGenerator[rs.ResultEvent, None]
_WAIT_TIMEOUT_MS = 120_000


async def wait(statement: st.Wait) -> _Results:
    await asyncio.sleep(statement.length_ms / 1000.0)
    yield rs.Waited(statement.length_ms)


async def wait_for(palm: Palm, statement: st.WaitFor) -> _Results:
    found = resolve(palm.world, statement.name)
    name, began_ms = name_of(found), palm.now_ms
    palm.deployer.require_runnable(found.deployment)
    timeout_ms = _WAIT_TIMEOUT_MS if statement.timeout_ms is None else statement.timeout_ms
    met = _agent_test(statement.condition, found) if found.agent else _DEPLOYMENT_TESTS[statement.condition]
    with palm.follow() as follower:
        try:
            async with asyncio.timeout(timeout_ms / 1000.0):
                while not (
                    _is_gone(palm, found, statement) or met(resolve(palm.world, statement.name).deployment)
                ):
                    await follower.next()
        except TimeoutError:
            raise WaitTimedOut(
                f"{name} was not {statement.condition} within {format_duration(timeout_ms)}",
                hint=f"DESCRIBE {name} says what it waits for",
                word=statement.name,
            ) from None
    yield rs.WaitMet(name, statement.condition, palm.now_ms - began_ms)


def _is_gone(palm: Palm, found: Found, statement: st.WaitFor) -> bool:
    """A deployment that was being deleted and is no more has drained, and is as complete as it will be."""
    return statement.condition != "HEALTHY" and found.deployment.uid not in palm.world.deployments


_DEPLOYMENT_TESTS: dict[str, Callable[[Deployment], bool]] = {
    "HEALTHY": work.healthy,
    "COMPLETE": lambda deployment: work.settled(deployment) and not deployment.conditions,
    "DRAINED": lambda deployment: work.all_drained(deployment) and deployment.total > 0,
}


def _agent_test(condition: str, found: Found) -> Callable[[Deployment], bool]:
    assert found.agent is not None
    number = found.agent.number

    def test(deployment: Deployment) -> bool:
        agent = deployment.agents[number]
        if condition == "DRAINED":
            return agent.state is AgentState.DRAINED
        return agent.state is AgentState.READY and agent.health == "healthy"

    return test
