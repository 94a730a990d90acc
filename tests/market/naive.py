"""A market written to be read: lists, and everything added up when it is asked for.

It takes what `palm_ual.market.flow` packs and should come to what `palm_ual.market.market` comes to, with
which it has nothing in common but the names of the operations.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from palm_ual.market import flow
from palm_ual.model.chance import mix
from palm_ual.model.limits import MONEY_CENTS_MAX, ORDER_UNITS_MAX, RESTING_ORDERS_MAX
from tests.market.naive_values import PRICE_MAX, NaiveAgent, NaiveBook, NaiveCase, NaiveOrder, Who


class NaiveMarket:
    """Agents, books, resting orders in the order of their arrival, and cases."""

    def __init__(self) -> None:
        self.seed = 0
        self.agents: dict[Who, NaiveAgent] = {}
        self.ended: defaultdict[int, list[NaiveAgent]] = defaultdict(list)
        """Those that are gone, by uid; their cash is what they gave back."""
        self.books: list[NaiveBook] = []
        self.orders: list[NaiveOrder] = []
        self.cases: dict[int, NaiveCase] = {}
        self.arbiters: list[tuple[int, Who]] = []
        """Thresholds and who is ready for cases, lowest first."""
        self.means: dict[str, int] = {}
        self.house: defaultdict[int, int] = defaultdict(int)
        self.treasury = self.issued = 0
        self.next_order = self.next_case = 1
        self.now_ms = self.tick_at_ms = self.ticks = self.applied = 0
        self.placed = self.trades = self.traded_units = self.volume = self.minted = self.burned = 0
        self.seen: Counter[str] = Counter()
        """Situations it has been in."""
        self.forced: set[Who] = set()
        """Who was ended by force; whoever is gone for good is taken out by the user of this."""

    # What follows from the lists

    def resting(self, who: Who) -> list[NaiveOrder]:
        return [order for order in self.orders if order.who == who]

    def sold(self, who: Who, service: int) -> int:
        """Units in escrow that are still its own."""
        return sum(
            case.units for case in self.cases.values() if (case.seller, case.service) == (who, service)
        )

    def bought(self, who: Who, service: int) -> int:
        """Units in escrow that are not its own yet."""
        return sum(case.units for case in self.cases.values() if (case.buyer, case.service) == (who, service))

    def paid(self, who: Who) -> int:
        """Money in escrow."""
        return sum(case.cents for case in self.cases.values() if case.buyer == who)

    def claimed(self, who: Who) -> int:
        return sum(order.cents for order in self.resting(who) if order.buys)

    def promised(self, who: Who, service: int, *, buys: bool) -> int:
        """Units in its resting orders of one side."""
        return sum(
            order.left for order in self.resting(who) if (order.service, order.buys) == (service, buys)
        )

    def tied_up(self, who: Who) -> int:
        return sum(self.agents[who].cost.values()) + sum(o.cents for o in self.resting(who)) + self.paid(who)

    def owes(self, who: Who) -> bool:
        parties = {party for case in self.cases.values() for party in (case.buyer, case.seller, case.arbiter)}
        return who in parties or bool(self.resting(who)) or any(self.agents[who].units.values())

    # Operations

    def play(self, ops: Sequence[int | str]) -> None:
        """A batch."""
        numbers = iter(ops)
        actor: Who = (0, 0)
        for code in numbers:
            if code == flow.TIME:
                self.now_ms += _next(numbers)
            elif code == flow.ACTOR:
                actor = (_next(numbers), _next(numbers))
            elif code == flow.SERVICE:
                self.open_book(str(next(numbers)))
            else:
                assert isinstance(code, int)
                self.applied += 1
                self._play_one(code, [_next(numbers) for _ in range(_ARGUMENTS[code])], actor)

    def _play_one(self, code: int, arguments: list[int], actor: Who) -> None:
        if code in (flow.BUY_NOW, flow.BUY_RESTING, flow.SELL_NOW, flow.SELL_RESTING):
            service, units, limit, latency_us = arguments
            buys, rests = (
                code in (flow.BUY_NOW, flow.BUY_RESTING),
                code in (flow.BUY_RESTING, flow.SELL_RESTING),
            )
            self.place(actor, service, units, limit or None, buys=buys, rests=rests)
            self.answered(actor, latency_us)
        elif code == flow.FAIL:
            self.fail(actor)
        elif code == flow.CANCEL:
            self.orders = [order for order in self.orders if order.id != arguments[0]]
        elif code == flow.CANCEL_ALL:
            self.cancel_all(actor)
        elif code == flow.TICK:
            self.tick()
        elif code == flow.JUMP:
            book = self.books[arguments[0]]
            self.seen["price jumped"] += 1
            book.move(book.value * arguments[1] // 10**6)
            self._cross_house(arguments[0])
        elif code == flow.CLOSE:
            self.close(actor)
        else:
            self.decide(code, self.cases[arguments[0]])

    def open_book(self, name: str) -> None:
        if not self.books:
            self.tick_at_ms = (self.now_ms // 1_000 + 1) * 1_000
        self.books.append(NaiveBook(name, self.means.get(name, 100_00)))

    def place(
        self, who: Who, service: int, units: int, limit: int | None, *, buys: bool, rests: bool
    ) -> str | None:
        agent, book = self.agents[who], self.books[service]
        agent.tally.orders += 1
        self.placed += 1
        house = book.ask if buys else book.bid
        price = house if limit is None else min(limit, house) if buys else max(limit, house)
        if refusal := self._refusal(who, service, units, price, buys=buys, rests=rests):
            agent.tally.rejected += 1
            self.seen[f"order refused: {refusal}"] += 1
            return refusal
        escrowed = bool(self.arbiters) and units * price >= self.arbiters[0][0]
        had = agent.units[service]
        sign = 1 if had > 0 else -1
        order = NaiveOrder(self.next_order, who, service, buys, units, price, escrowed)
        if price != house or escrowed or self._best_for(order) is not None:
            self.next_order += 1  # one that meets nobody but the house takes no number
        while order.left and (maker := self._best_for(order)) is not None:
            if maker.who == who:
                self.seen["own order met"] += 1
                self.orders.remove(maker)
                continue
            traded = min(order.left, maker.left)
            order.left -= traded
            self._lessen(maker, traded)
            pair = (order, maker) if buys else (maker, order)
            self._trade(*pair, service, traded, maker.price)
        if order.left and price == house:
            self._trade(order if buys else None, None if buys else order, service, order.left, price)
        elif order.left and rests and not agent.closing:
            self.orders.append(order)
        assert not agent.closing or 0 <= agent.units[service] * sign <= had * sign, (
            f"{who} opens while closing"
        )
        return None

    def _refusal(
        self, who: Who, service: int, units: int, price: int, *, buys: bool, rests: bool
    ) -> str | None:
        agent, own = self.agents[who], self.resting(who)
        if not (
            1 <= units <= ORDER_UNITS_MAX and 1 <= price <= PRICE_MAX and units * price <= MONEY_CENTS_MAX
        ):
            return "no such quantity or price"
        if buys and units * price > agent.cash - self.claimed(who):
            return "not enough cash"
        to_close = (-1 if buys else 1) * agent.units[service] - self.promised(who, service, buys=buys)
        to_close -= self.bought(who, service) if buys else 0
        if not buys and units > to_close and not agent.may_short:
            return "more than it has"
        if units > to_close:
            if agent.closing:
                return "takes no new work"
            if agent.budget is not None and self.tied_up(who) + units * price > agent.budget:
                return "over its budget"
        return "too many resting orders" if rests and len(own) >= RESTING_ORDERS_MAX else None

    def _best_for(self, order: NaiveOrder) -> NaiveOrder | None:
        """Of those it may trade with, the one with the best price, and among these the oldest."""
        sign = 1 if order.buys else -1
        others = [
            other
            for other in self.orders
            if other.service == order.service
            and other.buys is not order.buys
            and sign * other.price <= sign * order.price
        ]
        return min(others, key=lambda other: sign * other.price, default=None)

    def _lessen(self, order: NaiveOrder, units: int) -> None:
        order.left -= units
        self.seen["part of an order traded"] += order.left > 0
        if not order.left:
            self.orders.remove(order)

    def cancel_all(self, who: Who) -> None:
        self.orders = [order for order in self.orders if order.who != who]

    def fail(self, who: Who) -> None:
        self.seen["order lost"] += 1
        agent = self.agents[who]
        agent.tally.orders += 1
        agent.tally.failed += 1
        self.placed += 1

    def answered(self, who: Who, latency_us: int) -> None:
        tally = self.agents[who].tally
        tally.answers += 1
        tally.answered_us += latency_us
        self.seen["late answer"] += latency_us > 100_000

    # Trades

    def _trade(
        self, buy: NaiveOrder | None, sell: NaiveOrder | None, service: int, units: int, price: int
    ) -> None:
        self.trades += 1
        self.traded_units += units
        self.volume += units * price
        sides = [order for order in (buy, sell) if order is not None]
        buyer, seller = buy.who if buy else None, sell.who if sell else None
        if self.arbiters and any(order.escrowed for order in sides):
            self._hold(
                NaiveCase(
                    self.next_case,
                    service,
                    units,
                    price,
                    buyer,
                    seller,
                    buyer_counts=buy is not None and not buy.traded,
                    seller_counts=sell is not None and not sell.traded,
                    arbiter=(0, 0),
                    held_ms=self.now_ms,
                )
            )
        else:
            self._pay(buyer, -units * price)
            self._pay(seller, units * price)
            self._give(buyer, service, units)
            self._give(seller, service, -units)
            self._own(buyer, service, units, units * price)
            self._own(seller, service, -units, units * price)
            for order in sides:
                self.agents[order.who].tally.filled += not order.traded
        for order in sides:
            order.traded = True

    def _pay(self, who: Who | None, cents: int) -> None:
        if who is not None:
            self.agents[who].cash += cents
            assert self.agents[who].cash >= 0, f"{who} is overdrawn"
            return
        self.issued -= cents
        if cents < 0:
            self.minted -= cents
        else:
            self.burned += cents

    def _give(self, who: Who | None, service: int, units: int) -> None:
        (self.house if who is None else self.agents[who].units)[service] += units

    def _own(self, who: Who | None, service: int, change: int, cents: int) -> None:
        """What its position costs by average, after `change` units came for `cents` (or went, below 0)."""
        if who is None:
            return
        agent = self.agents[who]
        after = agent.units[service] + self.sold(who, service)
        before = after - change
        self.seen["short position closed"] += before < 0 <= after
        if before * change >= 0:
            agent.cost[service] += cents
        elif before * after > 0:
            agent.cost[service] = agent.cost[service] * abs(after) // abs(before)
        else:
            agent.cost[service] = cents * abs(after) // abs(change)

    # Escrow

    def _hold(self, case: NaiveCase) -> None:
        self.next_case += 1
        case.arbiter = self._taker(case, None)
        self._pay(case.buyer, -case.cents)
        self._give(case.seller, case.service, -case.units)
        self.cases[case.id] = case
        self.agents[case.arbiter].tally.orders += 1

    def _taker(self, case: NaiveCase, besides: Who | None) -> Who:
        """Arbiters take turns in the order of their thresholds, those first whom the case is large enough for."""
        others = [(threshold, who) for threshold, who in self.arbiters if who != besides]
        able = [who for threshold, who in others if threshold <= case.cents] or [who for _, who in others]
        return able[case.id % len(able)]

    def decide(self, code: int, case: NaiveCase) -> None:
        tally = self.agents[case.arbiter].tally
        if code == flow.HAND_OVER:
            if any(who != case.arbiter for _, who in self.arbiters):
                case.arbiter = self._taker(case, case.arbiter)
                self.agents[case.arbiter].tally.orders += 1
                self.seen["case handed over"] += 1
            return
        if code == flow.DISPUTE:
            self.seen["case disputed"] += not case.disputed
            case.disputed = True
            return
        released = code == flow.RELEASE
        self.seen["case released" if released else "case refunded"] += 1
        tally.filled += released
        tally.failed += not released
        del self.cases[case.id]
        self._pay(case.seller if released else case.buyer, case.cents)
        self._give(case.buyer if released else case.seller, case.service, case.units)
        for who, counts, sign in ((case.buyer, case.buyer_counts, 1), (case.seller, case.seller_counts, -1)):
            if who is not None:
                self.agents[who].tally.filled += counts and released
                self.agents[who].tally.failed += counts and not released
                if released:
                    self._own(who, case.service, sign * case.units, case.cents)

    # Time and ends

    def tick(self) -> None:
        due = (self.now_ms - self.tick_at_ms) // 1_000 + 1
        for step in range(max(0, due - 600), due):
            for index, book in enumerate(self.books):
                draw = mix(self.seed, index, self.ticks + step + 1)
                noise = sum(draw >> shift & 0xFFFF for shift in (0, 16, 32, 48)) - 2 * 0xFFFF
                pull = (self.means.get(book.name, 100_00) * 1_000 - book.value) // 25
                book.move(pull + book.value * noise // (37_837 * 400))
        self.ticks += due
        self.tick_at_ms = (self.now_ms // 1_000 + 1) * 1_000
        for index in range(len(self.books)):
            self._cross_house(index)

    def _cross_house(self, service: int) -> None:
        book = self.books[service]
        for buys, sign in ((True, -1), (False, 1)):
            reached = [
                order
                for order in self.orders
                if order.service == service
                and order.buys is buys
                and (order.price >= book.ask if buys else order.price <= book.bid)
            ]
            self.seen["house came to an order"] += bool(reached)
            for order in sorted(reached, key=lambda order: sign * order.price):
                units = order.left
                self._lessen(order, units)
                self._trade(order if buys else None, None if buys else order, service, units, order.price)

    def close(self, who: Who) -> None:
        """By force: long positions are sold first, so that there is more to buy short ones back with."""
        self.forced.add(who)
        self.seen["arbiter ended with open cases"] += any(case.arbiter == who for case in self.cases.values())
        self.seen["ended by force with a position"] += any(self.agents[who].units.values())
        self.agents[who].closing = True
        self.arbiters = [(threshold, other) for threshold, other in self.arbiters if other != who]
        self.cancel_all(who)
        for case in list(self.cases.values()):
            if case.arbiter == who:
                self.decide(flow.HAND_OVER, case)
                if case.arbiter == who:
                    self.decide(flow.REFUND, case)
        for case in list(self.cases.values()):
            if who in (case.buyer, case.seller):
                self.decide(flow.REFUND, case)
        agent = self.agents[who]
        for service, units in sorted(agent.units.items(), key=lambda held: (held[1] < 0, held[0])):
            if not units:
                continue
            book = self.books[service]
            cents = units * book.bid if units > 0 else -min(-units * book.ask, agent.cash)
            self.trades += 1
            self.traded_units += abs(units)
            self.volume += abs(cents)
            self._pay(who, cents)
            self._pay(None, -cents)
            self._give(who, service, -units)
            self._give(None, service, units)
            self._own(who, service, -units, abs(cents))


_ARGUMENTS = {
    flow.BUY_NOW: 4,
    flow.BUY_RESTING: 4,
    flow.SELL_NOW: 4,
    flow.SELL_RESTING: 4,
    flow.FAIL: 0,
    flow.CANCEL: 1,
    flow.CANCEL_ALL: 0,
    flow.TICK: 0,
    flow.JUMP: 2,
    flow.RELEASE: 1,
    flow.DISPUTE: 1,
    flow.REFUND: 1,
    flow.HAND_OVER: 1,
    flow.CLOSE: 0,
}


def _next(numbers: Iterator[int | str]) -> int:
    number = next(numbers)
    assert type(number) is int, number
    return number
