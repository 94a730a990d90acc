"""One seeded run of the whole: random statements against a fleet with faults, then healing."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from hashlib import blake2b
from unittest.mock import patch

import msgspec
from msgspec import Struct

from palm_ual.errors import CommitFailed, HomeCorrupt, OutcomeUnknown, PalmError, ScalingStuck, WaitTimedOut
from palm_ual.lang import statements as st
from palm_ual.lang.unparse import unparse
from palm_ual.model import events as ev
from palm_ual.model import results as rs
from palm_ual.model.ids import agent_id, split_agent_id
from palm_ual.planning.deployment import plan_deployment
from palm_ual.runtime.folding import fold
from palm_ual.runtime.palm import Palm, open_palm
from palm_ual.runtime.virtual_loop import Policy, VirtualLoop
from palm_ual.service import work
from palm_ual.service.execute import execute
from palm_ual.service.session import Session
from palm_ual.world.records import Agent, AgentState, Deployment, World
from tests.simulation.faults import (
    FaultyJournal,
    Killed,
    LossyExchange,
    MoodyCatalog,
    WatchedEngine,
    late_clocks,
)
from tests.simulation.statements import UNTIL_MS, Mix, Runnable, look
from tests.simulation.watch import Watch

STATEMENTS = 30
"""Statements of one run, if its faults last that long."""
PATIENCE_S = 7_200.0
"""Every statement is over by then, one way or the other."""
HEALING_MS = 240_000
"""How long after the last fault a fleet may take: a start that is lost, the longest pause, then as long as
CRASH_LOOP stands.
"""
RESUMING_MS = 90_000
"""How long it may take after RESUME."""


QUIET_BATCH_MS = 20_000
"""While nothing can be lost any more, market flow is written in large pieces: each piece is looked at."""


class Outcome(Struct):
    """What a run came to."""

    seed: int
    digest: str
    statements: int
    events: int
    sometimes: Counter[str]


def run(seed: int) -> Outcome:
    """Run one seed to its end.

    Raises:
        Broken, or whatever error reached the top: it failed.
    """
    return Whole(seed).run()


class Whole:
    """One run, through all its processes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.mix = Mix(self.chance)
        self.watch = Watch()
        self.hash = blake2b(digest_size=8)
        self.statements = 0
        self.outcomes: dict[int, str] = {}
        """How the statements of living processes ended, by number."""

    def run(self) -> Outcome:
        policy: Policy = self.chance.choice(["fifo", "random", "random"])
        jitter_s = self.chance.choice([0.0, 0.05])
        factory = partial(VirtualLoop, self.seed, policy, jitter_s=jitter_s)
        with (
            patch("palm_ual.runtime.registry.evolve", self.watch.evolve),
            patch("palm_ual.runtime.registry.SNAPSHOT_EVENTS_MAX", self.chance.choice([40, 200, 5_000])),
            patch("palm_ual.runtime.palm.Exchange", LossyExchange),
            asyncio.Runner(loop_factory=factory) as runner,
        ):
            try:
                runner.run(self._processes())
            except BaseException as error:
                problem = self.watch.problem or repr(error)
                raise AssertionError(f"seed {self.seed}: {problem}") from error
            loop = runner.get_loop()
            assert isinstance(loop, VirtualLoop)
            self.hash.update(loop.digest.encode())
        for record in self.watch.disk.events():
            self.hash.update(msgspec.json.encode(record))
        self.watch.require_it_all_again()
        self.watch.sometimes += self.watch.oracle.market.seen
        events = self.watch.disk.head()
        return Outcome(self.seed, self.hash.hexdigest(), self.statements, events, self.watch.sometimes)

    # Processes, one after the other on the same disk

    async def _processes(self) -> None:
        while True:
            try:
                async with self._process(faulty=True) as palm:
                    await self._work(palm)
                break
            except Killed:
                self.watch.once("killed")
            except OutcomeUnknown:
                self.watch.once("outcome unknown")
            except CommitFailed:
                self.watch.once("commit failed at the end or the beginning")
            self.watch.disk.reopen()
            self._note_what_was_left()
            self.watch.require_acknowledged()
        async with self._process(faulty=False) as palm:
            await self._heal(palm)
        before = _minds(palm)
        async with self._process(faulty=False) as palm:
            if _minds(palm) != before:
                self.watch.fail("agents did not go on from where they were put away")
            await self._finish(palm)

    @asynccontextmanager
    async def _process(self, *, faulty: bool) -> AsyncIterator[Palm]:
        journal = FaultyJournal(self.watch.disk, self.chance)
        engine = WatchedEngine(self.seed, self.chance)

        opened: list[Palm] = []

        def committed(records: Sequence[ev.Recorded]) -> None:
            engine.written(whole=True)
            self.watch.committed(records)
            for running in opened:
                self.watch.require_told(running.world)

        journal.committed, journal.failed = committed, lambda: engine.written(whole=False)
        journal.lost = lambda: self.watch.once("killed before a batch was written")
        journal.compacted = lambda batches: self.watch.once("flow compacted") if batches else None
        lacks = faulty and self.chance.random() < self.mix.missing_types
        catalog = MoodyCatalog([self.chance.choice(["worker", "worker", "judge", "buyer"])] if lacks else [])
        if faulty:
            journal.commit_fails = self.mix.commit_fails
            journal.killed = self.mix.killed
            journal.outcome_unknown = self.mix.outcome_unknown
        late = self.mix.answers_late if faulty else 0.0
        clocks = late_clocks(self.chance, late)
        batch_ms = self.mix.batch_ms if faulty else QUIET_BATCH_MS
        async with (
            _batches_of(batch_ms),
            open_palm(journal, engine=engine, catalog=catalog, clocks=clocks, seed=self.seed) as palm,
        ):
            opened.append(palm)
            exchange = palm.exchange
            assert isinstance(exchange, LossyExchange)
            exchange.chance, exchange.loses = self.chance, self.mix.orders_lost if faulty else 0.0
            engine.may_lose = lambda uid, n: n in palm.world.deployments[uid].in_state[AgentState.STARTING]
            if faulty:
                engine.loses = self.mix.loses
            if any(kept.outcome == "running" for kept in palm.world.statements):
                self.watch.fail("a statement of another process is said to run")
            with _EveryStep(self.watch, palm, engine, self.chance):
                yield palm
        self.watch.require_journal_is(palm.world)
        self.watch.require_told(palm.world)
        self.watch.require_sums_on_disk(palm.world)

    def _note_what_was_left(self) -> None:
        """In the middle of what the last process ended, as far as its disk knows."""
        left = fold(self.watch.disk)
        self.watch.require_told(left)
        for kept in left.statements:
            if kept.outcome == "running":
                self.outcomes[kept.number] = "interrupted"
        for deployment in left.deployments.values():
            if deployment.ready_by_ms is not None:
                self.watch.once("reopened in the middle of a deploy")
            if deployment.deleting:
                self.watch.once("reopened in the middle of a delete")
            if deployment.restarting:
                self.watch.once("reopened in the middle of a restart")
            if deployment.count(AgentState.DRAINING):
                self.watch.once("reopened in the middle of a drain")
            if deployment.count(AgentState.FAILED):
                self.watch.once("reopened after a crash of an agent")

    # Faults

    async def _work(self, palm: Palm) -> None:
        session = Session()
        session.deploy_timeout_ms = self.chance.choice([2_000, 20_000, 60_000])
        session.drain_timeout_ms = self.chance.choice([1_000, 5_000, 30_000])
        if palm.world.seq < 3:
            await self._perform(palm, st.Set(name="capacity", value=self.mix.capacity), session)
        try:
            async with asyncio.TaskGroup() as group:
                others = [
                    group.create_task(self._look_on(palm, session)),
                    group.create_task(self._shake_prices(palm)),
                ]
                await self._operate(palm, session)
                for other in others:
                    other.cancel()
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _operate(self, palm: Palm, session: Session) -> None:
        while self.statements < STATEMENTS and palm.now_ms < UNTIL_MS:
            self.statements += 1
            await self._perform(palm, self.mix.statement(palm.world), session)
            await self._pause()

    async def _pause(self) -> None:
        """Nothing, a few steps of the fleet, or some time."""
        kind = self.chance.random()
        if kind < 0.4:
            for _ in range(self.chance.randint(1, 4)):
                await asyncio.sleep(0)
        elif kind < 0.6:
            await asyncio.sleep(self.chance.choice([0.001, 1.0, 5.0]))

    async def _shake_prices(self, palm: Palm) -> None:
        """Now and then a reference value jumps."""
        while self.mix.jumps:
            await asyncio.sleep(self.chance.choice([0.5, 4.0, 20.0]) / self.mix.jumps)
            names = [book.name for book in palm.world.market.books]
            if names and palm.registry.lost is None:
                ppm = self.chance.choice([-400_000, -60_000, -9_000, 9_000, 70_000, 600_000])
                palm.exchange.jump(self.chance.choice(names), ppm, palm.now_ms)
                palm.nudge()

    async def _look_on(self, palm: Palm, session: Session) -> None:
        """A second pair of eyes, which may look at any time."""
        while True:
            await asyncio.sleep(self.chance.choice([0.0, 0.5, 10.0, 30.0]))
            try:
                async for result in execute(palm, look(self.mix, palm.world), session):
                    self.hash.update(repr(result).encode())
            except HomeCorrupt as error:
                self.watch.fail(f"CHECK HOME: {error.message}")
            except PalmError as error:
                self.watch.once(f"looked in vain: {error.code}")

    async def _perform(self, palm: Palm, statement: Runnable, session: Session) -> None:
        interrupted = self.chance.random() < self.mix.interrupts
        patience_s = self.chance.choice([0.0, 0.001, 1.0, 5.0]) if interrupted else PATIENCE_S
        head, last = palm.registry.journal.head(), palm.world.last_statement
        outcome = "interrupted"
        try:
            async with asyncio.timeout(patience_s):
                async with aclosing(execute(palm, statement, session)) as results:
                    async for result in results:
                        self.hash.update(repr(result).encode())
                        self._acknowledge(palm, last)
                        if interrupted and self.chance.random() < 0.1:
                            self.watch.once("closed between two results")
                            break
                    else:
                        self._require_done(palm, statement, result)
                        outcome = "accepted" if getattr(statement, "nowait", False) else "done"
            self._acknowledge(palm, last)
        except TimeoutError:
            if not interrupted:
                self.watch.fail(f"{unparse(statement)} waits for ever")
            self.watch.once(f"interrupted {type(statement).__name__}")
        except OutcomeUnknown:
            raise
        except PalmError as error:
            outcome = "failed"
            self._refused(palm, statement, error, head, last)
        if palm.world.last_statement > last:
            self.outcomes[palm.world.last_statement] = outcome

    def _require_done(self, palm: Palm, statement: Runnable, last: rs.ResultEvent) -> None:
        """At the moment in which a statement says that it is done, it is."""
        self.watch.once(f"done {type(statement).__name__}")
        if getattr(statement, "nowait", False) or (isinstance(last, rs.ScaleFinished) and not last.changed):
            return
        world = palm.world
        deployment = world.find(getattr(statement, "name", "") or "")
        match statement:
            case st.Delete():
                done = deployment is None
            case st.Set(name="capacity"):
                done = world.capacity == statement.value
            case st.Rename():
                done = world.find(statement.to) is not None
            case st.Terminate():
                parts = split_agent_id(statement.agent)
                done = parts is not None and world.find_agent(*parts) is None
            case _:
                done = deployment is None or _is_done(deployment, statement)
        if not done:
            self.watch.fail(f"{unparse(statement)} said that it was done")

    def _acknowledge(self, palm: Palm, last: int) -> None:
        """The first result of a statement says that it was accepted."""
        kept = palm.world.statements[-1] if palm.world.last_statement > last else None
        if kept is not None and (kept.number, kept.text) not in self.watch.acknowledged[-1:]:
            self.watch.acknowledged.append((kept.number, kept.text))

    def _refused(self, palm: Palm, statement: Runnable, error: PalmError, head: int, last: int) -> None:
        self.watch.once(f"{type(statement).__name__} {error.code}")
        self.hash.update(error.message.encode("utf-8", "backslashreplace"))
        if isinstance(error, CommitFailed) and palm.world.seq == palm.registry.journal.head():
            self.watch.require_journal_is(palm.world)
        if isinstance(error, WaitTimedOut) or palm.world.last_statement > last:
            return
        left = [record for record in palm.registry.journal.events(after=head) if record.statement == last + 1]
        if left:
            self.watch.fail(f"{unparse(statement)} was refused with {error.code} and left {left}")

    # Healing

    async def _heal(self, palm: Palm) -> None:
        """Faults are over: each deployment gets where it was told to go, and nothing is left to complain of."""
        session = Session()
        await self._perform_now(palm, st.Set(name="issue_cap", value="off"), session)
        await asyncio.sleep(
            (UNTIL_MS - palm.now_ms + HEALING_MS) / 1_000 if palm.now_ms < UNTIL_MS else HEALING_MS / 1_000
        )
        await self._help_out(palm, session)
        for deployment in palm.world.deployments.values():
            if not _converged(deployment):
                self.watch.fail(f"{deployment.name} has not converged: {_story(palm, deployment)}")
        for deployment in list(palm.world.deployments.values()):
            if deployment.draining or deployment.drains:
                await self._perform_now(palm, st.Resume(name=deployment.name), session)
        await asyncio.sleep(RESUMING_MS / 1_000)
        for deployment in palm.world.deployments.values():
            if not (work.settled(deployment) and self._is_well(deployment) and not deployment.conditions):
                self.watch.fail(f"{deployment.name} is not well after RESUME: {_story(palm, deployment)}")

    def _is_well(self, deployment: Deployment) -> bool:
        """Healthy, but for those whose p99 late answers have spoilt: it is of all answers they ever got."""
        spoilt = [why for why in deployment.health_reasons.values() if "p99" in why]
        late = bool(self.mix.answers_late) and len(spoilt) == deployment.degraded
        return work.healthy(deployment) or (late and deployment.sick == 0)

    async def _help_out(self, palm: Palm, session: Session) -> None:
        """Who cannot pay for what it is short of never gets drained, until somebody gives it the money."""
        helped = False
        for deployment, agent in list(palm.world.each_agent()):
            if agent.state is AgentState.DRAINING and (cents := _lacks_cents(palm.world, agent)):
                helped = True
                self.watch.once("could not close its position for want of money")
                name = agent_id(deployment.type_name, agent.number)
                await self._perform_now(palm, st.Fund(agent=name, amount_cents=cents), session)
        if helped:
            await asyncio.sleep(RESUMING_MS / 1_000)

    async def _finish(self, palm: Palm) -> None:
        """Everything can be ended, and all money comes back."""
        session = Session()
        for deployment in list(palm.world.deployments.values()):
            try:
                await self._perform_now(palm, st.Delete(name=deployment.name), session)
            except ScalingStuck:
                await self._help_out(palm, session)
                await asyncio.sleep(RESUMING_MS / 1_000)
                if deployment.uid in palm.world.deployments:
                    self.watch.fail(f"{deployment.name} cannot be ended: {_story(palm, deployment)}")
        world = palm.world
        for kept in world.statements:
            if kept.number in self.outcomes and kept.outcome != self.outcomes[kept.number]:
                self.watch.fail(f"{kept} ended {self.outcomes[kept.number]}")
        if world.agents or world.deployments or world.treasury_cents != world.issued_cents:
            self.watch.fail(
                f"{world.agents} agents are left; {world.treasury_cents} of {world.issued_cents} cents"
            )

    async def _perform_now(self, palm: Palm, statement: Runnable, session: Session) -> None:
        async with asyncio.timeout(PATIENCE_S):
            async with aclosing(execute(palm, statement, session)) as results:
                async for _ in results:
                    pass


class _EveryStep:
    """Between two steps of the loop everything is committed, and the engine runs what the world says."""

    def __init__(self, watch: Watch, palm: Palm, engine: WatchedEngine, chance: random.Random) -> None:
        self._watch, self._palm, self._engine, self._chance = watch, palm, engine, chance
        self._seq = palm.world.seq
        self._world = palm.world
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop

    def __enter__(self) -> None:
        self._loop.after_step = self._look

    def __exit__(self, *_: object) -> None:
        self._loop.after_step = None

    def _look(self) -> None:
        world = self._palm.world
        if world.seq == self._seq:
            return
        self._seq = world.seq
        journal = self._palm.registry.journal
        assert isinstance(journal, FaultyJournal)
        if journal.dead or world.seq != journal.head() or self._palm.registry.batch.count:
            return
        if world is not self._world:
            self._world = world
            self._watch.require_told(world)
        if found := self._engine.disagreements(world):
            self._watch.fail(f"engine and world differ: {found}")
        if self._chance.random() < 0.02:
            self._watch.require_journal_is(world)


@asynccontextmanager
async def _batches_of(length_ms: int) -> AsyncIterator[None]:
    with patch("palm_ual.runtime.registry.FLOW_BATCH_MS", length_ms):
        yield


def _minds(palm: Palm) -> dict[tuple[int, int], tuple[int, object]]:
    """What every agent has in mind, and how many steps it has taken."""
    return {
        (uid, image.number): (image.steps, image.state)
        for uid, deployment in palm.world.deployments.items()
        for image in palm.engine.images(uid, dict.fromkeys(deployment.agents, 0), now_ms=0)
    }


def _lacks_cents(world: World, agent: Agent) -> int:
    """How much more than it has it would cost to buy back what it is short of, at twice the price of now."""
    short_cents = sum(
        -position.units * world.market.books[service].best_ask_cents()
        for service, position in (() if agent.trading is None else agent.trading.open_positions())
        if position.units < 0
    )
    return 2 * short_cents - agent.free_cents if agent.free_cents < short_cents else 0


def _converged(deployment: Deployment) -> bool:
    if deployment.conditions or deployment.deleting:
        return False
    if deployment.draining:
        return work.all_drained(deployment)
    drained = deployment.count(AgentState.DRAINED)
    return work.settled(deployment) or bool(deployment.restarting and drained)


def _is_done(deployment: Deployment, statement: Runnable) -> bool:
    match statement:
        case st.Deploy():
            return deployment.total == statement.count and deployment.ready_by_ms is None
        case st.Scale():
            return deployment.size == deployment.total == statement.size
        case st.Drain():
            return work.all_drained(deployment) and deployment.draining
        case st.Restart():
            return not deployment.restarting
        case _:
            return True


def _story(palm: Palm, deployment: Deployment) -> str:
    counts = {str(state): deployment.count(state) for state in AgentState if deployment.count(state)}
    plan = plan_deployment(palm.deployer.view(deployment), now_ms=palm.now_ms)
    health = (deployment.healthy, deployment.degraded, deployment.unhealthy)
    return (
        f"{counts} of {deployment.size}, health {health} {deployment.health_reasons}, draining {deployment.draining}, "
        f"deleting {deployment.deleting}, conditions {deployment.conditions}, drains {deployment.drains}, "
        f"restarting {list(deployment.restarting)}, plan {plan}"
    )
