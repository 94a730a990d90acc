"""The built-in seller: it quotes two prices, and earns what is between them."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import Field
from typing_extensions import override

from palm_ual.agents.buyer import Strategy
from palm_ual.agents.chance import Chance
from palm_ual.agents.config import Fraction, Money, ServiceName
from palm_ual.agents.contract import Buy, Cancel, Intent, Sell, Sight, Step
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
from palm_ual.market.reference import PRICE_CENTS_MAX, PRICE_DEFAULT_CENTS, SERVICE_DEFAULT
from palm_ual.market.view import MarketView, RestingOrder
from palm_ual.model.limits import ORDER_UNITS_MAX
from palm_ual.model.money import format_dollars

SHARES_PERMILLE = {"conservative": (50, 400), "momentum": (100, 550), "aggressive": (150, 700)}
"""Of what it may tie up: what each of its quotes is worth, and how far its position may go either way. Two
quotes and the position together are no more than all of it.
"""
OPENING_MS = 100
"""How soon a seller looks again where its service has no book yet."""


class SellerConfig(TraderConfig):
    """What a seller is told."""

    service: ServiceName = Field(SERVICE_DEFAULT, description="what it sells")
    price: Money = Field(PRICE_DEFAULT_CENTS, description="the middle of its two prices, for a unit")
    spread: Fraction = Field(Decimal("0.002"), description="distance of its two prices, of the price")
    strategy: Strategy = Field("conservative", description="how it moves its prices")
    risk_tolerance: Fraction = Field(Decimal("0.5"), description="0 risks nothing, 1 everything")


class Quoting(TraderState):
    """What a seller saw when it last looked at its quotes: as long as that is so, none of them has traded."""

    cash_cents: int = -1
    """Below 0 until it has seen a book."""
    units: int = 0
    quotes: int = 0
    """How many it wanted."""
    waited: bool = False
    """Whether it gave its service the time to get a book."""


class Seller(Trader[Quoting]):
    """Quotes two prices for a service, `spread` apart."""

    name = "seller"
    summary = "quotes prices for a service"
    Config = SellerConfig
    State = Quoting
    role = "seller"

    def __init__(self, config: SellerConfig) -> None:
        super().__init__(config)
        self._service = config.service
        self._budget_cents = config.budget
        self._price_cents = config.price
        self._bid_cents, self._ask_cents = quotes_cents(config.price, config.spread)
        allowed_cents = allowance_cents(config.budget, config.risk_tolerance)
        quoted, position = SHARES_PERMILLE[config.strategy]
        self._quantity = self._position_max = 0
        if config.price > 0 and self._ask_cents <= PRICE_CENTS_MAX:
            self._quantity = _units(allowed_cents * quoted // 1_000, config)
            self._position_max = _units(allowed_cents * position // 1_000, config)

    @override
    def step(self, state: Quoting, sight: Sight, chance: Chance) -> Step:
        """Sees to it that both of its quotes rest, as far as position, budget and cash allow."""
        wake_in_ms = pause_ms(chance.below(PACE_MS))
        if not sight.has_market:
            return Step(wake_in_ms)
        market, now_ms = sight.market, sight.now_ms
        checks = now_ms >= state.check_ms
        if state.quotes and not checks and self._stand(state, market):
            state.able_ms = now_ms
            return Step(wake_in_ms)
        if state.cash_cents < 0 and market.prices(self._service) is None:
            orders = self._open(state, market)
            wake_in_ms = OPENING_MS + chance.below(OPENING_MS)
        else:
            orders = self._quote(state, market)
        if state.quotes or is_used(market, self._budget_cents):
            state.able_ms = now_ms
        if checks:
            self.check(state, market, now_ms)
        return Step(wake_in_ms, orders)

    @override
    def why_unable(self, state: Quoting, market: MarketView) -> str:
        """See `Trader`."""
        price = format_dollars(self._price_cents)
        if self._ask_cents > PRICE_CENTS_MAX:
            return f"its price is {price}, and the market takes {format_dollars(PRICE_CENTS_MAX)} at most"
        if self._price_cents == 0:
            return "its price is $0"
        return f"a unit is {price}, and its budget {format_dollars(self._budget_cents)}"

    def _open(self, state: Quoting, market: MarketView) -> tuple[Intent, ...]:
        """Its first quote, if nobody has traded the service: it gets a book by this. The book begins at the mean
        of the ready sellers' prices, so it waits once, until it is among them. Where that is it cannot know, and
        an offer counts at the market's price if that is higher: so it bids, and offers only if it cannot bid.
        """
        if not state.waited:
            state.waited = True
            return ()
        buys = 0
        if self._bid_cents:
            buys = min(self._quantity, min(self._room_cents(market), market.free_cents) // self._bid_cents)
        if buys:
            state.quotes = 1
            return (Buy(self._service, buys, self._bid_cents, rests=True),)
        state.quotes = min(self._quantity, self._room_cents(market) // self._ask_cents, 1)
        return (Sell(self._service, 1, self._ask_cents, rests=True),) if state.quotes else ()

    def _stand(self, state: Quoting, market: MarketView) -> bool:
        """Whether none of its quotes has traded: a trade takes its cash, or its units."""
        return (
            market.cash_cents == state.cash_cents
            and market.units(self._service) == state.units
            and market.has_resting
        )

    def _quote(self, state: Quoting, market: MarketView) -> tuple[Intent, ...]:
        """Keeps each quote that is as it should be, with its place in the queue, and replaces the others."""
        resting = market.resting()
        buys, sells = self._wanted(market, resting)
        state.cash_cents, state.units = market.cash_cents, market.units(self._service)
        state.quotes = (buys > 0) + (sells > 0)
        intents: list[Intent] = []
        for order in resting:
            if order.side == "buy" and order.left == buys:
                buys = 0
            elif order.side == "sell" and order.left == sells:
                sells = 0
            else:
                intents.append(Cancel(order.order))
        if buys and state.units < 0:
            intents.append(Buy(self._service, buys, self._bid_cents, rests=True))
        if sells:
            intents.append(Sell(self._service, sells, self._ask_cents, rests=True))
        if buys and state.units >= 0:
            intents.append(Buy(self._service, buys, self._bid_cents, rests=True))
        return tuple(intents)

    def _wanted(self, market: MarketView, resting: Sequence[RestingOrder]) -> tuple[int, int]:
        """How many units to bid for, and how many to offer. The quote that makes a position smaller comes
        first, here as in `_quote`: the market takes it also where the budget is spent.
        """
        units, cash_cents = market.units(self._service), market.free_cents
        room_cents = self._room_cents(market)
        for order in resting:
            room_cents += order.left * order.price_cents
            if order.side == "buy":
                cash_cents += order.left * order.price_cents
        prices, bid_cents = market.prices(self._service), self._bid_cents
        # Where others bid more than it asks, that is what the market takes its offer to be.
        ask_cents = self._ask_cents if prices is None else max(self._ask_cents, prices.bid_cents)
        sells = sellable(max(0, min(self._quantity, self._position_max + units)), ask_cents)
        buys = max(0, min(self._quantity, self._position_max - units))
        buys = min(buys, cash_cents // bid_cents) if bid_cents else 0
        if units < 0:
            missing = max(0, -units - market.incoming_units(self._service))
            buys = _within(room_cents, buys, bid_cents, reducing=missing)
            sells = _within(room_cents - buys * bid_cents, sells, ask_cents)
        else:
            sells = _within(room_cents, sells, ask_cents, reducing=units)
            buys = _within(room_cents - sells * ask_cents, buys, bid_cents)
        return buys, sells

    def _room_cents(self, market: MarketView) -> int:
        left_cents = market.budget_left_cents
        return self._budget_cents if left_cents is None else left_cents


def quotes_cents(price_cents: int, spread: Decimal) -> tuple[int, int]:
    """Bid and ask, price x (1 - spread / 2) and price x (1 + spread / 2): the bid rounded down to whole
    cents, the ask up, and at least a cent between them. 100.00 with 0.002 is 99.90 and 100.10.
    """
    part, whole = spread.as_integer_ratio()
    bid_cents = price_cents * (2 * whole - part) // (2 * whole)
    ask_cents = -(-price_cents * (2 * whole + part) // (2 * whole))
    return bid_cents, max(ask_cents, bid_cents + 1)


def _units(cents: int, config: SellerConfig) -> int:
    """As many units as `cents` are worth, and one at least if the whole budget is."""
    return min(max(cents, min(config.budget, config.price)) // config.price, ORDER_UNITS_MAX)


def _within(room_cents: int, units: int, price_cents: int, *, reducing: int = 0) -> int:
    """So many of the units as there is room for; of those that make a position smaller, all."""
    return max(min(units, reducing), min(units, room_cents // price_cents)) if units else 0
