"""What may be asked of a fleet. Each operation checks everything first, then records and commits.

All are synchronous: nothing can happen between the check and the commit. They return at once; the loop
does the work.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from palm_ual.errors import Conflict, InvalidValue, LimitExceeded
from palm_ual.market.accounts import Case
from palm_ual.model import events as ev
from palm_ual.model.durations import format_duration
from palm_ual.model.ids import agent_id, ranges_of, split_agent_id
from palm_ual.model.limits import AGENTS_MAX, DURATION_MS_MAX, MONEY_CENTS_MAX, RETENTION_MIN_MS, SERVICES_MAX
from palm_ual.model.money import format_dollars
from palm_ual.planning.capacity import require_capacity, require_issuable
from palm_ual.planning.naming import default_deployment_name
from palm_ual.runtime.palm import Palm
from palm_ual.world.account_names import AnyAccount, account_name, is_account_of_the_home
from palm_ual.world.lookup import Found, name_of
from palm_ual.world.money import TREASURY
from palm_ual.world.records import Agent, AgentState, Deployment, World


def deploy(
    palm: Palm,
    type_ref: str,
    *,
    count: int,
    name: str | None,
    config: Mapping[str, Any] | None,
    labels: Mapping[str, Any] | None,
    ready_within_ms: int,
) -> Deployment:
    """Create a deployment; all of it fits and is valid, or nothing of it exists."""
    world = palm.world
    revision = palm.catalog.revision(type_ref, number=1, config=config, labels=labels)
    if not 1 <= count <= AGENTS_MAX:
        raise InvalidValue(f"COUNT must be a whole number from 1 to {AGENTS_MAX:,}", word=str(count))
    if name is not None and (taken := world.find(name)) is not None:
        raise Conflict(
            f'the name "{name}" is taken by deployment "{taken.name}"',
            hint=f"SCALE {taken.name} TO {taken.size + count} makes it larger",
            word=name,
        )
    name = name or default_deployment_name(revision.type_name, lambda other: world.find(other) is not None)
    _require_free_form(name)
    require_capacity(world, name, size=count)
    _require_book(world, revision.quoted_service)
    _require_numbers(world, revision.type_name, count)
    require_issuable(world, f'deployment "{name}"', revision.funding_cents * count, refused=_NOT_STARTED)
    palm.catalog.behaviour(revision)
    uid = world.next_uid
    palm.registry.record(
        ev.DeploymentCreated(uid, name, count, revision, ready_by_ms=palm.now_ms + ready_within_ms)
    )
    deployment = world.deployments[uid]
    _settle(palm, deployment)
    palm.deployer.ensure_runnable(deployment)
    return deployment


def scale(palm: Palm, deployment: Deployment, size: int, *, drain_timeout_ms: int) -> None:
    """Set a deployment's size."""
    _require_growable(deployment, size)
    require_capacity(palm.world, deployment.name, size=size, deployment=deployment)
    if (more := size - deployment.staying) > 0:
        palm.deployer.require_runnable(deployment)
        _require_numbers(palm.world, deployment.type_name, more)
        require_issuable(
            palm.world,
            f'deployment "{deployment.name}"',
            deployment.revision.funding_cents * more,
            refused=_NOT_STARTED,
            besides=deployment,
        )
    palm.registry.record(ev.SizeSet(deployment.uid, size, drain_timeout_ms))
    _settle(palm, deployment)


def delete(palm: Palm, deployment: Deployment, *, force: bool, drain_timeout_ms: int) -> None:
    """Have a deployment end; asked again with `force`, it ends at once."""
    if deployment.deleting and not force:
        raise Conflict(
            f'deployment "{deployment.name}" is being deleted already',
            hint=f"DELETE {deployment.name} FORCE ends it at once",
            word=deployment.name,
        )
    deadline_ms = palm.now_ms + drain_timeout_ms
    palm.registry.record(ev.DeleteRequested(deployment.uid, deadline_ms, force=force))
    _settle(palm, deployment)


def rename(palm: Palm, deployment: Deployment, name: str) -> None:
    """Give a deployment another name."""
    taken = palm.world.find(name)
    if taken is not None and taken is not deployment:
        raise Conflict(f'the name "{name}" is taken by deployment "{taken.name}"', word=name)
    _require_free_form(name)
    _require_living(deployment)
    palm.registry.record(ev.DeploymentRenamed(deployment.uid, name))
    _settle(palm, deployment)


def drain(palm: Palm, found: Found, *, timeout_ms: int) -> list[int]:
    """Have a deployment, or one agent, owe nothing and take no new work; returns the agents concerned."""
    deployment = found.deployment
    _require_living(deployment)
    deadline_ms = palm.now_ms + timeout_ms
    if found.agent is None:
        palm.registry.record(ev.DrainRequested(deployment.uid, deadline_ms))
        chosen = list(deployment.agents.values())
    else:
        chosen = [found.agent]
    notes = deployment.drains
    working = [
        agent.number
        for agent in chosen
        if agent.state is AgentState.READY
        or (agent.state in _AT_REST and notes[agent.number].then == "restart")
    ]
    draining = [
        agent.number for agent in chosen if agent.state in _AT_REST and notes[agent.number].then == "stay"
    ]
    if found.agent is not None and not working and not draining:
        raise Conflict(f"an agent that is {found.agent.state} cannot drain")
    if working:
        closing = palm.deployer.closing_of(deployment, working)
        palm.registry.record(
            ev.AgentsDrainBegun(deployment.uid, ranges_of(working), deadline_ms, "stay", closing)
        )
        palm.orders.drain(deployment.uid, working, now_ms=palm.now_ms)
    _settle(palm, deployment)
    return working + draining


def resume(palm: Palm, found: Found) -> list[int]:
    """Have a drained deployment, or one agent, take work again; returns the agents concerned."""
    deployment = found.deployment
    _require_living(deployment)
    palm.deployer.require_runnable(deployment)
    stays = [number for number, note in deployment.drains.items() if note.then == "stay"]
    if found.agent is not None:
        if deployment.draining:
            raise Conflict(
                f'deployment "{deployment.name}" is drained as a whole', hint=f"RESUME {deployment.name}"
            )
        stays = [number for number in stays if number == found.agent.number]
    if not stays and not deployment.draining:
        why = "is about to end" if found.agent and deployment.ends(found.agent.number) else "is not drained"
        raise Conflict(f"{name_of(found)} {why}: there is nothing to resume")
    if found.agent is None and deployment.draining:
        palm.registry.record(ev.ResumeRequested(deployment.uid))
    back = [number for number in stays if deployment.agents[number].state in _AT_REST]
    if stays:
        palm.registry.record(ev.AgentsResumed(deployment.uid, ranges_of(stays)))
        palm.orders.resume(deployment.uid, back, now_ms=palm.now_ms)
    _settle(palm, deployment)
    return stays


_NOT_STARTED = "nothing was started"
_AT_REST = (AgentState.DRAINING, AgentState.DRAINED)


def restart(palm: Palm, found: Found) -> list[int]:
    """Have agents start afresh under their ids, a few at a time; returns those concerned."""
    deployment = found.deployment
    _require_living(deployment)
    if deployment.draining:
        raise Conflict(
            f'deployment "{deployment.name}" is drained; its agents start again when it is resumed',
            hint=f"RESUME {deployment.name}",
            word=deployment.name,
        )
    palm.deployer.require_runnable(deployment)
    chosen: Iterable[Agent] = deployment.agents.values() if found.agent is None else (found.agent,)
    able = (AgentState.READY, *_AT_REST)
    numbers = [agent.number for agent in chosen if agent.state in able and not deployment.ends(agent.number)]
    if not numbers:
        raise Conflict(f"nothing to restart: no agent of {deployment.name} is running", word=deployment.name)
    palm.registry.record(ev.RestartRequested(deployment.uid, ranges_of(numbers)))
    _settle(palm, deployment)
    return numbers


def terminate(
    palm: Palm, deployment: Deployment, agent: Agent, *, force: bool, drain_timeout_ms: int
) -> None:
    """End one agent, draining it first unless forced; its deployment starts another in its place."""
    works = agent.state in (AgentState.READY, AgentState.DRAINING)
    if force or not works:
        palm.deployer.touch(deployment.uid, statement=palm.registry.statement)
        palm.deployer.end(deployment, ((agent.number, agent.number),), "terminated")
    elif not deployment.ends(agent.number):
        one = ((agent.number, agent.number),)
        closing = palm.deployer.closing_of(deployment, (agent.number,))
        deadline_ms = palm.now_ms + drain_timeout_ms
        palm.registry.record(ev.AgentsDrainBegun(deployment.uid, one, deadline_ms, "end", closing))
        palm.orders.drain(deployment.uid, (agent.number,), now_ms=palm.now_ms)
    _settle(palm, deployment)


# Money and orders


def fund(palm: Palm, deployment: Deployment, agent: Agent, cents: int) -> int:
    """Give an agent money of the treasury's; returns how much of it had to be issued for that, in cents."""
    _require_amount(cents)
    minted_cents = require_issuable(
        palm.world,
        f"funding {agent_id(deployment.type_name, agent.number)}",
        cents,
        refused="nothing was moved",
    )
    palm.registry.record(ev.MoneyMoved(TREASURY, (deployment.uid, agent.number), cents, minted_cents))
    palm.commit()
    return minted_cents


def transfer(palm: Palm, source: AnyAccount, target: AnyAccount, cents: int) -> None:
    """Move money from one agent to another, or from or to the treasury. Nothing is issued for it."""
    _require_amount(cents)
    pays, gets = _party(source), _party(target)
    if pays == gets:
        name = account_name(target)
        raise InvalidValue(f"{name} would pay itself", word=name)
    if not isinstance(source, Found):
        _require_spare(palm.world, cents)
    elif source.agent is not None:
        _require_free(source.agent, account_name(source), cents)
    palm.registry.record(ev.MoneyMoved(pays, gets, cents))
    palm.commit()


def cancel_orders(palm: Palm, found: Found) -> int:
    """Take all that an agent, or a deployment, has resting off the books; returns how many orders."""
    deployment = found.deployment
    chosen = deployment.agents.values() if found.agent is None else (found.agent,)
    resting = {
        agent.number: len(agent.trading.resting)
        for agent in chosen
        if agent.trading is not None and agent.trading.resting
    }
    if resting:
        palm.registry.record(ev.OrdersCancelled(deployment.uid, ranges_of(list(resting))))
        palm.commit()
    return sum(resting.values())


def _require_amount(cents: int) -> None:
    if not 0 < cents <= MONEY_CENTS_MAX:
        raise InvalidValue(f"an amount is more than nothing and at most {format_dollars(MONEY_CENTS_MAX)}")


def _party(account: AnyAccount) -> tuple[int, int]:
    """Uid and number of an agent, or the treasury."""
    name = account_name(account)
    hint = "TRANSFER goes from and to agents and the treasury"
    if isinstance(account, Found):
        if account.agent is not None:
            return (account.deployment.uid, account.agent.number)
        raise InvalidValue(
            f'"{name}" is a deployment: its money is in the hands of its agents',
            hint=f"SHOW AGENTS OF {name}",
            word=name,
        )
    if isinstance(account, Case):
        raise Conflict(f"{name} holds its money until an arbiter decides on it", hint=hint, word=name)
    if account == "treasury":
        return TREASURY
    if account == "house":
        raise InvalidValue("the house has no money of its own", hint=hint, word=name)
    raise InvalidValue("only DEPLOY, SCALE and FUND have money issued", hint=hint, word=name)


def _require_spare(world: World, cents: int) -> None:
    """The treasury has it, and need not have it issued again for agents that it is promised to."""
    if cents > world.treasury_cents:
        raise Conflict(
            f"the treasury has {format_dollars(world.treasury_cents)}, not {format_dollars(cents)}",
            hint="FUND gives an agent money that the treasury does not have yet",
            word="treasury",
        )
    require_issuable(world, "the transfer", cents, refused="nothing was moved")


def _require_free(agent: Agent, name: str, cents: int) -> None:
    if cents <= agent.free_cents:
        return
    claimed_cents = agent.cash_cents - agent.free_cents
    if not claimed_cents:
        raise Conflict(
            f"{name} has {format_dollars(agent.cash_cents)}, not {format_dollars(cents)}", word=name
        )
    raise Conflict(
        f"{name} has {format_dollars(agent.cash_cents)}, of which resting orders claim "
        f"{format_dollars(claimed_cents)}: {format_dollars(agent.free_cents)} are free, "
        f"not {format_dollars(cents)}",
        hint=f"CANCEL ORDERS {name} frees them",
        word=name,
    )


# The home's settings


def set_home(palm: Palm, name: str, value: int | None) -> None:
    """Change a setting of the home: `capacity` (agents), `issue_cap` (cents) or `retention` (milliseconds).
    None is off.
    """
    match name:
        case "capacity":
            _require_possible_capacity(palm.world, value)
        case "issue_cap":
            if value is not None and not 0 <= value <= MONEY_CENTS_MAX:
                raise InvalidValue(
                    f"issue_cap must be an amount from 0 to {format_dollars(MONEY_CENTS_MAX)}, or off"
                )
        case "retention":
            if value is not None and not RETENTION_MIN_MS <= value <= DURATION_MS_MAX:
                raise InvalidValue(
                    f"retention must be a duration from {format_duration(RETENTION_MIN_MS)} to "
                    f"{format_duration(DURATION_MS_MAX)}, or off",
                    word=format_duration(value),
                )
        case _:
            raise AssertionError(f"the home has no setting {name}")
    palm.registry.record(ev.SettingSet(name, value))
    palm.deployer.touch_all()
    palm.commit()


def _require_possible_capacity(world: World, capacity: int | None) -> None:
    if capacity is None or not 1 <= capacity <= AGENTS_MAX:
        raise InvalidValue(f"capacity must be a whole number from 1 to {AGENTS_MAX:,}", word=str(capacity))
    if (promised := world.reserved) > capacity:
        raise Conflict(
            f"{promised} agents exist or are promised, so the capacity cannot be {capacity}",
            hint="scale a deployment down first",
            word=str(capacity),
        )


def _settle(palm: Palm, deployment: Deployment) -> None:
    """Commit, and have what follows put down to the statement, unless it changed nothing."""
    palm.commit()
    number = palm.registry.statement
    accepted = palm.world.last_statement == number
    palm.deployer.touch(deployment.uid, statement=number if accepted else None)


def _require_free_form(name: str) -> None:
    """A deployment's name is neither an agent's id nor an account of the home."""
    if split_agent_id(name) is not None:
        raise InvalidValue(f'"{name}" looks like an agent\'s id', hint="choose another name", word=name)
    if is_account_of_the_home(name):
        raise InvalidValue(f'"{name}" is an account of the home', hint="choose another name", word=name)


def _require_living(deployment: Deployment) -> None:
    if deployment.deleting:
        raise Conflict(f'deployment "{deployment.name}" is being deleted', word=deployment.name)


def _require_growable(deployment: Deployment, size: int) -> None:
    _require_living(deployment)
    if size > AGENTS_MAX:
        raise InvalidValue(f"at most {AGENTS_MAX:,} agents, not {size:,}", word=str(size))
    if deployment.draining and size > deployment.size:
        raise Conflict(
            f'deployment "{deployment.name}" is drained and takes no new agents',
            hint=f"RESUME {deployment.name}",
            word=deployment.name,
        )


def _require_book(world: World, service: str | None) -> None:
    market = world.market
    if service is not None and service not in market.by_name and len(market.books) >= SERVICES_MAX:
        raise LimitExceeded(f"this home trades {SERVICES_MAX:,} services already", word=service)


def _require_numbers(world: World, type_name: str, count: int) -> None:
    if world.next_numbers.get(type_name, 1) + count > 10_000_000:
        raise LimitExceeded(f"the numbers of {type_name} agents are used up in this home")
