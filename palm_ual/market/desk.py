"""The desk where arbiters decide on large trades: who holds which case, and what becomes of it."""

from bisect import bisect_left, insort
from collections.abc import Callable

from palm_ual.market.accounts import Account, Case, Order, Tally
from palm_ual.market.ledger import Ledger, trading_of

Key = tuple[int, int]
"""Uid and number of an agent."""
_FREE = 1 << 62
"""The threshold while nobody arbitrates: no order reaches it."""


class EscrowDesk:
    """Open cases, and the arbiters who are ready for more."""

    __slots__ = ("_account_of", "_ledger", "_pools", "_thresholds", "cases", "from_cents", "next_case")

    def __init__(self, ledger: Ledger, account_of: Callable[[int, int], Account]) -> None:
        self._ledger = ledger
        self._account_of = account_of
        self.cases: dict[int, Case] = {}
        self.next_case = 1
        self._pools: dict[int, list[Key]] = {}
        """Ready arbiters by their threshold in cents, in the order of their keys, whenever they came."""
        self._thresholds: dict[Key, int] = {}
        self.from_cents = _FREE
        """Orders of at least this much are held in escrow."""

    @property
    def ready(self) -> dict[Key, int]:
        """Ready arbiters with their thresholds in cents."""
        return dict(self._thresholds)

    @property
    def has_arbiters(self) -> bool:
        """Whether anybody is ready."""
        return bool(self._thresholds)

    def join(self, arbiter: Key, threshold_cents: int) -> None:
        """An arbiter is ready to hold trades of at least so much. Idempotent."""
        if arbiter not in self._thresholds:
            self._thresholds[arbiter] = threshold_cents
            insort(self._pools.setdefault(threshold_cents, []), arbiter)
            self.from_cents = min(self._pools)

    def leave(self, arbiter: Key) -> None:
        """An arbiter takes no more cases. Idempotent."""
        threshold_cents = self._thresholds.pop(arbiter, None)
        if threshold_cents is not None:
            pool = self._pools[threshold_cents]
            del pool[bisect_left(pool, arbiter)]
            if not pool:
                del self._pools[threshold_cents]
            self.from_cents = min(self._pools, default=_FREE)

    def hold(
        self,
        service: int,
        units: int,
        price_cents: int,
        buy: Order | None,
        sell: Order | None,
        *,
        now_ms: int,
    ) -> None:
        """Keep both sides of a trade until an arbiter has decided. A side that is None is the house's."""
        case = Case(
            self.next_case,
            service=service,
            units=units,
            price_cents=price_cents,
            buyer=None if buy is None else buy.owner,
            seller=None if sell is None else sell.owner,
            buyer_counts=buy is not None and not buy.traded,
            seller_counts=sell is not None and not sell.traded,
            arbiter=self._arbiter_for(self.next_case, units * price_cents, None),
            held_ms=now_ms,
        )
        self.next_case += 1
        for order in (buy, sell):
            if order is not None:
                order.traded = True
        self._ledger.hold(case)
        self.cases[case.id] = case
        _take(case, case.arbiter, now_ms)

    def hand_over(self, case: Case, *, now_ms: int) -> bool:
        """To another ready arbiter; False if there is none. It counts for both, and its outcome for the last."""
        if len(self._thresholds) - (case.arbiter.key in self._thresholds) < 1:
            return False
        other = self._arbiter_for(case.id, case.cents, case.arbiter.key)
        del trading_of(case.arbiter).cases[case.id]
        _take(case, other, now_ms)
        return True

    def dispute(self, case: Case, *, now_ms: int) -> None:
        """The price is not a fair one: it is refunded after the arbiter's time for it."""
        if case.disputed_ms is None:
            case.disputed_ms = now_ms

    def release(self, case: Case) -> None:
        """The trade stands."""
        self._close(case)
        self._ledger.release(case)
        for tally in tallies_of(case.arbiter):
            tally.filled += 1
        if case.buyer_counts and case.buyer is not None:
            count_filled(case.buyer)
        if case.seller_counts and case.seller is not None:
            count_filled(case.seller)

    def refund(self, case: Case, *, now_ms: int) -> None:
        """The trade does not stand: it failed."""
        self._close(case)
        self._ledger.refund(case)
        for tally in tallies_of(case.arbiter):
            tally.failed += 1
        for account, counts in ((case.buyer, case.buyer_counts), (case.seller, case.seller_counts)):
            if account is not None and counts:
                for tally in tallies_of(account):
                    tally.failed += 1
                trading_of(account).errors.add(now_ms // 1000)

    def _arbiter_for(self, turn: int, cents: int, besides: Key | None) -> Account:
        """Who holds a case: ready arbiters whose threshold it reaches take turns, else any.

        There must be one beside `besides`.
        """
        pools = sorted(self._pools.items())
        able = [pool for threshold_cents, pool in pools if threshold_cents <= cents]
        place = _place_of(besides, able)
        count = sum(len(pool) for pool in able) - (place is not None)
        if not count:
            able = [pool for _, pool in pools]
            place = _place_of(besides, able)
            count = sum(len(pool) for pool in able) - (place is not None)
        turn %= count
        return self._account_of(*_at(able, turn if place is None or turn < place else turn + 1))

    def _close(self, case: Case) -> None:
        del self.cases[case.id]
        del trading_of(case.arbiter).cases[case.id]


def _place_of(arbiter: Key | None, pools: list[list[Key]]) -> int | None:
    """Where an arbiter is among all pools together; None if it is not."""
    before = 0
    for pool in pools:
        if arbiter is not None:
            place = bisect_left(pool, arbiter)
            if place < len(pool) and pool[place] == arbiter:
                return before + place
        before += len(pool)
    return None


def _at(pools: list[list[Key]], place: int) -> Key:
    """The arbiter at a place of all pools together."""
    for pool in pools:
        if place < len(pool):
            return pool[place]
        place -= len(pool)
    raise AssertionError("a place is within the pools")


def _take(case: Case, arbiter: Account, now_ms: int) -> None:
    """An arbiter's orders are its cases; it submits none."""
    case.arbiter = arbiter
    trading_of(arbiter).cases[case.id] = case
    for tally in tallies_of(arbiter):
        tally.orders += 1
        tally.minute.add(now_ms // 1000)


def tallies_of(account: Account) -> tuple[Tally, Tally]:
    """The account's own counts, and its deployment's."""
    trading = trading_of(account)
    return trading, trading.figures


def count_filled(account: Account) -> None:
    """An order of the account has traded for the first time."""
    trading = account.trading
    assert trading is not None
    trading.filled += 1
    trading.figures.filled += 1
