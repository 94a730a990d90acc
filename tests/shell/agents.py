"""An agent type whose health a test decides."""

from typing import Literal

from pydantic import Field
from typing_extensions import override

from palm_ual.agents.config import AgentConfig
from palm_ual.agents.contract import HEALTHY, HealthReport, Sight
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
