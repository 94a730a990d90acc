"""Where a market and the naive one differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from palm_ual.market.accounts import BUY, SELL, Account, Figures, Order, Tally, Trading
from palm_ual.market.market import Market
from palm_ual.model.events import FlowSums
from tests.market.naive import NaiveMarket
from tests.market.naive_values import NaiveOrder, NaiveTally, Who

Picture = dict[Any, Any]
_NEVER_TRADED = Trading(Figures(0), budget_cents=None, may_short=False)


def differences(naive: NaiveMarket, market: Market, accounts: Mapping[Who, Account]) -> list[str]:
    """Each figure that is not the same, as `what: the market's instead of the naive one's`."""
    names = {id(account): who for who, account in accounts.items()}
    found = [*_differing("the home", _home(market), _naive_home(naive))]
    found += _differing("books", _books(market), _naive_books(naive))
    found += _differing("cases", _cases(market, names), _naive_cases(naive))
    found += _differing("agents", dict.fromkeys(accounts), dict.fromkeys(naive.agents))
    for who, account in accounts.items():
        if who in naive.agents:
            found += _differing(f"agent {who}", _agent(account), _naive_agent(naive, who))
    for uid, figures in market.figures.items():
        found += _differing(f"deployment {uid}", _figures(figures, market), _naive_figures(naive, uid))
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
        str(case.id): (
            (case.service, case.units, case.price_cents, case.held_ms, case.disputed_ms is not None),
            (name(case.buyer), name(case.seller), name(case.arbiter), case.buyer_counts, case.seller_counts),
        )
        for case in market.desk.cases.values()
    }


def _naive_cases(naive: NaiveMarket) -> Picture:
    return {
        str(case.id): (
            (case.service, case.units, case.price, case.held_ms, case.disputed),
            (case.buyer, case.seller, case.arbiter, case.buyer_counts, case.seller_counts),
        )
        for case in naive.cases.values()
    }


def _agent(account: Account) -> Picture:
    trading = account.trading or _NEVER_TRADED
    positions = trading.positions.items()
    return {
        "cash": account.cash_cents,
        "free": account.free_cents,
        "funded": account.funded_cents,
        "closing": account.closing,
        "units": _without_zeros({service: position.units for service, position in positions}),
        "escrowed units": _without_zeros({service: position.escrowed for service, position in positions}),
        "cost": _without_zeros({service: position.cost_cents for service, position in positions}),
        "resting": [(order.id, order.left) for order in trading.resting.values()],
        "sought": _without_zeros({service: position.sought for service, position in positions}),
        "offered": _without_zeros({service: position.offered for service, position in positions}),
        "escrowed": trading.escrowed_cents,
        "tied up": trading.used_budget_cents,
        "decides on": sorted(trading.cases),
        "is party to": sorted(trading.party_to),
        "owes": trading.owes,
        "tally": _tally(trading),
    }


def _tally(tally: Tally) -> NaiveTally:
    return NaiveTally(
        tally.orders, tally.filled, tally.rejected, tally.failed, tally.latency.count, tally.latency.sum_us
    )


def _naive_agent(naive: NaiveMarket, who: Who) -> Picture:
    agent, cases = naive.agents[who], naive.cases.values()
    services = range(len(naive.books))
    return {
        "cash": agent.cash,
        "free": agent.cash - naive.claimed(who),
        "funded": agent.funded,
        "closing": agent.closing,
        "units": _without_zeros(agent.units),
        "escrowed units": _without_zeros({service: naive.sold(who, service) for service in services}),
        "cost": _without_zeros(agent.cost),
        "resting": [(order.id, order.left) for order in naive.resting(who)],
        "sought": _without_zeros({service: naive.promised(who, service, buys=True) for service in services}),
        "offered": _without_zeros(
            {service: naive.promised(who, service, buys=False) for service in services}
        ),
        "escrowed": naive.paid(who),
        "tied up": naive.tied_up(who),
        "decides on": [case.id for case in cases if case.arbiter == who],
        "is party to": [case.id for case in cases if who in (case.buyer, case.seller)],
        "owes": naive.owes(who),
        "tally": agent.tally,
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


def _naive_figures(naive: NaiveMarket, uid: int) -> Picture:
    living = [who for who in naive.agents if who[0] == uid]
    agents, ended = [naive.agents[who] for who in living], naive.ended[uid]
    owned = {
        service: sum(naive.agents[who].units[service] + naive.sold(who, service) for who in living)
        for service in range(len(naive.books))
    }
    escrowed = sum(naive.paid(who) for who in living)
    held = sum(agent.cash for agent in (*agents, *ended)) + escrowed
    worth = sum(units * naive.books[service].reference for service, units in owned.items())
    return {
        "money": (sum(a.cash for a in agents), sum(a.funded for a in agents), escrowed),
        "ended": sum(agent.cash - agent.funded for agent in ended),
        "owned": _without_zeros(owned),
        "tied up": sum(naive.tied_up(who) for who in living),
        "pnl": held + worth - sum(agent.funded for agent in (*agents, *ended)),
        "tally": _sum([agent.tally for agent in (*agents, *ended)]),
    }


def _sum(tallies: Sequence[NaiveTally]) -> NaiveTally:
    return NaiveTally(
        *(sum(getattr(tally, name) for tally in tallies) for name in NaiveTally.__struct_fields__)
    )
