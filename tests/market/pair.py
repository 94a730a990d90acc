"""A market and the naive one side by side: whatever is asked of one is asked of the other."""

from collections.abc import Callable
from functools import partial

import msgspec

from palm_ual.market import flow
from palm_ual.market.accounts import BUY, SELL, Account, Figures, Trading
from palm_ual.market.market import Market
from tests.market.compare import differences
from tests.market.naive import NaiveMarket
from tests.market.naive_values import NaiveAgent, Who

LATENCY_US = 7
CODES = {
    (BUY, False): flow.BUY_NOW,
    (BUY, True): flow.BUY_RESTING,
    (SELL, False): flow.SELL_NOW,
    (SELL, True): flow.SELL_RESTING,
}


class Pair:
    """Both, with the same agents. `tape` is what the journal would have of it, in order: packed operations,
    and what happens to agents.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.accounts: dict[Who, Account] = {}
        self.market = Market(lambda *who: self.accounts[who])
        self.market.seed = seed
        self.naive = NaiveMarket()
        self.naive.seed = seed
        self.tape: list[flow.Ops | Callable[[Pair], object]] = []

    def replayed(self) -> "Pair":
        """Another one, out of the tape, in which only the market has played."""
        again = Pair(seed=self.naive.seed)
        for piece in self.tape:
            if callable(piece):
                piece(again)
            else:
                ops: flow.Ops = msgspec.msgpack.decode(flow.pack(piece))
                again.market.applied += flow.play(again.market, ops)
        return again

    # Who is there

    def join(
        self,
        who: Who,
        cash: int,
        *,
        budget: int | None = None,
        may_short: bool = False,
        closing: bool = False,
    ) -> Account:
        """An agent comes, funded by money that is minted for it."""
        self.tape.append(
            partial(Pair.join, who=who, cash=cash, budget=budget, may_short=may_short, closing=closing)
        )
        account = self.accounts[who] = _joined(self.market, who, cash, budget=budget, may_short=may_short)
        account.closing = closing
        self.naive.agents[who] = NaiveAgent(cash, cash, budget, may_short, closing)
        self.naive.issued += cash
        return account

    def set_closing(self, who: Who, *, closing: bool) -> None:
        """From here on it only closes positions, or does not any more."""
        self.tape.append(partial(Pair.set_closing, who=who, closing=closing))
        self.accounts[who].closing = self.naive.agents[who].closing = closing

    def set_arbiters(self, *arbiters: tuple[int, Who]) -> None:
        """Who is ready to hold trades of how many cents."""
        self.tape.append(lambda pair: pair.set_arbiters(*arbiters))
        self.naive.arbiters = sorted(arbiters)
        desk = self.market.desk
        for who in desk.ready:
            desk.leave(who)
        for threshold, who in arbiters:
            desk.join(who, threshold)

    def set_mean(self, service: str, cents: int) -> None:
        """What its sellers' prices come to."""
        self.tape.append(partial(Pair.set_mean, service=service, cents=cents))
        self.market.anchors[service] = self.naive.means[service] = cents

    # What happens

    def later(self, length_ms: int) -> None:
        self._note(flow.TIME, length_ms, actor=None)
        self.market.now_ms += length_ms

    def open_book(self, name: str) -> int:
        if name not in self.market.by_name:
            self._note(flow.SERVICE, name, actor=None)
        return self.market.open_book(name)

    def order(
        self,
        who: Who,
        side: int,
        units: int,
        limit: int | None = None,
        *,
        rests: bool = False,
        service: int = 0,
    ) -> str | None:
        """Returns why it was refused, if it was."""
        self._note(CODES[side, rests], service, units, limit or 0, LATENCY_US, actor=who)
        account = self.accounts[who]
        refusal = self.market.place(account, service, side, units, limit, rests=rests)
        self.market.answered(account, LATENCY_US)
        self.market.applied += 1
        return refusal

    def buy(self, who: Who, units: int, limit: int | None = None, *, rests: bool = False) -> str | None:
        return self.order(who, BUY, units, limit, rests=rests)

    def sell(self, who: Who, units: int, limit: int | None = None, *, rests: bool = False) -> str | None:
        return self.order(who, SELL, units, limit, rests=rests)

    def fail(self, who: Who) -> None:
        self._do(lambda: self.market.fail(self.accounts[who]), flow.FAIL, actor=who)

    def cancel(self, order: int) -> None:
        resting = self.market.orders[order]
        self._do(lambda: self.market.cancel(resting), flow.CANCEL, order, actor=resting.owner.key)

    def cancel_all(self, who: Who) -> None:
        self._do(lambda: self.market.cancel_all(self.accounts[who]), flow.CANCEL_ALL, actor=who)

    def tick(self) -> None:
        self._do(lambda: self.market.tick(self.market.now_ms), flow.TICK)

    def jump(self, service: int, ppm: int) -> None:
        self._do(lambda: self.market.jump(service, ppm), flow.JUMP, service, ppm)

    def decide(self, code: int, case: int) -> None:
        """RELEASE, DISPUTE, REFUND or HAND_OVER."""
        self._do(lambda: flow.play_case(self.market, code, case), code, case)

    def close(self, who: Who) -> None:
        self._do(lambda: self.market.close_account(self.accounts[who]), flow.CLOSE, actor=who)

    def _do(self, act: Callable[[], object], *op: int, actor: Who | None = None) -> None:
        self._note(*op, actor=actor)
        act()
        self.market.applied += 1

    def _note(self, *op: int | str, actor: Who | None) -> None:
        ops: flow.Ops = [*op] if actor is None else [flow.ACTOR, *actor, *op]
        self.tape.append(ops)
        self.naive.play(ops)

    # What it came to

    def differences(self) -> list[str]:
        return differences(self.naive, self.market, self.accounts)


def _joined(market: Market, who: Who, cash: int, *, budget: int | None, may_short: bool) -> Account:
    """An account with money that is minted for it, ready to trade."""
    uid, number = who
    figures = market.figures.setdefault(uid, Figures(uid))
    account = Account(number, cash)
    account.trading = Trading(figures, budget_cents=budget, may_short=may_short)
    figures.cash_cents += cash
    figures.funding_cents += cash
    market.ledger.mint(cash)
    market.ledger.pay_out(cash)
    return account
