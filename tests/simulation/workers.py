"""Agent types that misbehave by chance and config, until their faults are over."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money
from palm_ual.agents.contract import (
    HEALTHY,
    AgentType,
    HealthReport,
    Intent,
    Obligation,
    Sight,
    Step,
    Write,
)

REF = "tests.simulation.workers:Worker"
KEEPER_REF = "tests.simulation.workers:Keeper"


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
    Config = WorkerConfig
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
        return Step(None if self.config.sleeper else self.config.pace_ms, intents)

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
        return Step(self.config.pace_ms)

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
