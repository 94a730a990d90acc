"""What buyers, sellers and arbiters share: their money keys, their pace, how they close, and their health."""

from decimal import Decimal
from typing import ClassVar, TypeVar

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import AgentConfig, Money
from palm_ual.agents.contract import (
    HEALTHY,
    AgentType,
    HealthReport,
    Sight,
    Step,
    closing_orders,
)
from palm_ual.market.view import MarketView
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX

PACE_MS = 1_000
"""Average time between two steps of one agent."""
_GRID_MS = 10
"""Agents step on a grid, a few of them together: a moment at which anybody steps has a price of its own."""


def pause_ms(draw: int) -> int:
    """How long to the next step: half to one and a half times the pace, by a random number."""
    return PACE_MS // 2 + draw % PACE_MS // _GRID_MS * _GRID_MS


CHECK_MS = 10_000
"""How often a healthy agent looks at itself."""
ILL_CHECK_MS = 60_000
"""How soon one that is not looks again: its errors are those of a minute, and this is the next one."""
UNABLE_MS = 300_000
"""How long an agent may have been unable to act before that is an illness."""
ORDERS_MIN = 20
"""Of fewer orders in a minute no share is taken."""
ERRORS_MIN_PCT = 5
ANSWERS_MIN = 100
"""Of fewer answers a p99 says nothing."""
SLOWER_TIMES = 3
LATENCY_FLOOR_US = 1_000
"""Less than this counts as this: among microseconds, three times as long is nobody's illness."""


class TraderState(Struct, omit_defaults=True, gc=False):
    """What a trader keeps of its health. What it has and owes is the ledger's."""

    check_ms: int = 0
    """When it looks at itself next."""
    able_ms: int = 0
    """When it could last act."""
    trouble: str | None = None


TraderStateT = TypeVar("TraderStateT", bound=TraderState)


class TraderConfig(AgentConfig):
    """Money keys of every trading type. Defaults are in cents, as validated values are."""

    funding: Money = Field(10_000_00, description="what the agent is started with")
    budget: Money = Field(
        default_factory=lambda data: data["funding"] // 2,
        description="how much of it may be tied up at once",
        json_schema_extra={"unit": "dollars", "default_text": "half the funding"},
    )


class Trader(AgentType[TraderStateT]):
    """Base of the built-in types."""

    Config: ClassVar[type[AgentConfig]] = TraderConfig
    State: ClassVar[type[TraderState]] = TraderState

    @override
    def start(self, sight: Sight, chance: Chance) -> TraderStateT:
        """A fresh trader is taken to be able to act."""
        state: TraderStateT = self.State(sight.now_ms + CHECK_MS, sight.now_ms)  # type: ignore[assignment]
        return state

    @override
    def drain(self, state: TraderStateT, sight: Sight, chance: Chance) -> Step:
        """Closes positions, and waits for what is in escrow. It does not work on meanwhile, as the default would:
        the market takes no new orders of an agent that drains.
        """
        wake_in_ms = pause_ms(chance.below(PACE_MS))
        if not sight.has_market:
            return Step(wake_in_ms)
        state.able_ms = sight.now_ms
        if sight.now_ms >= state.check_ms:
            self.check(state, sight.market, sight.now_ms)
        return Step(wake_in_ms, closing_orders(sight))

    @override
    def health(self, state: TraderStateT, sight: Sight) -> HealthReport:
        """As it was when it last looked at itself."""
        return HEALTHY if state.trouble is None else HealthReport("degraded", state.trouble)

    def check(self, state: TraderStateT, market: MarketView, now_ms: int) -> None:
        """Look at itself; a step calls it when `check_ms` has come."""
        state.trouble = _errors(market) or _slowness(market)
        if state.trouble is None and now_ms - state.able_ms >= UNABLE_MS:
            state.trouble = (
                f"could not act for {UNABLE_MS // 60_000} minutes: {self.why_unable(state, market)}"
            )
        state.check_ms = now_ms + (CHECK_MS if state.trouble is None else ILL_CHECK_MS)

    def why_unable(self, state: TraderStateT, market: MarketView) -> str:
        """What keeps it from acting, with figures."""
        return "there is nothing for it to do"


def allowance_cents(budget_cents: int, risk_tolerance: Decimal) -> int:
    """How much of a budget is used: a twentieth of it at no risk at all, and all of it at 1."""
    return budget_cents * (50 + int(950 * risk_tolerance)) // 1_000


def is_used(market: MarketView, budget_cents: int) -> bool:
    """Whether any of a budget is tied up: in a position, in resting orders, or in escrow."""
    left_cents = market.budget_left_cents
    return left_cents is not None and left_cents != budget_cents


def sellable(units: int, bid_cents: int) -> int:
    """How many of its units one order may sell, at a price of at most `bid_cents`."""
    if units * bid_cents > MONEY_CENTS_MAX:
        units = MONEY_CENTS_MAX // bid_cents
    return min(units, ORDER_UNITS_MAX)


def _errors(market: MarketView) -> str | None:
    errors = market.errors_last_minute()
    if not errors:
        return None
    orders = market.orders_last_minute()
    if orders < ORDERS_MIN or errors * 100 < orders * ERRORS_MIN_PCT:
        return None
    last = f", the last one because: {market.refusal}" if market.refusal else ""
    share = errors * 100 // orders
    return f"{errors:,} of {orders:,} orders in a minute were rejected or failed ({share}%){last}"


def _slowness(market: MarketView) -> str | None:
    if market.answers() < ANSWERS_MIN:
        return None
    p99_us = market.p99_us() or 0
    if p99_us < SLOWER_TIMES * LATENCY_FLOOR_US:
        return None
    median_us = market.deployment_median_us() or 0
    if p99_us < SLOWER_TIMES * max(median_us, LATENCY_FLOOR_US):
        return None
    return (
        f"its p99 latency is {p99_us / 1000:,.1f}ms, the median of its deployment {median_us / 1000:,.2f}ms"
    )
