"""Agent types that misbehave by chance and config, until their faults are over."""

# Draws of one step are told apart by their `which`: below 100 those of a worker itself, then those of its trades.

from collections.abc import Sequence
from typing import Any, ClassVar

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money, ServiceName
from palm_ual.agents.contract import (
    HEALTHY,
    AgentType,
    CancelAll,
    HandOver,
    HealthReport,
    Intent,
    Obligation,
    Sight,
    Step,
    Write,
    closing_orders,
)
from tests.simulation.trades import decisions, intentions, quotes

REF = "tests.simulation.workers:Worker"
KEEPER_REF = "tests.simulation.workers:Keeper"
PEDDLER_REF = "tests.simulation.workers:Peddler"
JUDGE_REF = "tests.simulation.workers:Judge"
QUIET_MS = 4_000
"""The pace of those whose faults are over."""


class WorkerConfig(AgentConfig):
    """How it misbehaves while fleet time is below `until_ms`; the percents are of its steps."""

    funding: Money = Field(100_00, description="what it is started with")
    until_ms: int = Field(0, ge=0, description="when its faults are over")
    pace_ms: int = Field(1_000, ge=1, description="time between two steps")
    start_crash: int = Field(0, ge=0, le=100, description="starts that raise")
    step_crash: int = Field(0, ge=0, le=100, description="steps that raise")
    drain_crash: int = Field(0, ge=0, le=100, description="drain steps that raise")
    owes_crash: int = Field(0, ge=0, le=100, description="steps after which `obligations` raises")
    restore_crash: int = Field(0, ge=0, le=100, description="starts of which the state cannot be restored")
    owes: int = Field(0, ge=0, description="drain steps until it owes nothing")
    never_drains: bool = Field(False, description="goes on owing as long as its faults last")
    sick: int = Field(0, ge=0, le=100, description="steps after which its health is drawn anew")
    nonsense: int = Field(0, ge=0, le=100, description="steps that give back what no step is")
    sleeper: bool = Field(False, description="names no time for its next step")
    chatty: bool = Field(False, description="writes a line at each step")
    budget: Money | None = Field(None, description="how much may be tied up at once")
    trades: int = Field(0, ge=0, le=100, description="steps in which it trades")
    careless: int = Field(0, ge=0, le=100, description="orders that make no sense, of those it sends")
    quits: bool = Field(False, description="closes its positions once its faults are over")


class Work(Struct):
    """What a worker has done and owes."""

    unit: int
    steps: int = 0
    owed: int = 0
    ill: str = ""
    broken: bool = False
    unrestorable: bool = False


class Worker(AgentType[Work]):
    """Works, owes for a while, and fails as it is told to."""

    name = "worker"
    summary = "fails as it is told to"
    Config: ClassVar[type[WorkerConfig]] = WorkerConfig
    State = Work

    def faulty(self, sight: Sight) -> bool:
        return sight.now_ms < int(self.config.until_ms)

    @override
    def start(self, sight: Sight, chance: Chance) -> Work:
        if self.faulty(sight) and drawn(sight, chance, 1) < self.config.start_crash:
            raise OSError(f"no desk for {sight.agent_id}")
        state = Work(sight.number, owed=self.config.owes)
        may_tear = self.faulty(sight) and not self.config.sleeper
        state.unrestorable = may_tear and drawn(sight, chance, 2) < self.config.restore_crash
        return state

    @override
    def step(self, state: Work, sight: Sight, chance: Chance) -> Step:
        state.steps += 1
        state.owed = max(state.owed, min(self.config.owes, chance.below(5, 3)))
        faulty = self.faulty(sight)
        if faulty:
            if drawn(sight, chance, 4) < self.config.step_crash:
                raise RuntimeError("lost the thread")
            if drawn(sight, chance, 5) < self.config.nonsense:
                return nonsense(chance.below(6, 6))
            state.broken = drawn(sight, chance, 7) < self.config.owes_crash
        else:
            state.broken = state.unrestorable = False
        if not faulty or self.config.sleeper:
            state.ill = ""
        elif drawn(sight, chance, 8) < self.config.sick:
            state.ill = ("", "degraded", "unhealthy")[chance.below(3, 9)]
        intents: tuple[Intent, ...] = (Write(f"step {state.steps}"),) if self.config.chatty else ()
        if sight.has_market:
            intents += self.trade(sight, chance)
        return Step(self.pace_ms(sight), intents)

    def pace_ms(self, sight: Sight) -> int | None:
        """Slow once its faults are over: from then on there is little to be seen of it."""
        if self.config.sleeper:
            return None
        pace_ms = int(self.config.pace_ms)
        return max(pace_ms, QUIET_MS) if self.config.until_ms and not self.faulty(sight) else pace_ms

    def trade(self, sight: Sight, chance: Chance) -> tuple[Intent, ...]:
        """What it asks of the market at one step."""
        if not self.faulty(sight):
            if not self.config.quits:
                return ()
            withdraw: tuple[Intent, ...] = (CancelAll(),) if sight.market.has_resting else ()
            return (*withdraw, *closing_orders(sight))
        if chance.below(100, 100) >= self.config.trades:
            return ()
        return intentions(sight, chance, careless=self.config.careless, which=101)

    @override
    def obligations(self, state: Work, sight: Sight) -> Sequence[Obligation]:
        if state.broken:
            raise LookupError("the books are gone")
        return [Obligation(f"{state.owed} parcels")] if state.owed else []

    @override
    def drain(self, state: Work, sight: Sight, chance: Chance) -> Step:
        faulty = self.faulty(sight)
        if faulty and drawn(sight, chance, 10) < self.config.drain_crash:
            raise RuntimeError("dropped a parcel")
        if not (faulty and self.config.never_drains):
            state.owed = max(0, state.owed - 1)
        return Step(self.config.pace_ms, self.close(sight, chance))

    def close(self, sight: Sight, chance: Chance) -> tuple[Intent, ...]:
        """What it asks of the market while it drains: what it ever did, which is refused, and to be let out."""
        if not sight.has_market:
            return ()
        more: tuple[Intent, ...] = ()
        if self.faulty(sight) and chance.below(100, 100) < self.config.trades:
            more = intentions(sight, chance, careless=self.config.careless, which=101)
        return (*more, *closing_orders(sight))

    @override
    def health(self, state: Work, sight: Sight) -> HealthReport:
        if state.ill == "degraded":
            return HealthReport("degraded", "tired")
        return HealthReport("unhealthy", "ill") if state.ill else HEALTHY

    @override
    def restore(self, saved: Any) -> Work:
        state = super().restore(saved)
        if state.unrestorable:
            raise ValueError("the notes are torn")
        return state


class Keeper(Worker):
    """Another type with the same habits and its own numbers; it says nothing of its health."""

    name = "keeper"
    summary = "keeps what workers bring"
    health = AgentType.health


class PeddlerConfig(WorkerConfig):
    """What it sells, and for how much."""

    service: ServiceName = Field("General", description="what it sells")
    price: Money = Field(100_00, description="about what it asks and bids")


class Peddler(Worker):
    """A seller: quotes, sells what it has not, and fails as it is told to."""

    name = "peddler"
    summary = "sells what it has not"
    Config = PeddlerConfig
    role = "seller"

    @override
    def trade(self, sight: Sight, chance: Chance) -> tuple[Intent, ...]:
        if not self.faulty(sight):
            return super().trade(sight, chance)
        if chance.below(100, 100) >= self.config.trades:
            return ()
        config = self.config
        return quotes(sight, chance, service=config.service, price=config.price, which=101)


class JudgeConfig(WorkerConfig):
    """Which orders it holds."""

    escrow_threshold: Money = Field(150_00, description="orders of at least this much go through escrow")
    idle: bool = Field(False, description="decides on nothing as long as its faults last")


class Judge(Worker):
    """An arbiter that decides by chance, or not at all."""

    name = "judge"
    summary = "decides by chance"
    Config = JudgeConfig
    role = "arbiter"

    @override
    def trade(self, sight: Sight, chance: Chance) -> tuple[Intent, ...]:
        faulty = self.faulty(sight)
        if faulty and self.config.idle:
            return ()
        more: tuple[Intent, ...] = ()
        if faulty and chance.below(100, 100) < self.config.careless:
            more = intentions(sight, chance, careless=100, which=101)
        return (*decisions(sight, chance, faulty=faulty, which=200), *more)

    @override
    def pace_ms(self, sight: Sight) -> int | None:
        """Nobody else decides on its cases: it sleeps as long as its faults last."""
        if self.config.sleeper and self.faulty(sight):
            return int(self.config.until_ms) - sight.now_ms
        return int(self.config.pace_ms)

    @override
    def close(self, sight: Sight, chance: Chance) -> tuple[Intent, ...]:
        if not sight.has_market or (self.faulty(sight) and self.config.idle):
            return ()
        own = closing_orders(sight)
        if chance.below(2, 100) == 0:
            return (*own, *(HandOver(held.case) for held in sight.market.cases()))
        return (*own, *decisions(sight, chance, faulty=self.faulty(sight), which=200))


def drawn(sight: Sight, chance: Chance, which: int) -> int:
    """0 to 99, another one at another time: a worker that starts again may fare better."""
    return chance.below(100, which + 16 * sight.now_ms)


def nonsense(kind: int) -> Step:
    """What a careless type may give back for a step."""
    return (  # type: ignore[return-value]
        None,
        Step("soon"),  # type: ignore[arg-type]
        Step(0.5),  # type: ignore[arg-type]
        Step(10**400),
        Step(1_000, ("a text",)),  # type: ignore[arg-type]
        Step(1_000, (Write("half a character: \ud800"),)),
    )[kind]
