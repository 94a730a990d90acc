"""The market of a home: what may be asked of it, each a whole step that keeps every invariant.

Pure and deterministic: the same operations in the same order make the same market, which is how the journal
keeps it. `palm_ual.market.flow` packs operations and plays them again.
"""

from collections.abc import Callable
from typing import TypeAlias

from palm_ual.errors import InvariantBroken
from palm_ual.market import reference
from palm_ual.market.accounts import BUY, Account, Figures, Order
from palm_ual.market.admission import refusal_of
from palm_ual.market.book import Book
from palm_ual.market.desk import EscrowDesk, count_filled
from palm_ual.market.figures import Sample
from palm_ual.market.ledger import Ledger, trading_of
from palm_ual.model.events import FlowSums
from palm_ual.model.limits import SERVICES_MAX

SAMPLE_TICKS = 5
"""Seconds of fleet time between two samples of the history."""
_CATCH_UP_TICKS_MAX = 600
"""After a longer silence the reference value is as good as new: it has forgotten where it was."""


AccountOf: TypeAlias = Callable[[int, int], Account]
"""The account of an agent by uid and number, made ready to trade."""


class Market:
    """Books, cases and the ledger. One per home."""

    def __init__(self, account_of: AccountOf) -> None:
        self.account_of = account_of
        self.seed: int | None = None
        """None until the home's market has been opened."""
        self.ledger = Ledger()
        self.desk = EscrowDesk(self.ledger, account_of)
        self.books: list[Book] = []
        self.by_name: dict[str, int] = {}
        self.orders: dict[int, Order] = {}
        """All that rest, by id."""
        self.next_order = 1
        self.now_ms = 0
        self.tick_at_ms = 0
        """Fleet time of the next step of the reference values."""
        self.ticks = 0
        self.applied = 0
        """Operations so far; see `palm_ual.market.flow`."""
        self.sums = FlowSums()
        """Over all batches that were closed."""
        self.figures: dict[int, Figures] = {}
        """Of the living deployments, by uid."""
        self.anchors: dict[str, int] = {}
        """Mean of the sellers' prices in cents, by name of the service."""
        self.orders_count = self.trades = self.units = self.volume_cents = 0
        """What happened over the life of the home; the ledger counts what was minted and burned."""

    # What others look at

    @property
    def open_interest(self) -> bool:
        """Whether a reference value matters to anybody: it moves only then."""
        return bool(
            self.orders
            or self.desk.cases
            or any(units for figures in self.figures.values() for units in figures.owned.values())
        )

    @property
    def references(self) -> dict[int, int]:
        """Reference values in cents, by service."""
        return {book.index: book.reference_cents for book in self.books}

    def sums_now(self) -> FlowSums:
        """Over the life of the home, open batch included."""
        return FlowSums(
            self.orders_count,
            self.trades,
            self.units,
            self.volume_cents,
            self.ledger.minted_cents,
            self.ledger.burned_cents,
        )

    # Services

    def open_book(self, name: str) -> int:
        """The index of a service's book, made if there is none.

        Raises:
            InvariantBroken: there are `SERVICES_MAX` already.
        """
        index = self.by_name.get(name)
        if index is None:
            if len(self.books) >= SERVICES_MAX:
                raise InvariantBroken(f"more than {SERVICES_MAX} services")
            if not self.books:
                self.tick_at_ms = (self.now_ms // reference.TICK_MS + 1) * reference.TICK_MS
            index = self.by_name[name] = len(self.books)
            book = Book(index, name)
            reference.begin(book, self._mean_of(book))
            self.books.append(book)
        return index

    def _mean_of(self, book: Book) -> int:
        return self.anchors.get(book.name, reference.PRICE_DEFAULT_CENTS)

    # Orders

    def place(
        self, account: Account, service: int, side: int, units: int, limit_cents: int | None, *, rests: bool
    ) -> str | None:
        """Submit an order; returns why it was refused, if it was.

        It trades at once with whatever it meets, best price first, then oldest first, the house last at its
        price. What is left rests at its limit if it `rests`, else it is cancelled. Nothing rests of who closes
        its positions: it would be one more thing to be met.
        """
        trading = account.trading
        assert trading is not None
        figures = trading.figures
        second = self.now_ms // 1000
        self.orders_count += 1
        trading.orders += 1
        figures.orders += 1
        trading.minute.add(second)
        figures.minute.add(second)
        book = self.books[service]
        if side == BUY:
            price_cents = book.house_ask_cents
            if limit_cents is not None and limit_cents < price_cents:
                price_cents = limit_cents
        else:
            price_cents = book.house_bid_cents
            if limit_cents is not None and limit_cents > price_cents:
                price_cents = limit_cents
        refusal = refusal_of(account, trading, book, side, units, price_cents, rests=rests)
        if refusal is not None:
            trading.refusal = refusal
            trading.rejected += 1
            figures.rejected += 1
            trading.errors.add(second)
            return refusal
        self._work(account, book, side, units, price_cents, rests=rests)
        return None

    def _work(
        self, account: Account, book: Book, side: int, units: int, price_cents: int, *, rests: bool
    ) -> None:
        """Trade what an order meets, and put the rest where it belongs."""
        service = book.index
        other = book.asks if side == BUY else book.bids
        best_cents = other.best_cents
        crosses = best_cents is not None and (
            best_cents <= price_cents if side == BUY else best_cents >= price_cents
        )
        house_cents = book.house_ask_cents if side == BUY else book.house_bid_cents
        escrowed = units * price_cents >= self.desk.from_cents
        if price_cents == house_cents and not crosses and not escrowed:
            self.trades += 1
            self.units += units
            self.volume_cents += units * price_cents
            self.ledger.trade_with_house(account, service, side * units, price_cents)
            return
        order = Order(
            self.next_order, account, service, side, units, units, price_cents, self.now_ms, escrowed
        )
        self.next_order += 1
        if crosses:
            self._match(book, order)
        if left := order.left:
            if price_cents != house_cents:
                if rests and not account.closing:
                    self._rest(book, order)
            elif side == BUY:
                self._trade(service, left, price_cents, order, None)
            else:
                self._trade(service, left, price_cents, None, order)

    def fail(self, account: Account) -> None:
        """An order that was lost on its way to the book."""
        trading = trading_of(account)
        second = self.now_ms // 1000
        self.orders_count += 1
        for tally in (trading, trading.figures):
            tally.orders += 1
            tally.failed += 1
            tally.minute.add(second)
        trading.errors.add(second)
        trading.refusal = "lost on its way"

    def answered(self, account: Account, latency_us: int) -> None:
        """The time that the market took for its first answer to an order."""
        trading = account.trading
        assert trading is not None
        trading.latency.record(latency_us)
        trading.figures.latency.record(latency_us)

    def _match(self, book: Book, order: Order) -> None:
        """Trade with the orders that it meets, at the prices of those that were there first."""
        buys = order.side == BUY
        other = book.asks if buys else book.bids
        levels, limit_cents = other.levels, order.price_cents
        while order.left:
            best = other.best_cents
            if best is None or (best > limit_cents if buys else best < limit_cents):
                return
            maker = next(iter(levels[best].values()))
            if maker.owner is order.owner:
                self.cancel(maker)
                continue
            units = min(maker.left, order.left)
            order.left -= units
            self._take_from(maker, units)
            if buys:
                self._trade(order.service, units, best, order, maker)
            else:
                self._trade(order.service, units, best, maker, order)

    def _take_from(self, order: Order, units: int) -> None:
        """So much of a resting order is not resting any more."""
        order.left -= units
        trading = order.owner.trading
        assert trading is not None
        cents = units * order.price_cents
        trading.resting_cents -= cents
        trading.figures.resting_cents -= cents
        position = trading.positions[order.service]
        if order.side == BUY:
            trading.reserved_cents -= cents
            position.sought -= units
        else:
            position.offered -= units
        if not order.left:
            self.books[order.service].side(order.side).remove(order)
            del self.orders[order.id]
            del trading.resting[order.id]

    def _rest(self, book: Book, order: Order) -> None:
        trading = order.owner.trading
        assert trading is not None
        cents = order.left * order.price_cents
        trading.resting_cents += cents
        trading.figures.resting_cents += cents
        position = trading.position(order.service)
        if order.side == BUY:
            trading.reserved_cents += cents
            position.sought += order.left
            book.bids.add(order)
        else:
            position.offered += order.left
            book.asks.add(order)
        self.orders[order.id] = trading.resting[order.id] = order

    def cancel(self, order: Order) -> None:
        """Take a resting order off its book."""
        self._take_from(order, order.left)

    def cancel_all(self, account: Account) -> int:
        """Everything an account has resting; returns how many orders."""
        trading = account.trading
        if trading is None or not trading.resting:
            return 0
        count = len(trading.resting)
        for order in trading.resting.values():
            book = self.books[order.service]
            (book.bids if order.side == BUY else book.asks).remove(order)
            del self.orders[order.id]
        for position in trading.positions.values():
            position.sought = position.offered = 0
        trading.figures.resting_cents -= trading.resting_cents
        trading.resting_cents = trading.reserved_cents = 0
        trading.resting.clear()
        return count

    # Trades

    def _trade(
        self, service: int, units: int, price_cents: int, buy: Order | None, sell: Order | None
    ) -> None:
        cents = units * price_cents
        self.trades += 1
        self.units += units
        self.volume_cents += cents
        buyer = None if buy is None else buy.owner
        seller = None if sell is None else sell.owner
        escrowed = (buy is not None and buy.escrowed) or (sell is not None and sell.escrowed)
        if escrowed and self.desk.has_arbiters:
            self.desk.hold(service, units, price_cents, buy, sell, now_ms=self.now_ms)
            return
        self.ledger.settle(buyer, seller, service, units, cents)
        if buy is not None and not buy.traded:
            buy.traded = True
            count_filled(buy.owner)
        if sell is not None and not sell.traded:
            sell.traded = True
            count_filled(sell.owner)

    # Time

    def tick(self, now_ms: int) -> None:
        """The reference values up to `now_ms`, a step each second, and what the house takes because of it."""
        due = (now_ms - self.tick_at_ms) // reference.TICK_MS + 1
        if due > _CATCH_UP_TICKS_MAX:
            self.ticks += due - _CATCH_UP_TICKS_MAX
            due = _CATCH_UP_TICKS_MAX
        means = [self._mean_of(book) for book in self.books]
        sampled = self.ticks // SAMPLE_TICKS
        for _ in range(due):
            self.ticks += 1
            for book, mean_cents in zip(self.books, means, strict=True):
                reference.step(book, seed=self.seed or 0, tick=self.ticks, mean_cents=mean_cents)
        self.tick_at_ms = (now_ms // reference.TICK_MS + 1) * reference.TICK_MS
        for book in self.books:
            self._cross_house(book)
        if self.ticks // SAMPLE_TICKS != sampled:
            self._sample()

    def jump(self, service: int, change_ppm: int) -> None:
        """A shock to a service's reference value."""
        reference.jump(self.books[service], change_ppm)
        self._cross_house(self.books[service])

    def _cross_house(self, book: Book) -> None:
        """Resting orders that the house's prices have reached trade with it, at their own price."""
        while (best := book.bids.best_cents) is not None and best >= book.house_ask_cents:
            order = next(iter(book.bids.levels[best].values()))
            units = order.left
            self._take_from(order, units)
            self._trade(book.index, units, best, order, None)
        while (best := book.asks.best_cents) is not None and best <= book.house_bid_cents:
            order = next(iter(book.asks.levels[best].values()))
            units = order.left
            self._take_from(order, units)
            self._trade(book.index, units, best, None, order)

    def _sample(self) -> None:
        references = self.references
        for figures in self.figures.values():
            if not figures.orders:
                continue
            latency = figures.latency
            orders, answers, sum_us = figures.sampled
            figures.sampled = (figures.orders, latency.count, latency.sum_us)
            answered = latency.count - answers
            figures.history.append(
                Sample(
                    figures.pnl_cents(references),
                    figures.orders - orders,
                    (latency.sum_us - sum_us) // answered if answered else None,
                )
            )

    # Ending

    def close_account(self, account: Account) -> None:
        """By force: orders off the books, cases handed over or refunded, its own trades in escrow refunded,
        positions to the house at the house's prices, for a short one at most what the account has by then.

        Long ones go first. The order is the same for every journal: a snapshot forgets in which they were opened.
        It takes nothing new from here on, and no case comes to it: others may be ended in the same breath.
        """
        trading, desk = trading_of(account), self.desk
        account.closing = True
        desk.leave(account.key)
        self.cancel_all(account)
        for case in list(trading.cases.values()):
            if not desk.hand_over(case, now_ms=self.now_ms):
                desk.refund(case, now_ms=self.now_ms)
        for case in list(trading.party_to.values()):
            desk.refund(case, now_ms=self.now_ms)
        held = sorted(trading.open_positions(), key=lambda held: (held[1].units < 0, held[0]))
        for service, position in held:
            book, units = self.books[service], position.units
            if units > 0:
                cents = units * book.house_bid_cents
                self.ledger.settle(None, account, service, units, cents)
            else:
                cents = min(-units * book.house_ask_cents, account.cash_cents)
                self.ledger.settle(account, None, service, -units, cents)
            self.trades += 1
            self.units += abs(units)
            self.volume_cents += cents
