"""One service's order book: price-time priority, by whole cents.

A level is a dictionary of orders in the order of their arrival, so that a cancel costs one look-up; the heaps
of prices may name levels that are gone, which are cleared away once they would be the best.
"""

from heapq import heapify, heappop, heappush

from palm_ual.market.accounts import BUY, SELL, Order

_STALE_MAX = 64
"""Prices without a level that a heap may keep beyond as many as it has levels."""


class Side:
    """The buy or the sell side of a book."""

    __slots__ = ("_heap", "_sign", "best_cents", "levels")

    def __init__(self, side: int) -> None:
        self._sign = -side
        """Buyers' best price is the highest: their heap has it with the sign turned."""
        self._heap: list[int] = []
        self.levels: dict[int, dict[int, Order]] = {}
        self.best_cents: int | None = None
        """The best price anybody asks or bids; None where nobody does."""

    def add(self, order: Order) -> None:
        """Behind all others of its price."""
        price_cents = order.price_cents
        level = self.levels.get(price_cents)
        if level is not None:
            level[order.id] = order
            return
        self.levels[price_cents] = {order.id: order}
        heappush(self._heap, self._sign * price_cents)
        if len(self._heap) > 2 * len(self.levels) + _STALE_MAX:
            self._heap = [self._sign * each_cents for each_cents in self.levels]
            heapify(self._heap)
        if self.best_cents is None or (price_cents - self.best_cents) * self._sign < 0:
            self.best_cents = price_cents

    def remove(self, order: Order) -> None:
        """Off the book."""
        price_cents = order.price_cents
        level = self.levels[price_cents]
        del level[order.id]
        if not level:
            del self.levels[price_cents]
            if price_cents == self.best_cents:
                self._find_best()

    def _find_best(self) -> None:
        heap, levels = self._heap, self.levels
        while heap:
            price_cents = self._sign * heap[0]
            if price_cents in levels:
                self.best_cents = price_cents
                return
            heappop(heap)
        self.best_cents = None


class Book:
    """One service: its resting orders, its reference value, and the house's two prices around it."""

    __slots__ = (
        "asks",
        "bids",
        "house_ask_cents",
        "house_bid_cents",
        "index",
        "name",
        "reference_cents",
        "value",
    )

    def __init__(self, index: int, name: str) -> None:
        self.index = index
        self.name = name
        self.bids = Side(BUY)
        self.asks = Side(SELL)
        self.value = 0
        """The reference value in thousandths of a cent, as the process has it."""
        self.reference_cents = 0
        self.house_bid_cents = 0
        self.house_ask_cents = 0

    def side(self, side: int) -> Side:
        """The side on which an order rests."""
        return self.bids if side == BUY else self.asks

    def best_bid_cents(self) -> int:
        """The most anybody pays now, the house included: what rests below the house's price is no better."""
        best_cents = self.bids.best_cents
        return (
            best_cents
            if best_cents is not None and best_cents > self.house_bid_cents
            else self.house_bid_cents
        )

    def best_ask_cents(self) -> int:
        """The least anybody asks now, the house included."""
        best_cents = self.asks.best_cents
        return (
            best_cents
            if best_cents is not None and best_cents < self.house_ask_cents
            else self.house_ask_cents
        )
