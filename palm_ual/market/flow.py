"""Market flow as a list of small numbers: what the journal keeps of trading, and how it is played again.

Each operation is a code and its arguments. TIME (milliseconds since the operation before it), ACTOR (uid and
number of the agent that acts) and SERVICE (a name that gets the next index) set the stage for those that
follow. An order's last argument is the time to the market's first answer in microseconds: it was measured,
and cannot be worked out again.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from palm_ual.errors import InvariantBroken
from palm_ual.market.accounts import BUY, SELL, Account
from palm_ual.market.market import Market
from palm_ual.model.events import FlowSums, MarketTraded

TIME, ACTOR, SERVICE = 0, 1, 2
BUY_NOW, BUY_RESTING, SELL_NOW, SELL_RESTING = 3, 4, 5, 6
"""Orders: service, units, limit in cents (0 for whatever the best price is), latency."""
FAIL = 7
"""An order that was lost."""
CANCEL, CANCEL_ALL = 8, 9
TICK, JUMP = 10, 11
RELEASE, DISPUTE, REFUND, HAND_OVER = 12, 13, 14, 15
CLOSE = 16
"""End the actor's trading by force."""

Ops: TypeAlias = "list[int | str]"

_SIDES = {
    BUY_NOW: (BUY, False),
    BUY_RESTING: (BUY, True),
    SELL_NOW: (SELL, False),
    SELL_RESTING: (SELL, True),
}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[int | str]).decode


def pack(ops: Ops) -> bytes:
    """As few bytes as may be: most numbers take one or two."""
    return _encode(ops)


def minus(left: FlowSums, right: FlowSums) -> FlowSums:
    """What came after `right`."""
    return FlowSums(*(a - b for a, b in zip(_fields(left), _fields(right), strict=True)))


def plus(left: FlowSums, right: FlowSums) -> FlowSums:
    """Both together."""
    return FlowSums(*(a + b for a, b in zip(_fields(left), _fields(right), strict=True)))


def _fields(sums: FlowSums) -> tuple[int, ...]:
    return msgspec.structs.astuple(sums)


def fold_batch(market: Market, event: MarketTraded) -> None:
    """One batch into the market, unless it was applied as it happened.

    Raises:
        InvariantBroken: it does not go on from where the market is, or came to something else when it happened.
    """
    last = event.first_op + event.count - 1
    if event.first_op != market.applied + 1 and last != market.applied:
        raise InvariantBroken(f"market operation {event.first_op} cannot follow {market.applied}")
    if last != market.applied:
        try:
            count = play(market, _decode(event.ops))
        except (msgspec.MsgspecError, StopIteration, TypeError, ValueError) as error:
            raise InvariantBroken(
                f"market operations from {event.first_op} cannot be read: {error!r}"
            ) from error
        if count != event.count:
            raise InvariantBroken(f"{count} market operations instead of {event.count}")
        market.applied = last
    happened = minus(market.sums_now(), market.sums)
    if happened != event.sums:
        raise InvariantBroken(f"market operations from {event.first_op} came to {happened}, not {event.sums}")
    market.sums = market.sums_now()


def play(market: Market, ops: Sequence[int | str]) -> int:
    """Apply packed operations in order; returns how many there were, the stage's own not counted."""
    numbers = iter(ops)
    actor: Account | None = None
    count = 0
    for code in numbers:
        if code == TIME:
            market.now_ms += _int(numbers)
        elif code == ACTOR:
            actor = market.account_of(_int(numbers), _int(numbers))
        elif code == SERVICE:
            market.open_book(str(next(numbers)))
        else:
            _play_one(market, code, numbers, actor)
            count += 1
    return count


def _play_one(market: Market, code: int | str, numbers: Iterator[int | str], actor: Account | None) -> None:
    if code == TICK:
        market.tick(market.now_ms)
    elif code == JUMP:
        market.jump(_int(numbers), _int(numbers))
    elif code in (RELEASE, DISPUTE, REFUND, HAND_OVER):
        play_case(market, code, _int(numbers))
    elif actor is None:
        raise ValueError(f"operation {code} has no actor")
    elif code in _SIDES:
        side, rests = _SIDES[int(code)]
        service, units = _int(numbers), _int(numbers)
        limit_cents, latency_us = _int(numbers), _int(numbers)
        market.place(actor, service, side, units, limit_cents or None, rests=rests)
        market.answered(actor, latency_us)
    elif code == FAIL:
        market.fail(actor)
    elif code == CANCEL:
        market.cancel(market.orders[_int(numbers)])
    elif code == CANCEL_ALL:
        market.cancel_all(actor)
    elif code == CLOSE:
        market.close_account(actor)
    else:
        raise ValueError(f"no operation {code}")


def play_case(market: Market, code: int | str, number: int) -> None:
    """An arbiter's decision on a case.

    Raises:
        KeyError: there is no such case.
    """
    desk, now_ms = market.desk, market.now_ms
    case = desk.cases[number]
    if code == RELEASE:
        desk.release(case)
    elif code == DISPUTE:
        desk.dispute(case, now_ms=now_ms)
    elif code == REFUND:
        desk.refund(case, now_ms=now_ms)
    else:
        desk.hand_over(case, now_ms=now_ms)


def _int(numbers: Iterator[int | str]) -> int:
    number = next(numbers)
    if type(number) is not int:
        raise ValueError(f"{number!r} is no number")
    return number
