"""Statements against a running fleet: each becomes a stream of result events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import msgspec

from palm_ual.errors import HomeError, PalmError
from palm_ual.lang import statements as st
from palm_ual.lang.unparse import unparse
from palm_ual.model import events as ev
from palm_ual.model import results as rs
from palm_ual.model.ids import agent_id
from palm_ual.model.limits import MAX_UNAVAILABLE
from palm_ual.runtime import operations
from palm_ual.runtime.palm import Palm
from palm_ual.service import trading, work
from palm_ual.service.answers import answer, look
from palm_ual.service.log_tail import LogTail
from palm_ual.service.session import Session, find_setting, home_value, home_value_in_words, set_session
from palm_ual.service.sources import Sources
from palm_ual.service.waiting import wait, wait_for
from palm_ual.service.watching import watch
from palm_ual.world.lookup import name_of, resolve, resolve_agent, resolve_deployment
from palm_ual.world.records import HOME_SETTINGS, AgentState, Deployment

_Results = AsyncGenerator[rs.ResultEvent, None]


async def execute(palm: Palm, statement: st.AnyRunning, session: Session) -> _Results:
    """Run one statement to its end.

    Raises:
        PalmError: the statement failed; nothing of it is half done, and what it left is in the message.
    """
    session.undo, session.left_at_work = None, False
    match statement:
        case st.Watch():
            stream: _Results = watch(palm, statement, lambda: sources_of(palm, session))
        case st.Logs(follow=True):
            stream = _follow_logs(palm, statement, session)
        case st.Looking():
            stream = _look(palm, statement, session)
        case st.Wait():
            stream = wait(statement)
        case st.WaitFor():
            stream = wait_for(palm, statement)
        case _:
            stream = _change(palm, statement, session)
    async with aclosing(stream) as results:
        async for result in results:
            yield result


def sources_of(palm: Palm, session: Session) -> Sources:
    """What an answer may look at while the fleet runs."""
    return Sources(
        palm.world,
        palm.registry.journal,
        palm.catalog,
        session,
        now_ms=palm.now_ms,
        wall_ms=palm.registry.wall_ms(),
        owes=palm.engine.owes,
    )


async def _look(palm: Palm, statement: st.AnyLooking, session: Session) -> _Results:
    if isinstance(statement, st.CheckHome):
        palm.commit()  # it compares what the fleet is with what is written
    for result in look(statement, sources_of(palm, session)):
        yield result


async def _follow_logs(palm: Palm, statement: st.Logs, session: Session) -> _Results:
    """The tail, then every new line, until the agent has ended."""
    deployment, agent = resolve_agent(palm.world, statement.agent)
    name = agent_id(deployment.type_name, agent.number)
    with LogTail(palm, name) as tail:
        yield answer(statement, sources_of(palm, session))
        while palm.world.find_agent(deployment.type_name, agent.number) is not None:
            committed = await tail.next()
            lines = tuple(rs.LogLine(line.at_ms, line.text) for line in committed.lines)
            if lines:
                yield rs.LogShown(name, lines)


# Changing


async def _change(palm: Palm, statement: st.AnyChanging, session: Session) -> _Results:
    """Number the statement, run it, and keep its outcome in the history if it was accepted."""
    registry = palm.registry
    text = unparse(msgspec.structs.replace(statement, because=None))
    number = registry.begin_statement(text, statement.because)
    ended = ev.StatementEnded("interrupted")
    try:
        async with aclosing(_changes(palm, statement, session)) as results:
            async for result in results:
                yield result
        ended = ev.StatementEnded("accepted" if statement.nowait else "done")
    except PalmError as error:
        ended = ev.StatementEnded("failed", error.code, error.message)
        raise
    finally:
        session.left_at_work = palm.world.last_statement == number
        if session.left_at_work and registry.lost is None:
            _keep_outcome(palm, ended, number)
        registry.forget_statement()
    session.undo, session.left_at_work = None, False


def _keep_outcome(palm: Palm, ended: ev.StatementEnded, number: int) -> None:
    """Write how a statement ended. What it did is written already, so it does not fail where this cannot
    be written now: the outcome goes with a later commit, or the loop says why there is none.
    """
    palm.registry.end_statement(number, ended)
    with suppress(HomeError):
        palm.commit()


def _changes(palm: Palm, statement: st.AnyChanging, session: Session) -> _Results:
    match statement:
        case st.Deploy():
            return _deploy(palm, statement, session)
        case st.Scale():
            return _scale(palm, statement, session)
        case st.Delete():
            return _delete(palm, statement, session)
        case st.Rename():
            return _rename(palm, statement, session)
        case st.Set():
            return _set(palm, statement, session)
        case st.CancelOrders() | st.Fund() | st.Transfer():
            return trading.carry_out(palm, statement, session)
        case st.Drain() | st.Resume() | st.Restart() | st.Terminate():
            return _operates(palm, statement, session)


def _operates(
    palm: Palm, statement: st.Drain | st.Resume | st.Restart | st.Terminate, session: Session
) -> _Results:
    match statement:
        case st.Drain():
            return _drain(palm, statement, session)
        case st.Resume():
            return _resume(palm, statement, session)
        case st.Restart():
            return _restart(palm, statement, session)
        case st.Terminate():
            return _terminate(palm, statement, session)


async def _deploy(palm: Palm, statement: st.Deploy, session: Session) -> _Results:
    with palm.follow() as follower:
        deployment = operations.deploy(
            palm,
            statement.type_name,
            count=statement.count,
            name=statement.name,
            config=statement.config,
            labels=statement.labels,
            ready_within_ms=session.deploy_timeout_ms,
        )
        session.undo = f"DELETE {deployment.name}"
        revision, with_config = deployment.revision, statement.config is not None
        yield rs.DeployStarted(deployment.name, revision.type_name, statement.count, with_config)
        if statement.nowait:
            yield _accepted(session, statement, deployment.name)
            return
        expected = work.Expected(deployment.uid, revision.type_name, ready=statement.count)
        if with_config:
            expected.funding_cents = revision.funding_cents or None
            expected.service = revision.service
        async for result in work.follow_deploy(palm, follower, deployment, expected):
            yield result
    yield rs.DeployFinished(deployment.name, with_config)


async def _scale(palm: Palm, statement: st.Scale, session: Session) -> _Results:
    deployment = resolve_deployment(palm.world, statement.name)
    before = deployment.size
    if before == statement.size and not deployment.deleting:
        yield rs.ScaleFinished(deployment.name, before, changed=False)
        return
    with palm.follow() as follower:
        change = statement.size - deployment.staying
        operations.scale(palm, deployment, statement.size, drain_timeout_ms=session.drain_timeout_ms)
        session.undo = f"SCALE {deployment.name} TO {before}"
        yield rs.ScaleStarted(deployment.name, before, statement.size, change)
        if statement.nowait:
            yield _accepted(session, statement, deployment.name)
            return
        expected = work.Expected(
            deployment.uid,
            deployment.type_name,
            ready=max(0, change),
            ending=max(0, -change),
        )
        growing = change > 0
        limit_ms = session.deploy_timeout_ms if growing else session.drain_timeout_ms
        async for result in work.follow_change(
            palm,
            follower,
            expected,
            done=work.settled,
            deadline_ms=palm.now_ms + limit_ms,
            hint=_start_hint if growing else work.drain_hint,
        ):
            yield result
    yield rs.ScaleFinished(deployment.name, statement.size)


async def _delete(palm: Palm, statement: st.Delete, session: Session) -> _Results:
    deployment = resolve_deployment(palm.world, statement.name)
    with palm.follow() as follower:
        expected = work.Expected(
            deployment.uid, deployment.type_name, ending=deployment.total, shutdown=not statement.force
        )
        operations.delete(palm, deployment, force=statement.force, drain_timeout_ms=session.drain_timeout_ms)
        yield rs.DeleteStarted(deployment.name, expected.ending, statement.force)
        if statement.nowait:
            yield _accepted(session, statement, deployment.name)
            return
        async for result in work.follow_change(
            palm,
            follower,
            expected,
            done=None,
            deadline_ms=palm.now_ms + session.drain_timeout_ms,
            hint=work.drain_hint,
        ):
            yield result
    yield rs.DeleteFinished(deployment.name)


async def _rename(palm: Palm, statement: st.Rename, session: Session) -> _Results:
    deployment = resolve_deployment(palm.world, statement.name)
    before = deployment.name
    operations.rename(palm, deployment, statement.to)
    session.undo = f"RENAME {statement.to} TO {before}"
    yield rs.Renamed(before, statement.to)


async def _drain(palm: Palm, statement: st.Drain, session: Session) -> _Results:
    found = resolve(palm.world, statement.name)
    timeout_ms = session.drain_timeout_ms if statement.timeout_ms is None else statement.timeout_ms
    with palm.follow() as follower:
        numbers = operations.drain(palm, found, timeout_ms=timeout_ms)
        name = name_of(found)
        session.undo = f"RESUME {name}"
        yield rs.DrainStarted(name, len(numbers))
        if statement.nowait:
            yield _accepted(session, statement, name)
            return
        deployment = found.deployment
        expected = work.Expected(
            deployment.uid, deployment.type_name, drained=len(numbers), about=frozenset(numbers)
        )
        async for result in work.follow_change(
            palm,
            follower,
            expected,
            done=lambda now: work.all_drained(now, None if found.agent is None else numbers),
            deadline_ms=palm.now_ms + timeout_ms,
            hint=work.drain_hint
            if found.agent is None
            else lambda _: f"TERMINATE {name} FORCE ends it at once",
        ):
            yield result
    yield rs.DrainFinished(name)


async def _resume(palm: Palm, statement: st.Resume, session: Session) -> _Results:
    found = resolve(palm.world, statement.name)
    name, deployment = name_of(found), found.deployment
    with palm.follow() as follower:
        missing = deployment.wanted - deployment.staying
        numbers = operations.resume(palm, found)
        session.undo = f"DRAIN {name}"
        yield rs.Resumed(name, len(numbers))
        if statement.nowait:
            yield _accepted(session, statement, name)
            return
        if found.agent is not None or missing <= 0:
            return
        async for result in work.follow_change(
            palm,
            follower,
            work.Expected(deployment.uid, deployment.type_name, ready=missing),
            done=_refilled,
            deadline_ms=palm.now_ms + session.deploy_timeout_ms,
            hint=_start_hint,
        ):
            yield result


async def _restart(palm: Palm, statement: st.Restart, session: Session) -> _Results:
    found = resolve(palm.world, statement.name)
    name, deployment = name_of(found), found.deployment
    with palm.follow() as follower:
        numbers = operations.restart(palm, found)
        yield rs.RestartStarted(name, len(numbers), MAX_UNAVAILABLE)
        if statement.nowait:
            yield _accepted(session, statement, name)
            return
        waves = -(-len(numbers) // MAX_UNAVAILABLE)
        limit_ms = waves * (session.drain_timeout_ms + session.deploy_timeout_ms)
        async for result in work.follow_change(
            palm,
            follower,
            work.Expected(deployment.uid, deployment.type_name, ready=len(numbers), about=frozenset(numbers)),
            done=lambda now: not now.restarting and _all_ready(now, numbers),
            deadline_ms=palm.now_ms + limit_ms,
            hint=work.drain_hint,
        ):
            yield result
    yield rs.RestartFinished(name)


async def _terminate(palm: Palm, statement: st.Terminate, session: Session) -> _Results:
    deployment, agent = resolve_agent(palm.world, statement.agent)
    name = agent_id(deployment.type_name, agent.number)
    spare = palm.world.next_numbers[deployment.type_name]
    with palm.follow() as follower:
        operations.terminate(
            palm, deployment, agent, force=statement.force, drain_timeout_ms=session.drain_timeout_ms
        )
        yield rs.TerminateStarted(name, statement.force)
        if statement.nowait:
            yield _accepted(session, statement, deployment.name)
            return
        async for result in work.follow_change(
            palm,
            follower,
            work.Expected(
                deployment.uid,
                deployment.type_name,
                ready=1,
                ending=1,
                about=frozenset((agent.number, spare)),
            ),
            done=lambda now: agent.number not in now.agents and _refilled(now),
            deadline_ms=palm.now_ms + session.drain_timeout_ms + session.deploy_timeout_ms,
            hint=work.drain_hint,
        ):
            yield result


async def _set(palm: Palm, statement: st.Set, session: Session) -> _Results:
    setting = find_setting(statement.name)
    if setting.scope == "home":
        before = getattr(palm.world, HOME_SETTINGS[setting.name])
        value = home_value(setting, statement.value)
        operations.set_home(palm, setting.name, value)
        session.undo = f"SET {setting.name} = {home_value_in_words(setting.name, before)}"
        yield rs.SettingChanged(setting.name, home_value_in_words(setting.name, value))
        return
    value_now = set_session(session, setting, statement.value)
    if statement.because is not None:
        palm.registry.keep_statement()
    yield rs.SettingChanged(setting.name, value_now)


def _accepted(session: Session, statement: st.AnyChanging, name: str) -> rs.Accepted:
    session.left_running = True
    return rs.Accepted(unparse(statement), name)


def _start_hint(deployment: Deployment) -> str:
    return f"it goes on trying; DESCRIBE {deployment.name} says why, LOGS shows what its agents wrote"


def _all_ready(deployment: Deployment, numbers: list[int]) -> bool:
    return all(
        number not in deployment.agents or deployment.agents[number].state is AgentState.READY
        for number in numbers
    )


def _refilled(deployment: Deployment) -> bool:
    return deployment.draining or (deployment.staying >= deployment.wanted and deployment.deploying == 0)
