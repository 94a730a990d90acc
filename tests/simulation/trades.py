"""What misbehaving agents ask of the market: anything, sensible or not, as chance has it."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from palm_ual.agents.chance import Chance
from palm_ual.agents.contract import (
    Buy,
    Cancel,
    CancelAll,
    Dispute,
    HandOver,
    Intent,
    Refund,
    Release,
    Sell,
    Sight,
)
from palm_ual.market.view import MarketView, Prices

T = TypeVar("T")

SERVICES = ("General", "Compute")
_ANY_PRICES = Prices(99_75, 100_25, 100_00)


class Draw(Struct):
    """One intention in the making: `which` tells its draws from those of others in the same step."""

    market: MarketView
    chance: Chance
    which: int
    service: str
    prices: Prices

    def below(self, bound: int, nth: int = 0) -> int:
        return self.chance.below(bound, self.which + nth)

    def one_of(self, *choices: T, nth: int = 0) -> T:
        return choices[self.below(len(choices), nth)]


def intentions(sight: Sight, chance: Chance, *, careless: int, which: int) -> tuple[Intent, ...]:
    """One to three; `careless` percent of them are such as nobody in his senses would have."""
    market = sight.market
    made: list[Intent] = []
    for nth in range(1 + chance.below(3, which)):
        at = which + 10 * (nth + 1)
        service = SERVICES[chance.below(8, at) == 0]
        draw = Draw(market, chance, at, service, market.prices(service) or _ANY_PRICES)
        kinds = _CARELESS if draw.below(100, 1) < careless else _KINDS
        made += draw.one_of(*kinds, nth=2)(draw)
    return tuple(made)


def _buy(draw: Draw) -> list[Intent]:
    most = max(1, draw.market.free_cents // draw.prices.ask_cents)
    return [Buy(draw.service, draw.one_of(1, 2, 5, min(20, most), most, nth=3))]


def _sell(draw: Draw) -> list[Intent]:
    units = draw.market.units(draw.service)
    return [Sell(draw.service, draw.one_of(1, 2, 5, max(1, units), max(1, units // 2), nth=3))]


def _bid(draw: Draw) -> list[Intent]:
    """Rests, more often than not: inside the prices of the house, or up to 2 % below."""
    limit = draw.prices.reference_cents * (10_020 - draw.below(draw.one_of(40, 40, 220, nth=7), 4)) // 10_000
    return [Buy(draw.service, 1 + draw.below(6, 5), max(1, limit), rests=draw.below(5, 6) > 0)]


def _offer(draw: Draw) -> list[Intent]:
    limit = draw.prices.reference_cents * (9_980 + draw.below(draw.one_of(40, 40, 220, nth=7), 4)) // 10_000
    return [Sell(draw.service, 1 + draw.below(6, 5), max(1, limit), rests=draw.below(5, 6) > 0)]


def _cancel(draw: Draw) -> list[Intent]:
    resting = draw.market.resting()
    return [Cancel(resting[draw.below(len(resting), 3)].order)] if resting else []


def _cancel_all(_draw: Draw) -> list[Intent]:
    return [CancelAll()]


_KINDS: tuple[Callable[[Draw], list[Intent]], ...] = (
    _buy,
    _buy,
    _sell,
    _sell,
    _bid,
    _bid,
    _bid,
    _offer,
    _offer,
    _offer,
    _cancel,
    _cancel_all,
)


_SIDES: tuple[type[Buy] | type[Sell], ...] = (Buy, Sell)


def _odd_size(draw: Draw) -> list[Intent]:
    kind = draw.one_of(*_SIDES, nth=3)
    return [kind(draw.service, draw.one_of(0, -1, 10**9, 10**9 + 1, 10**30, nth=4))]


def _odd_price(draw: Draw) -> list[Intent]:
    kind = draw.one_of(*_SIDES, nth=3)
    limit = draw.one_of(-(10**30), -1, 0, 1, 10**9, 10**9 + 1, 10**30, nth=4)
    return [kind(draw.service, 1, limit, rests=True)]


def _more_than_it_has(draw: Draw) -> list[Intent]:
    """What it has no money for."""
    return [Buy(draw.service, 1 + 2 * draw.market.cash_cents // draw.prices.ask_cents)]


def _of_somebody_else(draw: Draw) -> list[Intent]:
    kinds: tuple[Callable[[int], Intent], ...] = (Cancel, Release, Refund, Dispute, HandOver)
    return [draw.one_of(*kinds, nth=3)(1 + draw.below(40, 4))]


def _not_whole(draw: Draw) -> list[Intent]:
    """What is an error of its author's: the agent crashes of it."""
    if draw.below(4, 3):
        return []
    odd: tuple[Intent, ...] = (
        Buy("half a character: \ud800", 1),
        Buy("", 1),
        Buy(draw.service, 1.5),  # type: ignore[arg-type]
        Sell(draw.service, 1, True, rests=True),
        Cancel(1.0),  # type: ignore[arg-type]
        Release("1"),  # type: ignore[arg-type]
    )
    return [draw.one_of(*odd, nth=4)]


_CARELESS = (_odd_size, _odd_price, _more_than_it_has, _of_somebody_else, _not_whole)


def decisions(sight: Sight, chance: Chance, *, faulty: bool, which: int) -> tuple[Intent, ...]:
    """What an arbiter does about its cases: while its faults last by chance, then what is fair."""
    made: list[Intent] = []
    for held in sight.market.cases():
        drawn = chance.below(100, which + 16 * held.case)
        if not faulty:
            made.append(Release(held.case) if held.disputed_ms is None else Refund(held.case))
        elif drawn < 80:
            made.append(_DECISIONS[drawn // 10](held.case))
    return tuple(made)


_DECISIONS: tuple[Callable[[int], Intent], ...] = (
    Release,
    Release,
    Release,
    Release,
    Dispute,
    Dispute,
    Refund,
    HandOver,
)


def quotes(sight: Sight, chance: Chance, *, service: str, price: int, which: int) -> tuple[Intent, ...]:
    """Two quotes about a price, and now and then something sold that it has not."""
    market = sight.market
    made: list[Intent] = [CancelAll()] if chance.below(3, which) == 0 else []
    distance = 1 + price * chance.below(40, which + 1) // 10_000
    if made or not market.has_resting:
        made.append(Sell(service, 1 + chance.below(4, which + 2), price + distance, rests=True))
        made.append(Buy(service, 1 + chance.below(4, which + 3), max(1, price - distance), rests=True))
    if chance.below(6, which + 4) == 0:
        made.append(Sell(service, 1 + chance.below(3, which + 5)))
    return tuple(made)
