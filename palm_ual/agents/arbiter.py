"""The built-in arbiter."""

from pydantic import Field

from palm_ual.agents.config import AgentConfig, Money, Seconds
from palm_ual.agents.trader import Trader


class ArbiterConfig(AgentConfig):
    """What an arbiter is told."""

    funding: Money = Field(0, description="what the agent is started with")
    escrow_threshold: Money = Field(10_000_00, description="orders of at least this much go through escrow")
    dispute_timeout: Seconds = Field(3_600, description="a disputed order is refunded after this time")


class Arbiter(Trader):
    """Holds large orders in escrow until it releases or refunds them."""

    name = "arbiter"
    summary = "holds large orders in escrow"
    Config = ArbiterConfig
