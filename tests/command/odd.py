"""Agent types that do not behave, and one that says whatever it is told to."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import AgentType, HealthReport, Obligation, Sight, Step, Write

_CORPUS = Path(__file__).parents[1] / "corpus" / "terminal_output.json"


def hostile_texts() -> list[str]:
    """What an agent may say that a terminal must not be told."""
    rows = json.loads(_CORPUS.read_text(encoding="utf-8"))
    return [
        "".join(part * times for part, times in row.get("input_parts", [[row["input"], 1]])) for row in rows
    ]


class Nothing(Struct):
    """All that these agents remember: how often they stepped."""

    steps: int = 0


class Odd(AgentType[Nothing]):
    """Steps once a second."""

    Config: ClassVar[type[AgentConfig]] = AgentConfig
    State = Nothing

    @override
    def start(self, sight: Sight, chance: Chance) -> Nothing:
        return Nothing()

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        state.steps += 1
        return Step(1000)


class Never(Odd):
    """Never becomes Ready."""

    name = "never"
    summary = "cannot reach its broker"

    @override
    def start(self, sight: Sight, chance: Chance) -> Nothing:
        raise ConnectionError("the broker does not answer")


class Debtor(Odd):
    """Never meets what it owes."""

    name = "debtor"
    summary = "owes and does not pay"

    @override
    def obligations(self, state: Nothing, sight: Sight) -> Sequence[Obligation]:
        return [Obligation("3 open positions")]


class Ill(Odd):
    """Is Ready, and never healthy."""

    name = "ill"
    summary = "is ready and not healthy"

    @override
    def health(self, state: Nothing, sight: Sight) -> HealthReport:
        return HealthReport("degraded", "it has a cold")


class Words(AgentConfig):
    words: str = Field("nothing to say", description="what it writes at each step")


class Teller(Odd):
    """Writes what it is told to."""

    name = "teller"
    summary = "writes a line a second"
    Config = Words

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        state.steps += 1
        return Step(1000, (Write(f"{state.steps}: {self.config.words}"),))


class Hostile(Odd):
    """Writes every collected text that would take over a terminal, and owes one."""

    name = "hostile"
    summary = "writes what no terminal should obey"

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        return Step(60_000, tuple(map(Write, hostile_texts())))

    @override
    def obligations(self, state: Nothing, sight: Sight) -> Sequence[Obligation]:
        return [Obligation(text) for text in hostile_texts()]

    @override
    def health(self, state: Nothing, sight: Sight) -> HealthReport:
        return HealthReport("degraded", "".join(text[:50] for text in hostile_texts()))


class Screaming(Odd):
    """Crashes with such texts, a different one for each agent."""

    name = "screaming"
    summary = "crashes with what no terminal should obey"

    @override
    def start(self, sight: Sight, chance: Chance) -> Nothing:
        texts = hostile_texts()
        raise RuntimeError(texts[sight.number % len(texts)])
