"""An agent type whose every method does what the test says."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import HEALTHY, AgentType, HealthReport, Obligation, Sight, Step
from palm_ual.engines.engine import Seen
from palm_ual.engines.inprocess import InProcessEngine


def owing(count: int, wake_in_ms: int | None = 1_000) -> Callable[..., Step]:
    """A step that takes on so many parcels."""

    def act(state: "Strings", *_: object) -> Step:
        state.owed = count
        return Step(wake_in_ms)

    return act


class Strings(Struct):
    """What a puppet has done."""

    number: int
    seen: list[str]
    owed: int = 0


class Puppet(AgentType[Strings]):
    """Notes what it was asked for and when."""

    name = "puppet"
    summary = "does as it is told"
    Config = AgentConfig
    State = Strings

    def __init__(self) -> None:
        super().__init__(AgentConfig())
        self.told: list[tuple[str, int, int]] = []
        """Every call: which, of whom, and when."""
        self.on_start: Callable[[Sight, Chance], None] = lambda _sight, _chance: None
        self.on_step: Callable[[Strings, Sight, Chance], Any] = lambda _state, _sight, _chance: Step(1_000)
        self.on_drain: Callable[[Strings], Step] = lambda _state: Step(500)
        self.on_obligations: Callable[[Strings], Sequence[Obligation]] = lambda state: (
            [Obligation(f"{state.owed} parcels")] if state.owed else []
        )

    @override
    def start(self, sight: Sight, chance: Chance) -> Strings:
        self.told.append(("start", sight.number, sight.now_ms))
        self.on_start(sight, chance)
        return Strings(sight.number, [])

    @override
    def step(self, state: Strings, sight: Sight, chance: Chance) -> Step:
        self.told.append(("step", sight.number, sight.now_ms))
        assert state.number == sight.number
        assert not sight.draining
        state.seen.append(f"{sight.agent_id} {chance.step} {chance.below(1000)}")
        step: Step = self.on_step(state, sight, chance)
        return step

    @override
    def drain(self, state: Strings, sight: Sight, chance: Chance) -> Step:
        self.told.append(("drain", sight.number, sight.now_ms))
        assert sight.draining
        state.owed -= 1
        return self.on_drain(state)

    @override
    def obligations(self, state: Strings, sight: Sight) -> Sequence[Obligation]:
        return self.on_obligations(state)


class Patient(Puppet):
    """A puppet that reports the health that the test gives it."""

    name = "patient"

    def __init__(self) -> None:
        super().__init__()
        self.report: HealthReport = HEALTHY

    @override
    def health(self, state: Strings, sight: Sight) -> HealthReport:
        return self.report


def stage(puppet: Puppet, *numbers: int, seed: int = 1) -> InProcessEngine:
    """An engine with one deployment, and these agents launched at 0."""
    engine = InProcessEngine(seed)
    engine.open_deployment(1, puppet)
    engine.launch(1, numbers, now_ms=0)
    return engine


def reasons(seen: Seen) -> list[str]:
    return [crash.reason for crash in seen.crashes]


def raising(error: BaseException) -> Callable[..., Any]:
    def act(*_: object) -> None:
        raise error

    return act
