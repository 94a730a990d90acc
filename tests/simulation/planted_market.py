"""Bugs on purpose in trading and in what is kept of it, each behind a switch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import msgspec

from palm_ual.market import admission, flow
from palm_ual.market.accounts import BUY, SELL, Account, Case, Order
from palm_ual.market.book import Side
from palm_ual.market.desk import EscrowDesk
from palm_ual.market.ledger import Ledger, trading_of
from palm_ual.market.market import Market
from palm_ual.model.events import FlowSums, Recorded
from palm_ual.runtime.deployer import Deployer
from palm_ual.store import flow as stored_flow
from palm_ual.world import lifecycle, market_image, money
from palm_ual.world.records import Agent, Deployment, World

_settle, _refund, _release = Ledger.settle, Ledger.refund, Ledger.release
_take_from, _cancel, _add = Market._take_from, Market.cancel, Side.add  # noqa: SLF001
_fail, _give_back, _load_order = lifecycle._fail, money.give_back, market_image._load_order  # noqa: SLF001
_pack, _play, _old_runs, _refusal_of = flow.pack, flow.play, stored_flow.old_runs, admission.refusal_of


def _pay(account: Account, cents: int) -> None:
    account.cash_cents += cents
    trading_of(account).figures.cash_cents += cents


def _settle_one_leg(
    self: Ledger, buyer: Account | None, seller: Account | None, service: int, units: int, cents: int
) -> None:
    """The seller never sees its money."""
    _settle(self, buyer, seller, service, units, cents)
    if seller is not None:
        _pay(seller, -cents)


def _refund_to_the_seller(self: Ledger, case: Case) -> None:
    _refund(self, case)
    if case.buyer is not None and case.seller is not None:
        _pay(case.buyer, -case.cents)
        _pay(case.seller, case.cents)


def _release_twice(self: Ledger, case: Case) -> None:
    _release(self, case)
    if case.seller is not None:
        _pay(case.seller, case.cents)


def _take_and_keep_the_reserve(self: Market, order: Order, units: int) -> None:
    """Money that a part of an order has claimed stays claimed when another part of it trades."""
    _take_from(self, order, units)
    if order.side == BUY and order.left:
        trading_of(order.owner).reserved_cents += units * order.price_cents


def _cancel_and_leave_on_the_book(self: Market, order: Order) -> None:
    _cancel(self, order)
    _add(self.books[order.service].side(order.side), order)


def _add_in_front(self: Side, order: Order) -> None:
    _add(self, order)
    level = self.levels[order.price_cents]
    self.levels[order.price_cents] = {order.id: order, **level}


def _anything_while_closing(*args: Any, **kwargs: Any) -> str | None:
    refusal = _refusal_of(*args, **kwargs)
    return None if refusal == "takes no new work" else refusal


def _pack_twice(ops: flow.Ops) -> bytes:
    return _pack([*ops, *ops])


def _pack_half(ops: flow.Ops) -> bytes:
    """What came last is lost."""
    return _pack([part for piece in _operations(ops)[:-1] for part in piece] if len(ops) > 40 else ops)


def _pack_out_of_order(ops: flow.Ops) -> bytes:
    """Two operations of the same agent at the same moment change their places."""
    pieces = _operations(ops)
    for at in range(1, len(pieces)):
        if pieces[at - 1][0] in _ORDERS and pieces[at][0] in _ORDERS:
            pieces[at - 1], pieces[at] = pieces[at], pieces[at - 1]
            break
    return _pack([part for piece in pieces for part in piece])


_ORDERS = (flow.BUY_NOW, flow.BUY_RESTING, flow.SELL_NOW, flow.SELL_RESTING)
_LENGTHS = {flow.ACTOR: 3, flow.JUMP: 3, flow.TICK: 1, flow.CANCEL_ALL: 1, flow.FAIL: 1, flow.CLOSE: 1}


def _operations(ops: flow.Ops) -> list[flow.Ops]:
    pieces: list[flow.Ops] = []
    rest = list(ops)
    while rest:
        length = 5 if rest[0] in _ORDERS else _LENGTHS.get(int(rest[0]), 2)
        pieces.append(rest[:length])
        rest = rest[length:]
    return pieces


def _give_back_and_forget(world: World, deployment: Deployment, agent: Agent) -> int:
    """What an agent that ended has gained or lost is nobody's PnL."""
    deployment.figures.ended_pnl_cents -= agent.cash_cents - agent.funded_cents
    return _give_back(world, deployment, agent)


def _load_without_offers(
    market: Market, saved: market_image.OrderImage, accounts: Mapping[market_image.Key, Account]
) -> None:
    _load_order(market, saved, accounts)
    if saved.side == SELL:
        trading_of(accounts[saved.owner]).position(saved.service).offered -= saved.left


def _fail_and_keep_the_orders(*args: Any) -> None:
    with patch.object(Market, "cancel_all", lambda *_: 0):
        _fail(*args)


def _runs_without_sums(records: Iterable[Recorded], *, before_ms: int) -> Iterator[stored_flow.Run]:
    """Compaction keeps the sums of trades, and loses those of orders."""
    for run in _old_runs(records, before_ms=before_ms):
        event: Any = run.record.event
        sums: FlowSums = msgspec.structs.replace(event.sums, orders=0)
        record = msgspec.structs.replace(run.record, event=msgspec.structs.replace(event, sums=sums))
        yield msgspec.structs.replace(run, record=record)


def _play_without_latency(market: Market, ops: Sequence[int | str]) -> int:
    answered = Market.answered
    with patch.object(Market, "answered", lambda self, account, _latency_us: answered(self, account, 0)):
        return _play(market, ops)


def _mint_without_a_cap(world: World, _what: str, wanted_cents: int, **_: object) -> int:
    return max(0, wanted_cents - world.treasury_cents)


PLANTED_MARKET: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "a trade posts one leg": lambda: patch.object(Ledger, "settle", _settle_one_leg),
    "a refund goes to the seller": lambda: patch.object(Ledger, "refund", _refund_to_the_seller),
    "an escrow pays twice": lambda: patch.object(Ledger, "release", _release_twice),
    "the house does not burn what it gets": lambda: patch.object(Ledger, "_house_gets", lambda *_: None),
    "a part that trades keeps its reserve": lambda: patch.object(
        Market, "_take_from", _take_and_keep_the_reserve
    ),
    "a cancelled order stays on the book": lambda: patch.object(
        Market, "cancel", _cancel_and_leave_on_the_book
    ),
    "the youngest order comes first": lambda: patch.object(Side, "add", _add_in_front),
    "who drains may open positions": lambda: patch(
        "palm_ual.market.market.refusal_of", _anything_while_closing
    ),
    "arbiters that are gone get cases": lambda: patch.object(EscrowDesk, "leave", lambda *_: None),
    "a batch is recorded twice": lambda: patch("palm_ual.market.flow.pack", _pack_twice),
    "the end of a batch is lost": lambda: patch("palm_ual.market.flow.pack", _pack_half),
    "a batch is out of order": lambda: patch("palm_ual.market.flow.pack", _pack_out_of_order),
    "latencies are lost at replay": lambda: patch("palm_ual.market.flow.play", _play_without_latency),
    "PnL forgets ended agents": lambda: patch("palm_ual.world.money.give_back", _give_back_and_forget),
    "a snapshot forgets what is offered": lambda: patch(
        "palm_ual.world.market_image._load_order", _load_without_offers
    ),
    "a crashed agent's orders stay": lambda: patch(
        "palm_ual.world.lifecycle._fail", _fail_and_keep_the_orders
    ),
    "compaction loses a sum": lambda: patch("palm_ual.store.memory.old_runs", _runs_without_sums),
    "drained in a lost batch is drained": lambda: patch.object(Deployer, "realign", Deployer.touch_all),
    "money is issued beyond its cap": lambda: patch(
        "palm_ual.runtime.operations.require_issuable", _mint_without_a_cap
    ),
}
