"""Whoever holds money or units, their orders and held trades, and what is counted of their trading.

Only what `evolve` calls writes to these, and the exchange by way of the market. Sums of a deployment are kept
as its agents trade, so that looking at them costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from palm_ual.market.figures import History, LatencyHistogram, Minute

BUY, SELL = 1, -1


class Account:
    """An agent's money, and its trading once it has begun to trade."""

    __slots__ = ("cash_cents", "closing", "funded_cents", "number", "trading")

    def __init__(self, number: int, cash_cents: int) -> None:
        self.number = number
        self.cash_cents = cash_cents
        self.funded_cents = cash_cents
        """What it was given, less what was taken from it, other than by trading."""
        self.closing = False
        """Whether only orders that reduce a position are taken from it."""
        self.trading: Trading | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Uid of its deployment and its number, of an account that trades."""
        assert self.trading is not None
        return self.trading.figures.uid, self.number

    @property
    def free_cents(self) -> int:
        """Cash that no resting order has claimed."""
        return self.cash_cents - (0 if self.trading is None else self.trading.reserved_cents)

    def incoming_units(self, service: int) -> int:
        """Units of a service that it has bought and that an arbiter still holds."""
        if self.trading is None:
            return 0
        cases = self.trading.party_to.values()
        return sum(case.units for case in cases if case.service == service and case.buyer is self)


class Position:
    """What an account has of one service. Negative units are sold short."""

    __slots__ = ("cost_cents", "escrowed", "offered", "sought", "units")

    def __init__(self) -> None:
        self.units = 0
        """As the ledger has them."""
        self.escrowed = 0
        """Sold and held in escrow: still its own until they are released."""
        self.cost_cents = 0
        """What was paid for the units it owns, or got for those it owes; by average."""
        self.offered = 0
        """Units in resting sell orders."""
        self.sought = 0
        """Units in resting buy orders."""

    @property
    def owned(self) -> int:
        """Its units, those in escrow included."""
        return self.units + self.escrowed


class Tally:
    """What became of orders. An order counts as filled when any of it has traded."""

    __slots__ = ("failed", "filled", "latency", "minute", "orders", "rejected")

    def __init__(self) -> None:
        self.orders = 0
        self.filled = 0
        self.rejected = 0
        self.failed = 0
        self.minute = Minute()
        self.latency = LatencyHistogram()
        """From submission to the market's first answer."""


class Figures(Tally):
    """The sums of one deployment's agents, those that have ended included where it says so."""

    __slots__ = (
        "cash_cents",
        "cost_cents",
        "ended_pnl_cents",
        "escrowed_cents",
        "funding_cents",
        "history",
        "owned",
        "resting_cents",
        "sampled",
        "uid",
    )

    def __init__(self, uid: int) -> None:
        super().__init__()
        self.uid = uid
        self.cash_cents = 0
        self.funding_cents = 0
        """What the living agents were given."""
        self.ended_pnl_cents = 0
        """What agents that have ended returned beyond what they were given."""
        self.escrowed_cents = 0
        self.owned: dict[int, int] = {}
        """Units by service, those in escrow included."""
        self.cost_cents = 0
        self.resting_cents = 0
        self.history = History()
        self.sampled = (0, 0, 0)
        """Orders, answers and their time in microseconds, when the last sample was taken."""

    def pnl_cents(self, reference_cents: Mapping[int, int]) -> int:
        """Cash, escrow and position at reference values, less net funding; ended agents included."""
        worth_cents = sum(units * reference_cents[service] for service, units in self.owned.items())
        held_cents = self.cash_cents + self.escrowed_cents + worth_cents
        return held_cents - self.funding_cents + self.ended_pnl_cents

    @property
    def used_budget_cents(self) -> int:
        """Cost of open positions, resting orders, and money in escrow."""
        return self.cost_cents + self.resting_cents + self.escrowed_cents


class Trading(Tally):
    """What an account has at the market. Made with its first order: an agent that never trades has none."""

    __slots__ = (
        "budget_cents",
        "cases",
        "cost_cents",
        "errors",
        "escrowed_cents",
        "figures",
        "may_short",
        "party_to",
        "positions",
        "refusal",
        "reserved_cents",
        "resting",
        "resting_cents",
    )

    def __init__(self, figures: Figures, *, budget_cents: int | None, may_short: bool) -> None:
        super().__init__()
        self.figures = figures
        self.budget_cents = budget_cents
        self.may_short = may_short
        self.positions: dict[int, Position] = {}
        self.resting: dict[int, Order] = {}
        """Its orders on the books, oldest first."""
        self.reserved_cents = 0
        """Cash that its resting buy orders have claimed."""
        self.resting_cents = 0
        """Its resting orders at their limits."""
        self.escrowed_cents = 0
        self.cost_cents = 0
        self.cases: dict[int, Case] = {}
        """An arbiter's: what it has to decide."""
        self.party_to: dict[int, Case] = {}
        """Trades of its own that are held in escrow."""
        self.errors = Minute()
        self.refusal: str | None = None
        """Why the market last refused an order of it."""

    def position(self, service: int) -> Position:
        """Its position in a service, made if there is none."""
        position = self.positions.get(service)
        if position is None:
            position = self.positions[service] = Position()
        return position

    def open_positions(self) -> Iterator[tuple[int, Position]]:
        """Services with units, short or long."""
        return ((service, position) for service, position in self.positions.items() if position.units)

    @property
    def used_budget_cents(self) -> int:
        """Cost of open positions, resting orders, and money in escrow."""
        return self.cost_cents + self.resting_cents + self.escrowed_cents

    @property
    def owes(self) -> bool:
        """Whether anything is left to be met before it may end."""
        return bool(self.resting) or self.has_to_close

    @property
    def has_to_close(self) -> bool:
        """Whether it owes more than orders that can be cancelled."""
        return bool(self.cases or self.party_to) or any(
            position.units for position in self.positions.values()
        )


class Order(Struct, eq=False):
    """An order that rests, or is being matched. `left` is what has not traded yet."""

    id: int
    owner: Account
    service: int
    side: int
    quantity: int
    left: int
    price_cents: int
    at_ms: int
    escrowed: bool
    """Whether its trades are held by an arbiter."""
    traded: bool = False
    """Whether any of it has traded."""


class Case:
    """One held trade. A side that is None is the house."""

    __slots__ = (
        "arbiter",
        "buyer",
        "buyer_counts",
        "cents",
        "disputed_ms",
        "held_ms",
        "id",
        "price_cents",
        "seller",
        "seller_counts",
        "service",
        "units",
    )

    def __init__(
        self,
        id: int,
        *,
        service: int,
        units: int,
        price_cents: int,
        buyer: Account | None,
        seller: Account | None,
        buyer_counts: bool,
        seller_counts: bool,
        arbiter: Account,
        held_ms: int,
    ) -> None:
        self.id = id
        self.service = service
        self.units = units
        self.price_cents = price_cents
        self.cents = units * price_cents
        self.buyer = buyer
        self.seller = seller
        self.buyer_counts = buyer_counts
        """Whether the buyer's order is filled or failed by what becomes of this."""
        self.seller_counts = seller_counts
        self.arbiter = arbiter
        self.held_ms = held_ms
        self.disputed_ms: int | None = None


def pnl_of(account: Account, reference_cents: Mapping[int, int]) -> int | None:
    """An agent's own PnL; None while it has not traded."""
    trading = account.trading
    if trading is None:
        return None
    worth_cents = sum(
        position.owned * reference_cents[service] for service, position in trading.positions.items()
    )
    return account.cash_cents + trading.escrowed_cents + worth_cents - account.funded_cents
