"""The built-in buyer."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from palm_ual.agents.config import Fraction, Money, ServiceName
from palm_ual.agents.trader import Trader, TraderConfig

Strategy = Literal["conservative", "momentum", "aggressive"]


class BuyerConfig(TraderConfig):
    """What a buyer is told."""

    service: ServiceName | None = Field(None, description="the one book it trades; every book without")
    price: Money | None = Field(None, description="the most it pays for a unit")
    strategy: Strategy = Field("conservative", description="how it decides when to buy and sell")
    risk_tolerance: Fraction = Field(Decimal("0.5"), description="0 risks nothing, 1 everything")


class Buyer(Trader):
    """Buys a service, below its ceiling and within its budget."""

    name = "buyer"
    summary = "buys a service within its budget"
    Config = BuyerConfig
