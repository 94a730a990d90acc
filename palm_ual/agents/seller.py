"""The built-in seller."""

from decimal import Decimal

from pydantic import Field

from palm_ual.agents.buyer import Strategy
from palm_ual.agents.config import Fraction, Money, ServiceName
from palm_ual.agents.trader import Trader, TraderConfig


class SellerConfig(TraderConfig):
    """What a seller is told."""

    service: ServiceName = Field("General", description="what it sells")
    price: Money = Field(100_00, description="the middle of its two prices, for a unit")
    spread: Fraction = Field(Decimal("0.002"), description="distance of its two prices, of the price")
    strategy: Strategy = Field("conservative", description="how it moves its prices")
    risk_tolerance: Fraction = Field(Decimal("0.5"), description="0 risks nothing, 1 everything")


class Seller(Trader):
    """Quotes two prices for a service, `spread` apart."""

    name = "seller"
    summary = "quotes prices for a service"
    Config = SellerConfig
