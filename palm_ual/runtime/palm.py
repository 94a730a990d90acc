"""Palm: one object that holds a fleet while it runs, and the only loop there is.

A statement's changes are recorded and committed before anybody is told; the loop then turns until the
world is as it should be, and followers are given what was committed.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from palm_ual import __version__
from palm_ual.engines.engine import AgentImage, Engine
from palm_ual.errors import CommitFailed, HomeCorrupt, HomeError, PalmError
from palm_ual.model import events as ev
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import Clocks, LoopClock, Stopwatch
from palm_ual.runtime.deployer import Deployer
from palm_ual.runtime.exchange import Exchange
from palm_ual.runtime.folding import fold
from palm_ual.runtime.orders import EngineOrders
from palm_ual.runtime.registry import Committed, Registry
from palm_ual.store.journal import Journal
from palm_ual.world.records import AgentState, Deployment, World

T = TypeVar("T")

_RETRY_COMMIT_S = 1.0
_COMPACT_AT_END_MAX = 20
"""How much of the flow that is past its retention goes before a fleet is put away; the rest goes later."""
_IMAGES = "images:"
"""Parts of a snapshot: a deployment's agents as their type put them away, by uid."""
_CLOCK = "clock"
"""The part that holds the fleet time at which the snapshot was taken."""


class Follower:
    """What was committed since the last look. Leave it to stop following."""

    def __init__(self, palm: "Palm") -> None:
        self._palm = palm
        self._records: list[ev.Recorded] = []
        self._lines: list[WrittenLine] = []
        self._arrived = asyncio.Event()
        self._failure: PalmError | None = None

    def deliver(self, committed: Committed) -> None:
        """Called by Palm after a commit."""
        self._records += committed.records
        self._lines += committed.lines
        self._arrived.set()

    def fail(self, error: PalmError) -> None:
        """Called by Palm when what is followed cannot be written."""
        self._failure = error
        self._arrived.set()

    async def next(self) -> Committed:
        """Wait until something was committed; returns all of it, in order.

        Raises:
            CommitFailed, OutcomeUnknown: the fleet could not write what it did.
        """
        await self._arrived.wait()
        self._arrived.clear()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return self.taken()

    def taken(self) -> Committed:
        """What was committed and not yet looked at, without waiting."""
        committed = Committed(self._records, self._lines)
        self._records, self._lines = [], []
        return committed

    def __enter__(self) -> Self:
        self._palm.followers.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._palm.followers.remove(self)


class Palm:
    """A running fleet. Make one with `open_palm`."""

    def __init__(self, registry: Registry, engine: Engine, catalog: Catalog, stopwatch_ns: Stopwatch) -> None:
        self.registry = registry
        self.exchange = Exchange(registry, stopwatch_ns)
        self.engine = engine
        engine.connect(self.exchange)
        self.catalog = catalog
        self.orders = EngineOrders(engine)
        """What the engine is told goes through here: it does it once it is on disk."""
        self.deployer = Deployer(registry, engine, self.orders, catalog, self.exchange)
        self.followers: list[Follower] = []
        self._idle: dict[int, list[AgentImage]] = {}
        """Agents whose type does not load here, as they were put away: they are put away again like that."""
        self._nudged = asyncio.Event()
        self._compacting = False
        """Whether market flow may be left that is past its retention."""

    @property
    def world(self) -> World:
        """The fleet as it is now; only to be read."""
        return self.registry.world

    @property
    def now_ms(self) -> int:
        """Fleet time."""
        return self.registry.clock.now_ms()

    def follow(self) -> Follower:
        """Follow what is committed from here on, in a `with` block."""
        return Follower(self)

    def commit(self) -> None:
        """Make changes durable, have the engine do what they call for, tell the followers, let the loop turn.

        Raises:
            CommitFailed: nothing of them holds; the world is as the journal has it, and no agent was moved.
            HomeError: any other is the end of writing.
        """
        try:
            committed = self.registry.commit()
        except CommitFailed:
            self.orders.forget()
            self.deployer.realign()
            self.nudge()
            raise
        self.orders.carry_out()
        if committed.records or committed.lines:
            for follower in self.followers:
                follower.deliver(committed)
        self.nudge()

    def nudge(self) -> None:
        """Have the loop look at once."""
        self._nudged.set()

    # Life

    def resume(self, *, seed: int) -> None:
        """Take the fleet up where it was put away; agents go on with the state they had then.

        `seed` decides how the reference values of a new home move.
        """
        self.registry.record(ev.FleetResumed(__version__, seed), statement=0)
        self._adopt(_stored_images(self.registry.journal))
        self.commit()

    def suspend(self) -> None:
        """Put the fleet away: every agent's state and the world as a snapshot. No step is taken after this.

        Does nothing where nothing may be written any more: whoever met that has said so.
        """
        if self.registry.lost is not None:
            return
        self.registry.record_outcomes()
        self.registry.record(ev.FleetSuspended(), statement=0)
        self._write_snapshot()
        for _ in range(_COMPACT_AT_END_MAX):
            if not self.registry.compact():
                break

    async def run(self) -> None:
        """Turn for ever: when a step is due, when a plan wants another look, and when nudged."""
        while True:
            try:
                self.deployer.turn()
                if self.registry.commit_due():
                    self.commit()
                self.deployer.committed()
                self._put_away_when_due()
            except CommitFailed as error:
                self._fail_followers(_stalled(error))
                await asyncio.sleep(_RETRY_COMMIT_S)
            except HomeError as error:
                self._fail_followers(error)
                raise
            await self._rest()

    def _put_away_when_due(self) -> None:
        """A snapshot now and then. One that does not fit on the disk is tried again later: no event is lost by it."""
        if self.registry.snapshot_due():
            with contextlib.suppress(CommitFailed):
                self._write_snapshot()
                self._compacting = True
        elif self._compacting:
            self._compacting = self.registry.compact()

    async def _rest(self) -> None:
        times = (self.deployer.next_turn_ms(), self.registry.flow_due_ms())
        wake_ms = min((time_ms for time_ms in times if time_ms is not None), default=None)
        self._nudged.clear()
        if self._compacting:
            wake_ms = self.now_ms
        if wake_ms is None:
            await self._nudged.wait()
            return
        wait_ms = wake_ms - self.now_ms
        if wait_ms <= 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(wait_ms / 1000.0):
                await self._nudged.wait()
        except TimeoutError:
            return

    def _fail_followers(self, error: PalmError) -> None:
        for follower in self.followers:
            follower.fail(error)

    # Agents and the engine

    def _adopt(self, images: dict[int, list[AgentImage]]) -> None:
        for deployment in self.world.deployments.values():
            self.deployer.touch(deployment.uid, statement=0)
            stored = images.get(deployment.uid, [])
            if self.deployer.ensure_runnable(deployment) is None:
                self._upgrade(deployment)
                self._adopt_deployment(deployment, stored)
            else:
                self._idle[deployment.uid] = stored

    def _upgrade(self, deployment: Deployment) -> None:
        for revision in tuple(deployment.revisions):
            if (upgraded := self.catalog.upgraded(revision)) is not None:
                self.registry.record(ev.RevisionUpgraded(deployment.uid, upgraded), statement=0)

    def _adopt_deployment(self, deployment: Deployment, images: list[AgentImage]) -> None:
        """Each agent goes on as its record says it was; one without a fitting image starts afresh."""
        uid, now_ms = deployment.uid, self.now_ms
        stored = {image.number: image for image in images}
        fitting: list[AgentImage] = []
        afresh: list[int] = []
        modes: dict[AgentState, list[int]] = {AgentState.DRAINING: [], AgentState.DRAINED: []}
        for number, agent in deployment.agents.items():
            if agent.state in (AgentState.PENDING, AgentState.FAILED):
                continue
            image = stored.get(number)
            if image is None or image.restarts != agent.restarts or agent.state is AgentState.STARTING:
                afresh.append(number)
            else:
                fitting.append(image)
            if agent.state in modes:
                modes[agent.state].append(number)
        restarts = {number: deployment.agents[number].restarts for number in afresh}
        self.engine.adopt(uid, fitting, now_ms=now_ms)
        self.engine.launch(uid, afresh, restarts=restarts, now_ms=now_ms)
        # The state of a killed process's agent may be older than its record, and owe what it had met.
        owing = [number for number in modes[AgentState.DRAINED] if self.engine.owes(uid, number)]
        self.engine.drain(uid, modes[AgentState.DRAINING] + owing, now_ms=now_ms)
        self.engine.rest(uid, [number for number in modes[AgentState.DRAINED] if number not in owing])

    def _write_snapshot(self) -> None:
        """The world, what every agent's type put away of it, and the fleet time it is now."""
        parts = {
            f"{_IMAGES}{uid}": msgspec.json.encode(self._images_of(deployment))
            for uid, deployment in self.world.deployments.items()
        }
        self.registry.write_lines(self.engine.take_lines())
        parts[_CLOCK] = msgspec.json.encode(self.now_ms)
        self.registry.write_snapshot(parts)

    def _images_of(self, deployment: Deployment) -> list[AgentImage]:
        if deployment.uid in self._idle:
            return self._idle[deployment.uid]
        restarts = {number: agent.restarts for number, agent in deployment.agents.items()}
        return self.engine.images(deployment.uid, restarts, now_ms=self.now_ms)


def _stalled(error: CommitFailed) -> CommitFailed:
    """For whoever waits for an accepted statement: it must not be given a second time."""
    return CommitFailed(
        f"the statement was accepted, but what comes of it cannot be written: {error.message}",
        hint="it goes on by itself once there is room again; DESCRIBE shows how far it is",
    )


def _stored_images(journal: Journal) -> dict[int, list[AgentImage]]:
    return {
        int(name.removeprefix(_IMAGES)): _stored(journal, name, list[AgentImage]) or []
        for name in journal.snapshot_parts()
        if name.startswith(_IMAGES)
    }


def _last_known_ms(journal: Journal, world: World) -> int:
    """Fleet time when the journal was last written to: by a snapshot, an event or an agent's line."""
    return max(world.at_ms, journal.last_line_ms(), _stored(journal, _CLOCK, int) or 0)


def _stored(journal: Journal, name: str, kind: type[T]) -> T | None:
    body = journal.snapshot_part(name)
    try:
        return None if body is None else msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise HomeCorrupt(f"the snapshot's part {name!r} is damaged: {error}") from error


@asynccontextmanager
async def open_palm(
    journal: Journal,
    *,
    engine: Engine,
    catalog: Catalog,
    clocks: Clocks,
    seed: int = 0,
) -> AsyncIterator[Palm]:
    """Resume the fleet of a journal, run it while the block lasts, and suspend it at the end.

    `seed` is for a new home: it decides how the reference values of its market move.

    One TaskGroup owns the loop; an error in it ends the block. The journal is closed by the caller.
    """
    world = fold(journal)
    clock = LoopClock(asyncio.get_running_loop().time, _last_known_ms(journal, world))
    registry = Registry(journal, world, clock, clocks.wall(clock))
    palm = Palm(registry, engine, catalog, clocks.stopwatch(clock))
    palm.resume(seed=seed)
    try:
        async with asyncio.TaskGroup() as group:
            loop = group.create_task(palm.run())
            try:
                yield palm
            finally:
                loop.cancel()
    except BaseExceptionGroup as failed:
        palm.suspend()
        raise failed.exceptions[0] from None
    except BaseException:
        palm.suspend()
        raise
    if palm.registry.lost is not None:  # the block met it last, and the loop had no turn left to say so
        raise palm.registry.lost
    palm.suspend()
