"""What buyers, sellers and arbiters share: their money keys, and how they wait for a market."""

from typing import ClassVar

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money
from palm_ual.agents.contract import AgentType, Sight, Step

PACE_MS = 1_000
"""Average time between two steps of one agent."""


class Resting(Struct):
    """A trader without a market to trade on: how often it has looked for one."""

    looks: int = 0


class TraderConfig(AgentConfig):
    """Money keys of every trading type. Defaults are in cents, as validated values are."""

    funding: Money = Field(10_000_00, description="what the agent is started with")
    budget: Money = Field(
        default_factory=lambda data: data["funding"] // 2,
        description="how much of it may be tied up at once",
        json_schema_extra={"unit": "dollars", "default_text": "half the funding"},
    )


class Trader(AgentType[Resting]):
    """A trading agent: it looks for a market at its pace, never all agents in the same millisecond."""

    Config: ClassVar[type[AgentConfig]] = TraderConfig
    State = Resting

    @override
    def start(self, sight: Sight, chance: Chance) -> Resting:
        """A fresh trader has looked nowhere yet."""
        return Resting()

    @override
    def step(self, state: Resting, sight: Sight, chance: Chance) -> Step:
        """Looks, finds no market, and looks again after half to one and a half times the pace."""
        state.looks += 1
        return Step(PACE_MS // 2 + chance.below(PACE_MS))
