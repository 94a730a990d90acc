"""The way to the market: what agents intend is done at once, and collected for the journal as it happens.

Operations go into the registry's open batch in the order in which they were applied; the registry records
the batch before any other event, so that the journal has everything in the order in which it came about.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from palm_ual.agents import contract as co
from palm_ual.market import flow
from palm_ual.market.accounts import BUY, SELL, Account
from palm_ual.market.market import Market
from palm_ual.market.view import MarketView, owed_in_words
from palm_ual.model.limits import FLOW_BATCH_OPS_MAX, SERVICES_MAX, TEXT_CHARS_MAX
from palm_ual.runtime.clock import Stopwatch
from palm_ual.runtime.registry import Registry


class Exchange:
    """The market of the registry's world, for agents of any engine in this process.

    An error inside the market itself leaves the world torn: nothing may be written after it.
    """

    def __init__(self, registry: Registry, stopwatch_ns: Stopwatch) -> None:
        self._registry = registry
        self._stopwatch_ns = stopwatch_ns
        self._handlers: dict[type, Callable[[int, int, Any, int], None]] = {
            co.Cancel: self._cancel,
            co.CancelAll: self._cancel_all,
            co.Release: partial(self._decide, flow.RELEASE),
            co.Dispute: partial(self._decide, flow.DISPUTE),
            co.Refund: partial(self._decide, flow.REFUND),
            co.HandOver: partial(self._decide, flow.HAND_OVER),
        }

    # For engines

    def view(self, uid: int, number: int, now_ms: int) -> MarketView:
        """The market as one agent sees it."""
        world = self._registry.world
        deployment = world.deployments[uid]
        agent = deployment.agents[number]
        budget_cents = None if agent.trading is not None else deployment.revision_of(agent).budget_cents
        return MarketView(world.market, agent, now_ms, budget_cents)

    def carry_out(self, uid: int, number: int, intents: Sequence[object], now_ms: int) -> Sequence[object]:
        """Do what an agent intends, in order; returns those that are nothing for the market.

        Raises:
            TypeError, ValueError: one is not whole; those for the market before it are done.
        """
        others: list[object] | None = None
        for intent in intents:
            kind = type(intent)
            if kind is co.Buy:
                self._order(BUY, uid, number, intent, now_ms)  # type: ignore[arg-type]  # it is of its kind
            elif kind is co.Sell:
                self._order(SELL, uid, number, intent, now_ms)  # type: ignore[arg-type]
            elif kind in self._handlers:
                self._handlers[kind](uid, number, intent, now_ms)
            elif others is None:
                others = [intent]
            else:
                others.append(intent)
        if self._registry.batch.count >= FLOW_BATCH_OPS_MAX:
            self._registry.close_batch()
        return others or ()

    def owes(self, uid: int, number: int) -> list[str]:
        """What an agent owes by the ledger, in words."""
        world = self._registry.world
        deployment = world.deployments.get(uid)
        agent = None if deployment is None else deployment.agents.get(number)
        if agent is None or agent.trading is None:
            return []
        return owed_in_words(agent.trading, world.market)

    # For the deployer

    def advance(self, now_ms: int) -> None:
        """Let the reference values move up to now, if they matter to anybody."""
        market = self._registry.world.market
        if market.books and now_ms >= market.tick_at_ms and market.open_interest:
            self._at(market, now_ms)
            self._apply(market.tick, market.now_ms)
            self._registry.batch.add(market, (flow.TICK,))

    def next_tick_ms(self) -> int | None:
        """When the reference values move next; None while they matter to nobody."""
        market = self._registry.world.market
        return market.tick_at_ms if market.books and market.open_interest else None

    def close(self, uid: int, number: int, now_ms: int) -> None:
        """End an agent's trading by force; see `Market.close_account`."""
        market = self._registry.world.market
        account = self._actor(market, uid, number, now_ms)
        self._apply(market.close_account, account)
        self._registry.batch.add(market, (flow.CLOSE,))

    def jump(self, service: str, change_ppm: int, now_ms: int) -> None:
        """A shock to a service's reference value, by millionths of it."""
        market = self._registry.world.market
        self._at(market, now_ms)
        index = market.by_name[service]
        self._apply(market.jump, index, change_ppm)
        self._registry.batch.add(market, (flow.JUMP, index, change_ppm))

    # Intents

    def _order(self, side: int, uid: int, number: int, intent: co.Buy | co.Sell, now_ms: int) -> None:
        service, units, limit_cents, rests = intent.service, intent.units, intent.limit_cents, intent.rests
        whole = type(service) is str and type(units) is int and type(rests) is bool
        if not whole or (limit_cents is not None and type(limit_cents) is not int):
            raise TypeError(
                "an order is not whole: service, units, limit_cents and rests are a text, a whole number, a "
                "whole number or None, and True or False"
            )
        registry = self._registry
        world = registry.world
        market = world.market
        index = market.by_name.get(service)
        if index is None:
            index = self._open_book(market, service, now_ms)
        batch = registry.batch
        if now_ms > market.now_ms:
            batch.ops += (_TIME, now_ms - market.now_ms)
            market.now_ms = now_ms
        if batch.number != number or batch.uid != uid:
            batch.ops += (_ACTOR, uid, number)
            batch.uid, batch.number = uid, number
        account: Account = world.deployments[uid].agents[number]
        if account.trading is None:
            account = world.account(uid, number)
        if not 0 < units < _BEYOND:
            units = _BEYOND
        if limit_cents is not None and not 0 < limit_cents < _BEYOND:
            units, limit_cents = (_BEYOND, 1) if limit_cents < 1 else (units, _BEYOND)
        code = _CODES[side, rests]
        begun_ns = self._stopwatch_ns()
        try:
            market.place(account, index, side, units, limit_cents, rests=rests)
            latency_us = (self._stopwatch_ns() - begun_ns + 500) // 1000
            market.answered(account, latency_us)
            if not batch.count:
                batch.since_ms = now_ms
            batch.ops += (code, index, units, limit_cents or 0, latency_us)
            batch.count += 1
            market.applied += 1
        except BaseException as error:
            registry.lost = error
            raise

    def _open_book(self, market: Market, name: str, now_ms: int) -> int:
        if not 0 < len(name) <= TEXT_CHARS_MAX:
            raise ValueError(f"a service is a text of 1 to {TEXT_CHARS_MAX} characters, not {len(name):,}")
        name.encode()  # half a character, which no journal can keep, raises a ValueError
        if len(market.books) >= SERVICES_MAX:
            raise ValueError(f"this home trades {SERVICES_MAX} services already")
        self._at(market, now_ms)
        self._registry.batch.ops += (flow.SERVICE, name)
        return market.open_book(name)

    def _cancel(self, uid: int, number: int, intent: co.Cancel, now_ms: int) -> None:
        """One that is gone, or another's, is left alone."""
        if type(intent.order) is not int:
            raise TypeError("an order's number is a whole number")
        world = self._registry.world
        market = world.market
        order = market.orders.get(intent.order)
        if order is None or order.owner is not world.deployments[uid].agents[number]:
            return
        self._actor(market, uid, number, now_ms)
        self._apply(market.cancel, order)
        self._registry.batch.add(market, (flow.CANCEL, order.id))

    def _cancel_all(self, uid: int, number: int, _intent: co.CancelAll, now_ms: int) -> None:
        market = self._registry.world.market
        account = self._actor(market, uid, number, now_ms)
        self._apply(market.cancel_all, account)
        self._registry.batch.add(market, (flow.CANCEL_ALL,))

    def _decide(
        self,
        code: int,
        uid: int,
        number: int,
        intent: co.Release | co.Dispute | co.Refund | co.HandOver,
        now_ms: int,
    ) -> None:
        """An arbiter's decision; on a case that is not its own, or gone, it has no effect."""
        if type(intent.case) is not int:
            raise TypeError("a case's number is a whole number")
        world = self._registry.world
        market = world.market
        case = market.desk.cases.get(intent.case)
        if case is None or case.arbiter is not world.deployments[uid].agents[number]:
            return
        self._at(market, now_ms)
        self._apply(flow.play_case, market, code, case.id)
        self._registry.batch.add(market, (code, case.id))

    # The batch

    def _apply(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except BaseException as error:
            self._registry.lost = error
            raise

    def _actor(self, market: Market, uid: int, number: int, now_ms: int) -> Account:
        """Set the stage; returns the account of who acts."""
        self._set_stage(market, uid, number, now_ms)
        return self._registry.world.account(uid, number)

    def _set_stage(self, market: Market, uid: int, number: int, now_ms: int) -> None:
        """The time, and who acts."""
        batch = self._registry.batch
        if now_ms > market.now_ms:
            batch.ops += (flow.TIME, now_ms - market.now_ms)
            market.now_ms = now_ms
        if batch.number != number or batch.uid != uid:
            batch.ops += (flow.ACTOR, uid, number)
            batch.uid, batch.number = uid, number

    def _at(self, market: Market, now_ms: int) -> None:
        """The time alone."""
        if now_ms > market.now_ms:
            self._registry.batch.ops += (flow.TIME, now_ms - market.now_ms)
            market.now_ms = now_ms


_TIME, _ACTOR = flow.TIME, flow.ACTOR
_BEYOND = 1 << 53
"""Beyond every quantity and price: the market refuses it."""
_CODES = {
    (BUY, False): flow.BUY_NOW,
    (BUY, True): flow.BUY_RESTING,
    (SELL, False): flow.SELL_NOW,
    (SELL, True): flow.SELL_RESTING,
}
