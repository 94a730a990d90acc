"""The independent check: counts everything again and compares, knowing nothing of how it came about.

Invariant numbers follow the kinds a reader will look for: money, capacity, lifecycle, names.
"""

from collections import Counter

from msgspec import Struct

from palm_ual.model.limits import AGENTS_MAX
from palm_ual.world.check_market import check_market
from palm_ual.world.records import SERVING, STATES, AgentState, Deployment, World


class Violation(Struct, frozen=True):
    """One invariant that does not hold, and the figures that show it."""

    invariant: str
    detail: str


def check(world: World) -> list[Violation]:
    """Every invariant that `world` breaks; empty when all is well."""
    found: list[Violation] = []
    found += [Violation(invariant, detail) for invariant, detail in check_market(world)]
    _check_capacity(world, found)
    _check_names(world, found)
    for deployment in world.deployments.values():
        _check_counts(deployment, found)
        _check_side_tables(deployment, found)
    return found


def _expect(found: list[Violation], invariant: str, left: object, right: object, where: str) -> None:
    if left != right:
        found.append(Violation(invariant, f"{where}: {left} instead of {right}"))


def _check_capacity(world: World, found: list[Violation]) -> None:
    agents = sum(len(deployment.agents) for deployment in world.deployments.values())
    promised = sum(
        max(0 if deployment.deleting else deployment.size, len(deployment.agents))
        for deployment in world.deployments.values()
    )
    if agents > world.capacity or promised > world.capacity:
        found.append(
            Violation("capacity holds", f"{agents} agents, {promised} promised, {world.capacity} allowed")
        )
    if not 1 <= world.capacity <= AGENTS_MAX:
        found.append(Violation("capacity is in range", str(world.capacity)))


def _check_names(world: World, found: list[Violation]) -> None:
    names = {deployment.name.lower(): deployment for deployment in world.deployments.values()}
    _expect(found, "names are unique", set(world.by_name), set(names), "names")
    _expect(found, "names are unique", len(names), len(world.deployments), "deployments")
    owners: Counter[tuple[str, int]] = Counter(
        (deployment.type_name, agent.number) for deployment, agent in world.each_agent()
    )
    for (type_name, number), times in owners.items():
        if times > 1 or number >= world.next_numbers.get(type_name, 1):
            found.append(Violation("an agent number is used once", f"{type_name} {number}"))


def _check_counts(deployment: Deployment, found: list[Violation]) -> None:
    where = deployment.name
    _expect(found, "agents are counted", deployment.total, len(deployment.agents), where)
    states = Counter(agent.state for agent in deployment.agents.values())
    for state in STATES:
        _expect(
            found, "agents by state are counted", deployment.count(state), states[state], f"{where} {state}"
        )
    for state, numbers in deployment.in_state.items():
        listed = {number for number, agent in deployment.agents.items() if agent.state is state}
        _expect(found, "agents by state are listed", set(numbers), listed, f"{where} {state}")
    serving = Counter(agent.health for agent in deployment.agents.values() if agent.state in SERVING)
    counted = (deployment.healthy, deployment.degraded, deployment.unhealthy)
    _expect(
        found,
        "agents by health are counted",
        counted,
        (serving["healthy"], serving["degraded"], serving["unhealthy"]),
        where,
    )
    _expect(found, "numbers rise", list(deployment.agents), sorted(deployment.agents), where)


def _check_side_tables(deployment: Deployment, found: list[Violation]) -> None:
    where = deployment.name
    draining = {
        number
        for number, agent in deployment.agents.items()
        if agent.state in (AgentState.DRAINING, AgentState.DRAINED)
    }
    _expect(found, "whoever drains has a reason", draining - set(deployment.drains), set(), where)
    ending = sum(note.then == "end" for note in deployment.drains.values())
    _expect(found, "ending agents are counted", deployment.ending, ending, where)
    noted = set(deployment.failures) | set(deployment.restarting) | set(deployment.drains)
    strangers = noted - set(deployment.agents)
    _expect(found, "notes belong to living agents", strangers, set(), where)
    unfailed = set(deployment.in_state[AgentState.FAILED]) - set(deployment.failures)
    _expect(found, "whoever failed has a reason", unfailed, set(), where)
