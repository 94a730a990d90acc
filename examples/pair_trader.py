"""An agent type of one's own that trades: it keeps to the cheaper one of two services.

Deploy it as 'pair_trader:PairTrader' from this folder, or see pair-trader.ual. What it has and what the market
offers it sees at each step; all that it has to remember is an average. It is drained without further ado:
unless a type says otherwise, a draining agent sells what it has.
"""

from decimal import Decimal

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Fraction, Money, Seconds, ServiceName
from palm_ual.agents.contract import HEALTHY, AgentType, Buy, HealthReport, Intent, Sell, Sight, Step, Write

WHOLE = 1_000_000
"""Ratios are in millionths: whole numbers are the same everywhere, and come back from JSON as they were."""


class PairTraderConfig(AgentConfig):
    """What WITH may say. `funding` and `budget` mean the same for every type; money is in cents here."""

    funding: Money = Field(10_000_00, description="what the agent is started with")
    budget: Money = Field(6_000_00, description="how much of it may be tied up at once")
    stake: Money = Field(5_000_00, description="what it puts into the cheaper service")
    first: ServiceName = Field(description="one of the two services")
    second: ServiceName = Field(description="the other one")
    band: Fraction = Field(Decimal("0.01"), description="how far from its average the ratio has to be")
    memory: int = Field(60, ge=2, le=10_000, description="over how many steps the average goes")
    every: Seconds = Field(1, description="time between two steps")


class Pair(Struct):
    """One agent's state."""

    average: int = 0
    """Of the first price over the second, in millionths; 0 until both are known."""
    untraded: str | None = None
    """A service without a price."""


class PairTrader(AgentType[Pair]):
    """Holds whichever of two services is cheap, measured by the other and their usual ratio."""

    name = "pair_trader"
    summary = "keeps to the cheaper one of two services"
    Config = PairTraderConfig
    State = Pair
    config: PairTraderConfig

    @override
    def start(self, sight: Sight, chance: Chance) -> Pair:
        return Pair()

    @override
    def step(self, state: Pair, sight: Sight, chance: Chance) -> Step:
        """Moves from one service to the other when their ratio has left its band."""
        config = self.config
        wake_in_ms = config.every * 500 + chance.below(config.every * 1_000)
        first, second = sight.market.prices(config.first), sight.market.prices(config.second)
        state.untraded = config.first if first is None else config.second if second is None else None
        if first is None or second is None:
            return Step(wake_in_ms)
        ratio = first.reference_cents * WHOLE // second.reference_cents
        state.average += (ratio - state.average) // config.memory if state.average else ratio
        band = int(state.average * config.band)
        if ratio < state.average - band:
            return Step(wake_in_ms, self._move(sight, config.second, config.first))
        if ratio > state.average + band:
            return Step(wake_in_ms, self._move(sight, config.first, config.second))
        return Step(wake_in_ms)

    @override
    def health(self, state: Pair, sight: Sight) -> HealthReport:
        if state.untraded is None:
            return HEALTHY
        return HealthReport("degraded", f"nobody trades {state.untraded} yet")

    def _move(self, sight: Sight, dear: str, cheap: str) -> tuple[Intent, ...]:
        """Out of one service first, and at a later step, when the money is there, into the other."""
        market = sight.market
        units = market.units(dear)
        if units > 0:
            return (Write(f"sells {units} {dear}"), Sell(dear, units))
        prices = market.prices(cheap)
        if sight.draining or prices is None or market.units(cheap) > 0:
            return ()
        # More than the house asks, so that all of it trades at once; the market charges what is really asked.
        limit_cents = prices.reference_cents * 101 // 100 + 1
        left_cents = market.budget_left_cents or 0
        units = min(self.config.stake, left_cents, market.free_cents) // limit_cents
        if units == 0:
            return ()
        return (Write(f"buys {units} {cheap}"), Buy(cheap, units, limit_cents))
