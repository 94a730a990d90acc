"""An agent type whose health a test decides."""

import time
from typing import Literal

from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import HEALTHY, HealthReport, Sight, Step
from tests.command.odd import Nothing, Odd


class Strength(AgentConfig):
    steps: int = Field(3, ge=0, description="how many steps it is healthy for")
    then: Literal["degraded", "unhealthy"] = Field("unhealthy", description="what it is after them")


class Failing(Odd):
    """Is healthy for some steps of a second each, and then is not."""

    name = "failing"
    summary = "is healthy at first"
    Config = Strength

    @override
    def health(self, state: Nothing, sight: Sight) -> HealthReport:
        if state.steps < int(self.config.steps):
            return HEALTHY
        return HealthReport(self.config.then, "its strength is gone")


class Hanging(Odd):
    """Its second step does not come back, and nothing in Python can end it."""

    name = "hanging"
    summary = "hangs"

    @override
    def step(self, state: Nothing, sight: Sight, chance: Chance) -> Step:
        if state.steps == 1:
            time.sleep(600)
        return super().step(state, sight, chance)
