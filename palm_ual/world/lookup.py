"""Names to deployments and agents, with errors that name the nearest."""

from msgspec import Struct

from palm_ual.errors import NotFound
from palm_ual.model.ids import agent_id, split_agent_id
from palm_ual.model.nearest import nearest
from palm_ual.world.records import Agent, Deployment, World


class Found(Struct, frozen=True):
    """A name resolved: a deployment, and the agent if an agent's id was given."""

    deployment: Deployment
    agent: Agent | None = None


def name_of(found: Found) -> str:
    """How what was found is called: the agent's id, else the deployment's name."""
    if found.agent is None:
        return found.deployment.name
    return agent_id(found.deployment.type_name, found.agent.number)


def resolve(world: World, name: str) -> Found:
    """A deployment by name, or an agent by id.

    Raises:
        NotFound: neither; with the nearest names.
    """
    if (deployment := world.find(name)) is not None:
        return Found(deployment)
    return Found(*_find_agent(world, name, "deployment or agent"))


def resolve_deployment(world: World, name: str) -> Deployment:
    """A deployment by name.

    Raises:
        NotFound: with the nearest names.
    """
    deployment = world.find(name)
    if deployment is None:
        raise _not_found("deployment", name, world)
    return deployment


def resolve_agent(world: World, name: str) -> tuple[Deployment, Agent]:
    """An agent by id.

    Raises:
        NotFound: there is none, or it is a deployment's name.
    """
    if world.find(name) is not None:
        raise NotFound(f'"{name}" is a deployment, not an agent', hint=f"SHOW AGENTS OF {name}", word=name)
    return _find_agent(world, name, "agent")


def _find_agent(world: World, name: str, what: str) -> tuple[Deployment, Agent]:
    if (parts := split_agent_id(name)) is not None:
        if (found := world.find_agent(*parts)) is not None:
            return found
        if world.number_used(*parts):
            raise NotFound(f"agent {name} has ended", hint="SHOW AGENTS lists the living ones", word=name)
    raise _not_found(what, name, world)


def _not_found(what: str, name: str, world: World) -> NotFound:
    names = [deployment.name for deployment in world.deployments.values()]
    near = nearest(name, names)
    if near is not None:
        hint = f"did you mean {near}?"
    else:
        hint = f"deployed: {_some(names)}" if names else "nothing is deployed yet: DEPLOY buyer COUNT 5"
    return NotFound(f'there is no {what} "{name}"', hint=hint, word=name)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
