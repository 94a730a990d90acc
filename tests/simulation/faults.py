"""What goes wrong around a fleet: a disk that refuses, a process that is killed, launches that are lost."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from palm_ual.agents.contract import AgentType, Buy, Sell
from palm_ual.engines.engine import NO_RESTARTS, Seen
from palm_ual.engines.inprocess import _DRAINING, _RESTING, _RUNNING, _STARTING, InProcessEngine
from palm_ual.errors import CommitFailed, OutcomeUnknown, TypeUnavailable
from palm_ual.market import flow
from palm_ual.model.events import MarketTraded, Recorded, Revision
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import VIRTUAL, Clocks, Stopwatch
from palm_ual.runtime.exchange import Exchange
from palm_ual.runtime.registry import Registry
from palm_ual.store.journal import JournalReport
from palm_ual.store.memory import MemoryJournal
from palm_ual.store.rows import GENESIS, record_of, row_of
from palm_ual.world.records import AgentState, World


class Killed(BaseException):
    """The process ended at this point, as by kill -9: nothing that would catch an error catches this."""


class FaultyJournal:
    """A `Journal` on a disk that outlives it. After `Killed` or OutcomeUnknown it does nothing any more."""

    def __init__(self, disk: MemoryJournal, chance: random.Random) -> None:
        self.disk = disk
        self.commit_fails = 0.0
        self.outcome_unknown = 0.0
        self.killed = 0.0
        self.committed: Callable[[Sequence[Recorded]], None] = lambda _records: None
        """Told what every commit made durable."""
        self.failed: Callable[[], None] = lambda: None
        self.lost: Callable[[], None] = lambda: None
        """Told when the process ends before it has written a batch of market flow."""
        self.compacted: Callable[[int], None] = lambda _batches: None
        """Told how many batches lost their operations."""
        self._chance = chance
        self._collected: list[Recorded] = []
        self._dead: BaseException | None = None

    @property
    def dead(self) -> bool:
        """Whether its process has come to its end."""
        return self._dead is not None

    def append(self, records: Sequence[Recorded], lines: Sequence[WrittenLine] = ()) -> None:
        self._require_alive()
        for record in records:
            row = row_of(record, GENESIS)
            assert record_of(row, GENESIS, "disk") == record, record
        self.disk.append(records, lines)
        self._collected += records

    def commit(self) -> None:
        self._write(self.disk.commit)

    def write_snapshot(self, parts: Mapping[str, bytes], *, seq: int) -> None:
        self._write(lambda: self.disk.write_snapshot(parts, seq=seq))

    def _write(self, write: Callable[[], None]) -> None:
        self._require_alive()
        draw = self._chance.random()
        if draw < self.commit_fails:
            self.rollback()
            self.failed()
            raise CommitFailed("the disk is full")
        draw = self._chance.random()
        if draw < self.killed:
            self._die(Killed(), write)
        if draw < self.killed + self.outcome_unknown:
            self._die(OutcomeUnknown("the disk is gone"), write)
        write()
        self._told()

    def _die(self, how: BaseException, write: Callable[[], None]) -> None:
        """Before the write, or after it and before anybody was told."""
        if self._chance.random() < 0.5:
            write()
            self._told()
        elif any(isinstance(record.event, MarketTraded) for record in self._collected):
            self.lost()
        self.disk.rollback()
        self._dead = how
        raise how

    def _told(self) -> None:
        collected, self._collected = self._collected, []
        if collected:
            self.committed(collected)

    def _require_alive(self) -> None:
        if self._dead is not None:
            raise self._dead

    def rollback(self) -> None:
        self._collected.clear()
        self.disk.rollback()

    def head(self) -> int:
        return self.disk.head()

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        return self.disk.events(after=after, upto=upto)

    def latest_events(
        self, *, limit: int, deployment: int | None = None, flow: bool = False
    ) -> list[Recorded]:
        return self.disk.latest_events(limit=limit, deployment=deployment, flow=flow)

    def snapshot_seq(self) -> int:
        return self.disk.snapshot_seq()

    def snapshot_part(self, name: str) -> bytes | None:
        return self.disk.snapshot_part(name)

    def snapshot_parts(self) -> Iterable[str]:
        return self.disk.snapshot_parts()

    def compact(self, *, before_ms: int, upto_seq: int) -> int:
        if self._collected:
            raise AssertionError(f"{len(self._collected)} records wait while the journal is compacted")
        gone = 0

        def write() -> None:
            nonlocal gone
            gone = self.disk.compact(before_ms=before_ms, upto_seq=upto_seq)

        self._write(write)
        self.compacted(gone)
        return gone

    def verify(self) -> JournalReport:
        return self.disk.verify()

    def size_bytes(self) -> int | None:
        return self.disk.size_bytes()

    def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
        return self.disk.log_tail(agent, limit)

    def last_line_ms(self) -> int:
        return self.disk.last_line_ms()

    def close(self) -> None:
        self.rollback()


_FITTING_MODES = {
    AgentState.STARTING: (_STARTING, _RUNNING),
    AgentState.READY: (_STARTING, _RUNNING),
    AgentState.DRAINING: (_DRAINING, _RESTING),
    AgentState.DRAINED: (_RESTING, _DRAINING),
}
"""How an agent may be run in each state. The second is a step ahead, which the engine has not told yet; or
an agent of a killed process that was put away before it had met what it owed.
"""


class WatchedEngine(InProcessEngine):
    """An engine whose launches may get lost, and that can be compared with the world."""

    def __init__(self, seed: int, chance: random.Random) -> None:
        super().__init__(seed)
        self.loses = 0.0
        self.may_lose: Callable[[int, int], bool] = lambda _uid, _number: False
        self._chance = chance
        self._lost: set[tuple[int, int]] = set()
        self._crashed: set[tuple[int, int]] = set()
        """Told once, and perhaps not written yet."""
        self._told = False

    @override
    def run(self, now_ms: int) -> Seen:
        seen = super().run(now_ms)
        self._crashed |= {(crash.uid, crash.number) for crash in seen.crashes}
        self._told = True
        return seen

    def written(self, *, whole: bool) -> None:
        """A commit succeeded or failed. The one after a run has everything that was told up to then."""
        if self._told and whole:
            self._crashed.clear()
        self._told = False

    @override
    def launch(
        self, uid: int, numbers: Sequence[int], *, restarts: Mapping[int, int] = NO_RESTARTS, now_ms: int
    ) -> None:
        lost = [n for n in numbers if self._chance.random() < self.loses and self.may_lose(uid, n)]
        self._lost -= {(uid, number) for number in numbers}
        self._crashed -= {(uid, number) for number in numbers}
        self._lost |= {(uid, number) for number in lost}
        super().stop(uid, lost)
        kept = [number for number in numbers if number not in lost]
        super().launch(uid, kept, restarts=restarts, now_ms=now_ms)

    def disagreements(self, world: World) -> list[str]:
        """Where the engine does not run what the world says it runs; call it between two turns.

        What it told and a commit failed to keep is no disagreement yet.
        """
        found = [
            f"deployment {uid} is run and does not exist"
            for uid in self._groups
            if uid not in world.deployments
        ]
        told = {(crash.uid, crash.number) for crash in self._seen.crashes}
        excused = told | self._lost | self._crashed
        for uid, deployment in world.deployments.items():
            if (group := self._groups.get(uid)) is None:
                continue
            for number, member in group.members.items():
                agent = deployment.agents.get(number)
                if agent is None or member.mode not in _FITTING_MODES.get(agent.state, ()):
                    state = "gone" if agent is None else agent.state
                    found.append(f"{deployment.name} {number} is {state} and runs in mode {member.mode}")
            for number, agent in deployment.agents.items():
                known = number in group.members or (uid, number) in excused
                if agent.state in _FITTING_MODES and not known:
                    found.append(f"{deployment.name} {number} is {agent.state} and does not run")
        return found


class LossyExchange(Exchange):
    """An exchange on whose way some orders are lost."""

    def __init__(self, registry: Registry, stopwatch_ns: Stopwatch) -> None:
        super().__init__(registry, stopwatch_ns)
        self.loses = 0.0
        self.chance = random.Random(0)

    @override
    def carry_out(self, uid: int, number: int, intents: Sequence[object], now_ms: int) -> Sequence[object]:
        kept = []
        for intent in intents:
            if isinstance(intent, Buy | Sell) and self.chance.random() < self.loses:
                self._lose(uid, number, now_ms)
            else:
                kept.append(intent)
        return super().carry_out(uid, number, kept, now_ms)

    def _lose(self, uid: int, number: int, now_ms: int) -> None:
        market = self._registry.world.market
        account = self._actor(market, uid, number, now_ms)
        self._apply(market.fail, account)
        self._registry.batch.add(market, (flow.FAIL,))


def late_clocks(chance: random.Random, late: float) -> Clocks:
    """Clocks that move with fleet time, but for a stopwatch that now and then finds an answer late."""
    elapsed_ns = 0

    def read_ns() -> int:
        nonlocal elapsed_ns
        elapsed_ns += 1_500
        if chance.random() < late:
            elapsed_ns += chance.choice([40_000, 3_000_000, 900_000_000])
        return elapsed_ns

    return Clocks(wall=VIRTUAL.wall, stopwatch=lambda _clock: read_ns)


class MoodyCatalog(Catalog):
    """A catalog of a process in which some types do not load."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__()
        self.missing = tuple(missing)

    @override
    def behaviour(self, revision: Revision) -> AgentType[Any]:
        if revision.type_name in self.missing:
            raise TypeUnavailable(f"agent type '{revision.type_ref}' does not load here")
        return super().behaviour(revision)
