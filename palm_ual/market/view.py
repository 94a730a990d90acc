"""What an agent sees of the market: prices, and what is its own. Reading it changes nothing."""

from collections.abc import Mapping

from msgspec import Struct

from palm_ual.market.accounts import Account, Trading, pnl_of
from palm_ual.market.market import Market
from palm_ual.market.reference import is_off


class Prices(Struct, frozen=True, gc=False):
    """A service's prices for a unit, in cents."""

    bid_cents: int
    """The most anybody pays now, the house included."""
    ask_cents: int
    """The least anybody asks now, the house included."""
    reference_cents: int


class RestingOrder(Struct, frozen=True, gc=False):
    """An own order that rests. `side` is "buy" or "sell"; `left` has not traded yet."""

    order: int
    service: str
    side: str
    left: int
    price_cents: int
    at_ms: int


class HeldTrade(Struct, frozen=True, gc=False):
    """A trade that an arbiter has to decide on."""

    case: int
    service: str
    units: int
    price_cents: int
    held_ms: int
    disputed_ms: int | None
    is_off: bool
    """Whether its price is more than 5 % off the reference value now."""


class MarketView:
    """The market as one agent sees it at one step: use it in the step, do not keep it."""

    __slots__ = ("_account", "_budget_cents", "_market", "_now_ms")

    def __init__(
        self, market: Market, account: Account, now_ms: int, budget_cents: int | None = None
    ) -> None:
        """`budget_cents` is for an account that has not traded yet: what it will be allowed."""
        self._budget_cents = budget_cents
        self._market = market
        self._account = account
        self._now_ms = now_ms

    # Prices

    def services(self) -> tuple[str, ...]:
        """Names of all books, oldest first."""
        return tuple(book.name for book in self._market.books)

    def prices(self, service: str) -> Prices | None:
        """The prices of a service; None while nobody has traded it."""
        index = self._market.by_name.get(service)
        if index is None:
            return None
        book = self._market.books[index]
        return Prices(book.best_bid_cents(), book.best_ask_cents(), book.reference_cents)

    # Its own

    @property
    def cash_cents(self) -> int:
        """All of its cash."""
        return self._account.cash_cents

    @property
    def free_cents(self) -> int:
        """Cash that no resting order has claimed."""
        return self._account.free_cents

    @property
    def budget_left_cents(self) -> int | None:
        """How much more may be tied up; None without a budget."""
        trading = self._account.trading
        if trading is None:
            return self._budget_cents
        return None if trading.budget_cents is None else trading.budget_cents - trading.used_budget_cents

    @property
    def escrowed_cents(self) -> int:
        """Money it has paid into escrows that are not settled."""
        return 0 if self._account.trading is None else self._account.trading.escrowed_cents

    @property
    def pnl_cents(self) -> int | None:
        """Its PnL; None before it has traded."""
        return pnl_of(self._account, self._market.references)

    def units(self, service: str) -> int:
        """Units it has of a service, those in escrow not included; below 0 is short."""
        trading, index = self._account.trading, self._market.by_name.get(service)
        if trading is None or index is None:
            return 0
        position = trading.positions.get(index)
        return 0 if position is None else position.units

    def positions(self) -> Mapping[str, int]:
        """Its open positions by service."""
        trading = self._account.trading
        if trading is None:
            return {}
        books = self._market.books
        return {books[service].name: position.units for service, position in trading.open_positions()}

    def incoming_units(self, service: str) -> int:
        """Units of a service that it has bought and that an arbiter still holds."""
        index = self._market.by_name.get(service)
        return 0 if index is None else self._account.incoming_units(index)

    def cost_cents(self, service: str) -> int:
        """What it paid for the units it has, or got for those it is short."""
        trading, index = self._account.trading, self._market.by_name.get(service)
        position = None if trading is None or index is None else trading.positions.get(index)
        return 0 if position is None else position.cost_cents

    def resting(self) -> tuple[RestingOrder, ...]:
        """Its resting orders, oldest first."""
        trading = self._account.trading
        if trading is None or not trading.resting:
            return ()
        books = self._market.books
        return tuple(
            RestingOrder(
                order.id,
                books[order.service].name,
                "buy" if order.side > 0 else "sell",
                order.left,
                order.price_cents,
                order.at_ms,
            )
            for order in trading.resting.values()
        )

    @property
    def has_resting(self) -> bool:
        """Whether any order of it rests."""
        return self._account.trading is not None and bool(self._account.trading.resting)

    def cases(self) -> tuple[HeldTrade, ...]:
        """Trades it has to decide on, oldest first: an arbiter's work."""
        trading = self._account.trading
        if trading is None or not trading.cases:
            return ()
        books = self._market.books
        return tuple(
            HeldTrade(
                case.id,
                books[case.service].name,
                case.units,
                case.price_cents,
                case.held_ms,
                case.disputed_ms,
                is_off(case.price_cents, books[case.service].reference_cents),
            )
            for case in sorted(trading.cases.values(), key=lambda case: case.id)
        )

    @property
    def refusal(self) -> str | None:
        """Why the market last refused an order of it; None if it never did."""
        return None if self._account.trading is None else self._account.trading.refusal

    # Its figures

    def orders_last_minute(self) -> int:
        """Orders it submitted in the last sixty seconds."""
        trading = self._account.trading
        return 0 if trading is None else trading.minute.count(self._now_ms // 1000)

    def errors_last_minute(self) -> int:
        """Orders of it that were rejected or failed in the last sixty seconds."""
        trading = self._account.trading
        return 0 if trading is None else trading.errors.count(self._now_ms // 1000)

    def p99_us(self) -> int | None:
        """Its own p99 latency."""
        return None if self._account.trading is None else self._account.trading.latency.quantile_us(990)

    def answers(self) -> int:
        """How many orders its latency was measured on."""
        return 0 if self._account.trading is None else self._account.trading.latency.count

    def deployment_median_us(self) -> int | None:
        """Its deployment's median latency."""
        return (
            None if self._account.trading is None else self._account.trading.figures.latency.quantile_us(500)
        )


def owed_in_words(trading: Trading, market: Market) -> list[str]:
    """What is left to be met before an agent may end, each in words that finish "it owes …"."""
    words = []
    if trading.resting:
        words.append(_count(len(trading.resting), "resting order"))
    for service, position in trading.open_positions():
        kind = "an open position of" if position.units > 0 else "a short position of"
        words.append(f"{kind} {abs(position.units):,} {market.books[service].name}")
    if trading.party_to:
        disputed = sum(case.disputed_ms is not None for case in trading.party_to.values())
        more = f", {disputed} disputed" if disputed else ""
        words.append(_count(len(trading.party_to), "trade") + " in escrow" + more)
    if trading.cases:
        disputed = sum(case.disputed_ms is not None for case in trading.cases.values())
        more = f", {disputed} disputed" if disputed else ""
        words.append(_count(len(trading.cases), "held escrow") + more)
    return words


def _count(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
