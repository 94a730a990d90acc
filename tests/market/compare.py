"""Where a market and the naive one differ."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from palm_ual.market.accounts import BUY, SELL, Account, Figures, Order, Tally, Trading
from palm_ual.market.market import Market
from palm_ual.model.events import FlowSums
from tests.market.naive import NaiveMarket
from tests.market.naive_values import NaiveCase, NaiveOrder, NaiveTally, Who

Picture = dict[Any, Any]
_NEVER_TRADED = Trading(Figures(0), budget_cents=None, may_short=False)


def differences(naive: NaiveMarket, market: Market, accounts: Mapping[Who, Account]) -> list[str]:
    """Each figure that is not the same, as `what: the market's instead of the naive one's`."""
    names = {id(account): who for who, account in accounts.items()}
    of = _Belongings(naive)
    found = [*_differing("the home", _home(market), _naive_home(naive))]
    found += _differing("books", _books(market), _naive_books(naive))
    found += _differing("cases", _cases(market, names), _naive_cases(naive))
    found += _differing("agents", dict.fromkeys(accounts), dict.fromkeys(naive.agents))
    for who, account in accounts.items():
        if who in naive.agents:
            found += _differing(f"agent {who}", _agent(account), of.agent(who))
    for uid, figures in market.figures.items():
        found += _differing(f"deployment {uid}", _figures(figures, market), of.deployment(uid))
    return found


def _differing(where: str, left: Picture, right: Picture) -> Iterator[str]:
    if left != right:
        for key in {**left, **right}:
            if left.get(key) != right.get(key):
                yield f"{where}, {key}: {left.get(key)} instead of {right.get(key)}"


def _without_zeros(numbers: Mapping[int, int]) -> dict[int, int]:
    return {key: number for key, number in numbers.items() if number}


def _home(market: Market) -> Picture:
    ledger = market.ledger
    return {
        "treasury": ledger.treasury_cents,
        "issued": ledger.issued_cents,
        "house": _without_zeros(ledger.house_units),
        "operations": market.applied,
        "clock": (market.now_ms, market.ticks, market.tick_at_ms if market.books else 0),
        "next": (market.next_order, market.desk.next_case),
        "sums": market.sums_now(),
    }


def _naive_home(naive: NaiveMarket) -> Picture:
    return {
        "treasury": naive.treasury,
        "issued": naive.issued,
        "house": _without_zeros(naive.house),
        "operations": naive.applied,
        "clock": (naive.now_ms, naive.ticks, naive.tick_at_ms),
        "next": (naive.next_order, naive.next_case),
        "sums": FlowSums(
            naive.placed, naive.trades, naive.traded_units, naive.volume, naive.minted, naive.burned
        ),
    }


def _books(market: Market) -> Picture:
    return {
        book.name: (
            book.value,
            book.reference_cents,
            book.house_bid_cents,
            book.house_ask_cents,
            [(order.id, order.left, price) for price, order in _queue(book.bids.levels, BUY)],
            [(order.id, order.left, price) for price, order in _queue(book.asks.levels, SELL)],
        )
        for book in market.books
    }


def _queue(levels: Mapping[int, Mapping[int, Order]], side: int) -> Iterator[tuple[int, Order]]:
    """In the order in which they trade."""
    for price in sorted(levels, key=lambda price: -side * price):
        for order in levels[price].values():
            yield price, order


def _naive_books(naive: NaiveMarket) -> Picture:
    return {
        book.name: (
            book.value,
            book.reference,
            book.bid,
            book.ask,
            _naive_queue([o for o in naive.orders if o.service == index and o.buys]),
            _naive_queue([o for o in naive.orders if o.service == index and not o.buys]),
        )
        for index, book in enumerate(naive.books)
    }


def _naive_queue(orders: Sequence[NaiveOrder]) -> list[tuple[int, int, int]]:
    ordered = sorted(orders, key=lambda order: -order.price if order.buys else order.price)
    return [(order.id, order.left, order.price) for order in ordered]


def _cases(market: Market, names: Mapping[int, Who]) -> Picture:
    def name(account: Account | None) -> Who | None:
        return None if account is None else names[id(account)]

    return {
        case.id: (
            (case.service, case.units, case.price_cents, case.held_ms, case.disputed_ms is not None),
            (name(case.buyer), name(case.seller), name(case.arbiter), case.buyer_counts, case.seller_counts),
        )
        for case in market.desk.cases.values()
    }


def _naive_cases(naive: NaiveMarket) -> Picture:
    return {
        case.id: (
            (case.service, case.units, case.price, case.held_ms, case.disputed),
            (case.buyer, case.seller, case.arbiter, case.buyer_counts, case.seller_counts),
        )
        for case in naive.cases.values()
    }


# Agents and deployments


def _agent(account: Account) -> Picture:
    trading = account.trading or _NEVER_TRADED
    positions = trading.positions.items()
    return {
        "cash": account.cash_cents,
        "free": account.free_cents,
        "funded": account.funded_cents,
        "closing": account.closing,
        "units": {service: position.units for service, position in positions if position.units},
        "escrowed units": {
            service: position.escrowed for service, position in positions if position.escrowed
        },
        "sought": {service: position.sought for service, position in positions if position.sought},
        "offered": {service: position.offered for service, position in positions if position.offered},
        "cost": {service: position.cost_cents for service, position in positions if position.cost_cents},
        "resting": [(order.id, order.left) for order in trading.resting.values()],
        "escrowed": trading.escrowed_cents,
        "tied up": trading.used_budget_cents,
        "decides on": sorted(trading.cases),
        "is party to": sorted(trading.party_to),
        "owes": trading.owes,
        "tally": _tally(trading),
    }


def _figures(figures: Figures, market: Market) -> Picture:
    return {
        "money": (figures.cash_cents, figures.funding_cents, figures.escrowed_cents),
        "ended": figures.ended_pnl_cents,
        "owned": _without_zeros(figures.owned),
        "tied up": figures.used_budget_cents,
        "pnl": figures.pnl_cents(market.references),
        "tally": _tally(figures),
    }


def _tally(tally: Tally) -> NaiveTally:
    return NaiveTally(
        tally.orders, tally.filled, tally.rejected, tally.failed, tally.latency.count, tally.latency.sum_us
    )


class _Belongings:
    """What everybody has in the naive market: its orders and cases sorted by whose they are, once for all."""

    def __init__(self, naive: NaiveMarket) -> None:
        self._naive = naive
        self._agents: dict[Who, Picture] = {}
        self._orders: defaultdict[Who, list[NaiveOrder]] = defaultdict(list)
        self._bought: defaultdict[Who, list[NaiveCase]] = defaultdict(list)
        self._sold: defaultdict[Who, list[NaiveCase]] = defaultdict(list)
        self._decided: defaultdict[Who, list[NaiveCase]] = defaultdict(list)
        for order in naive.orders:
            self._orders[order.who].append(order)
        for case in naive.cases.values():
            self._decided[case.arbiter].append(case)
            if case.buyer is not None:
                self._bought[case.buyer].append(case)
            if case.seller is not None:
                self._sold[case.seller].append(case)

    def agent(self, who: Who) -> Picture:
        """In the terms of `_agent`."""
        if who not in self._agents:
            self._agents[who] = self._picture(who)
        return self._agents[who]

    def _picture(self, who: Who) -> Picture:
        agent = self._naive.agents[who]
        orders, bought, sold = self._orders.get(who, ()), self._bought.get(who, ()), self._sold.get(who, ())
        decides = [case.id for case in self._decided.get(who, ())]
        units = _without_zeros(agent.units)
        paid = sum(case.cents for case in bought)
        return {
            "cash": agent.cash,
            "free": agent.cash - sum(order.cents for order in orders if order.buys),
            "funded": agent.funded,
            "closing": agent.closing,
            "units": units,
            "escrowed units": _by_service((case.service, case.units) for case in sold),
            "sought": _by_service((order.service, order.left) for order in orders if order.buys),
            "offered": _by_service((order.service, order.left) for order in orders if not order.buys),
            "cost": _without_zeros(agent.cost),
            "resting": [(order.id, order.left) for order in orders],
            "escrowed": paid,
            "tied up": sum(agent.cost.values()) + sum(order.cents for order in orders) + paid,
            "decides on": decides,
            "is party to": sorted(case.id for case in (*bought, *sold)),
            "owes": bool(units or orders or decides or bought or sold),
            "tally": agent.tally,
        }

    def deployment(self, uid: int) -> Picture:
        """In the terms of `_figures`."""
        naive = self._naive
        living = [who for who in naive.agents if who[0] == uid]
        agents, ended = [naive.agents[who] for who in living], naive.ended[uid]
        pictures = [self.agent(who) for who in living]
        owned = _by_service(
            item
            for picture in pictures
            for units in (picture["units"], picture["escrowed units"])
            for item in units.items()
        )
        escrowed = sum(picture["escrowed"] for picture in pictures)
        held = sum(agent.cash for agent in (*agents, *ended)) + escrowed
        worth = sum(units * naive.books[service].reference for service, units in owned.items())
        return {
            "money": (sum(a.cash for a in agents), sum(a.funded for a in agents), escrowed),
            "ended": sum(agent.cash - agent.funded for agent in ended),
            "owned": owned,
            "tied up": sum(picture["tied up"] for picture in pictures),
            "pnl": held + worth - sum(agent.funded for agent in (*agents, *ended)),
            "tally": _sum([agent.tally for agent in (*agents, *ended)]),
        }


def _by_service(items: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: defaultdict[int, int] = defaultdict(int)
    for service, units in items:
        sums[service] += units
    return _without_zeros(sums)


def _sum(tallies: Sequence[NaiveTally]) -> NaiveTally:
    return NaiveTally(
        *(sum(getattr(tally, name) for tally in tallies) for name in NaiveTally.__struct_fields__)
    )
