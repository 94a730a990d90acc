"""The built-in buyer, and its three strategies."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct
from pydantic import Field
from typing_extensions import override

from palm_ual.agents.chance import Chance
from palm_ual.agents.config import Fraction, Money, ServiceName
from palm_ual.agents.contract import Buy, CancelAll, Intent, Sell, Sight, Step
from palm_ual.agents.trader import (
    PACE_MS,
    Trader,
    TraderConfig,
    TraderState,
    allowance_cents,
    is_used,
    pause_ms,
    sellable,
)
from palm_ual.market.reference import PRICE_CENTS_MAX, SERVICE_DEFAULT
from palm_ual.market.view import MarketView, Prices
from palm_ual.model.limits import ORDER_UNITS_MAX
from palm_ual.model.money import format_dollars

Strategy = Literal["conservative", "momentum", "aggressive"]

STAY_STEPS = 120
"""How long a buyer of every service stays with one of them."""
TRIES_MAX = 16
"""Services that a fresh buyer of every service looks at, at most, to find one that it can afford."""
SLICES = {"conservative": 16, "momentum": 8, "aggressive": 8}
"""Into how many orders a strategy divides what it may tie up; a unit is the least."""
STOPS_BP = {"conservative": 250, "momentum": 400, "aggressive": 500}
"""How far below the slow average the reference value is when a strategy gives its position up, and buys no more
until the average has come down: three quarters of this at no risk at all, five quarters at 1. All `_BP` are
hundredths of a percent.
"""
DIP_BP, PROFIT_BP = 50, 40
"""Conservative: bids once to twice as far below the average, and sells at so much more than it paid."""
REST_MS = 30_000
"""How long it leaves things as they are: the bid that rests, or that it has none."""
TURN_BP = 5
"""Momentum: how far the reference value has left its quick average behind when that is taken for a trend."""
SWING_PARTS = 8
"""Aggressive: each order is such a part of what it could buy, or sell."""

_QUICK, _SLOW = 4, 128
"""Steps over which the averages forget."""
_BP = 10_000
_SCALE = 1_000
"""Averages are in thousandths of a cent."""
_DRAWS = 1 << 40


class BuyerConfig(TraderConfig):
    """What a buyer is told."""

    service: ServiceName | None = Field(None, description="the one book it trades; every book without")
    price: Money | None = Field(None, description="the most it pays for a unit")
    strategy: Strategy = Field("conservative", description="how it decides when to buy and sell")
    risk_tolerance: Fraction = Field(Decimal("0.5"), description="0 risks nothing, 1 everything")


class Buying(TraderState):
    """What a buyer remembers of the service that it looks at."""

    started: bool = False
    """Whether it has been through its first step."""
    quick: int = 0
    slow: int = 0
    """Averages of the reference value, in thousandths of a cent; 0 before the first look at a service."""
    bid_cents: int = 0
    bid_ms: int = 0
    """Its last bid that was to rest, and when it last thought of one."""
    service: str = ""
    """What it trades now, where it was not told."""
    stay: int = 0
    """For how many more steps."""


class Look(Struct, gc=False):
    """What a buyer sees at one step."""

    market: MarketView
    now_ms: int
    luck: int
    """A random number from 0 to 2^30."""
    service: str
    prices: Prices
    units: int


class Buyer(Trader[Buying]):
    """Buys a service, below its ceiling and within its budget."""

    name = "buyer"
    summary = "buys a service within its budget"
    Config = BuyerConfig
    State = Buying
    role = "buyer"

    def __init__(self, config: BuyerConfig) -> None:
        super().__init__(config)
        self._service = config.service
        self._ceiling_cents = PRICE_CENTS_MAX if config.price is None else min(config.price, PRICE_CENTS_MAX)
        self._budget_cents = config.budget
        allowed_cents = allowance_cents(config.budget, config.risk_tolerance)
        self._kept_cents = config.budget - allowed_cents
        self._slice_cents = allowed_cents // SLICES[config.strategy]
        self._starter_cents = allowed_cents // SLICES["conservative"]
        self._stop_bp = STOPS_BP[config.strategy] * (750 + int(500 * config.risk_tolerance)) // 1_000
        self._decide = {
            "conservative": self._buy_dips,
            "momentum": self._follow_trends,
            "aggressive": self._take_swings,
        }[config.strategy]

    @override
    def step(self, state: Buying, sight: Sight, chance: Chance) -> Step:
        """Looks at one service, and buys or sells it if its strategy says so."""
        luck, late_ms = divmod(chance.below(_DRAWS), PACE_MS)
        wake_in_ms = pause_ms(late_ms)
        if not sight.has_market:
            return Step(wake_in_ms)
        market, now_ms = sight.market, sight.now_ms
        service = self._service or self._chosen(state, market, luck)
        prices = market.prices(service)
        if prices is None:
            orders = self._open(state, market, service)
        else:
            look = Look(market, now_ms, luck, service, prices, market.units(service))
            orders = self._orders(state, look)
        if orders:
            state.able_ms = now_ms
        if now_ms >= state.check_ms:
            self.check(state, market, now_ms)
        return Step(wake_in_ms, orders)

    @override
    def check(self, state: Buying, market: MarketView, now_ms: int) -> None:
        """See `Trader`. It is able to act while it has something to sell, or can afford a unit."""
        prices = market.prices(self._service or state.service)
        if is_used(market, self._budget_cents) or (
            prices is not None and self._affordable(market, prices.ask_cents, 0)
        ):
            state.able_ms = now_ms
        else:
            state.stay = 0  # Elsewhere there may be something that it can afford.
        super().check(state, market, now_ms)

    @override
    def why_unable(self, state: Buying, market: MarketView) -> str:
        """See `Trader`."""
        prices = market.prices(self._service or state.service)
        if prices is None:
            return f"it has {format_dollars(market.free_cents)} and a budget of {format_dollars(self._budget_cents)}"
        if prices.ask_cents > self._ceiling_cents:
            limit = f"it pays {format_dollars(self._ceiling_cents)} at most"
        elif prices.ask_cents > self._budget_cents:
            limit = f"its budget is {format_dollars(self._budget_cents)}"
        else:
            limit = f"it has {format_dollars(market.free_cents)}"
        return f"a unit of {self._service or state.service} costs {format_dollars(prices.ask_cents)}, and {limit}"

    # Strategies

    def _orders(self, state: Buying, look: Look) -> tuple[Intent, ...]:
        """What it does about one service. A loss that is too great comes before its strategy."""
        reference = look.prices.reference_cents * _SCALE
        if state.slow:
            state.quick += (reference - state.quick) // _QUICK
            state.slow += (reference - state.slow) // _SLOW
        else:
            state.quick = state.slow = reference
        if not state.started:
            return self._start(state, look)
        if reference * _BP < state.slow * (_BP - self._stop_bp):
            return self._sell(look, look.units)
        return self._decide(state, look)

    def _start(self, state: Buying, look: Look) -> tuple[Intent, ...]:
        """A little of it at once, so that it is in the market from the beginning."""
        state.started = True
        state.bid_ms = look.now_ms
        return self._buy(look, self._affordable(look.market, look.prices.ask_cents, self._starter_cents))

    def _buy_dips(self, state: Buying, look: Look) -> tuple[Intent, ...]:
        """Conservative: small bids that rest below the average, now and then; content with a small gain."""
        market, units = look.market, look.units
        if units > 0:
            gain_cents = units * look.prices.bid_cents - (cost_cents := market.cost_cents(look.service))
            if gain_cents * _BP >= cost_cents * PROFIT_BP:
                return self._sell(look, units)
        if look.now_ms - state.bid_ms < REST_MS:
            return ()
        state.bid_ms = look.now_ms
        bid_cents = state.slow * (_BP - DIP_BP - look.luck % DIP_BP) // (_BP * _SCALE)
        bid_cents = min(bid_cents, self._ceiling_cents)
        withdrawn: tuple[Intent, ...] = ()
        if market.has_resting:
            if abs(bid_cents - state.bid_cents) * _BP <= bid_cents * DIP_BP:
                return ()
            withdrawn = (CancelAll(),)
        units = self._affordable(market, bid_cents, self._slice_cents)
        if not units:
            return withdrawn
        state.bid_cents = bid_cents
        return (*withdrawn, Buy(look.service, units, bid_cents, rests=True))

    def _follow_trends(self, state: Buying, look: Look) -> tuple[Intent, ...]:
        """Momentum: goes with what the quick average is left behind by, slice by slice; it does not buy what
        has gone above the slow average already, nor sell what is still below it.
        """
        lead = (look.prices.reference_cents * _SCALE - state.quick) * _BP
        if lead >= state.quick * TURN_BP and state.quick <= state.slow:
            return self._buy(look, self._affordable(look.market, look.prices.ask_cents, self._slice_cents))
        if look.units > 0 and lead <= -state.quick * TURN_BP and state.quick > state.slow:
            return self._sell(look, min(look.units, max(1, self._slice_cents // look.prices.bid_cents)))
        return ()

    def _take_swings(self, state: Buying, look: Look) -> tuple[Intent, ...]:
        """Aggressive: buys whenever it is below the slow average and sells whenever it is above it."""
        if look.prices.reference_cents * _SCALE <= state.slow:
            most = self._affordable(look.market, look.prices.ask_cents, self._budget_cents)
            return self._buy(look, min(most, max(1, most // SWING_PARTS)))
        return self._sell(look, min(look.units, max(1, look.units // SWING_PARTS)))

    # Orders

    def _buy(self, look: Look, units: int) -> tuple[Intent, ...]:
        return (Buy(look.service, units, look.prices.ask_cents),) if units > 0 else ()

    def _sell(self, look: Look, units: int) -> tuple[Intent, ...]:
        return (Sell(look.service, sellable(units, look.prices.bid_cents)),) if units > 0 else ()

    def _affordable(self, market: MarketView, price_cents: int, spend_cents: int) -> int:
        """How many units to buy for `spend_cents`, or one if that is too little for any, at a price; as many
        as ceiling, budget and cash allow.
        """
        if not 0 < price_cents <= self._ceiling_cents:
            return 0
        left_cents = market.budget_left_cents
        if left_cents is None:
            left_cents = self._budget_cents
        room_cents = left_cents - self._kept_cents
        if room_cents < price_cents and left_cents == self._budget_cents:
            room_cents = min(left_cents, price_cents)  # A unit is risked at any tolerance.
        room_cents = min(room_cents, market.free_cents)
        if room_cents < price_cents:
            return 0
        return min(max(min(spend_cents, room_cents) // price_cents, 1), ORDER_UNITS_MAX)

    def _open(self, state: Buying, market: MarketView, service: str) -> tuple[Intent, ...]:
        """An order for what nobody has traded yet, which gets its book by this; what it costs is not known."""
        state.started = True
        left_cents = market.budget_left_cents
        if left_cents is None:
            left_cents = self._budget_cents
        limit_cents = min(self._ceiling_cents, left_cents, market.free_cents)
        return (Buy(service, 1, limit_cents),) if limit_cents > 0 else ()

    # Services

    def _chosen(self, state: Buying, market: MarketView, luck: int) -> str:
        """The service that it looks at now: for a while one, then another."""
        if state.stay > 0:
            state.stay -= 1
            return state.service
        service = self._next(state, market, luck)
        if service != state.service:
            state.service = service
            state.quick = state.slow = state.bid_cents = 0
        state.stay = STAY_STEPS
        return service

    def _next(self, state: Buying, market: MarketView, luck: int) -> str:
        """Half of the time one of those that it holds, else any. A fresh buyer takes one that it can afford."""
        held = tuple(market.positions()) if luck & 1 else ()
        names = held or market.services()
        if not names:
            return SERVICE_DEFAULT
        first = (luck >> 1) % len(names)
        if not state.started:
            for place in range(first, first + min(len(names), TRIES_MAX)):
                prices = market.prices(name := names[place % len(names)])
                if prices is not None and self._affordable(market, prices.ask_cents, 0):
                    return name
        return names[first]
