"""Packed operations: what is read back is what happened, and what did not happen is refused."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.errors import InvariantBroken
from palm_ual.market import flow
from palm_ual.model.events import FlowSums, MarketTraded
from palm_ual.world.market_image import market_image
from tests.market.floor import HOUSE_ASK, a_floor
from tests.market.naive_values import Who
from tests.market.pair import LATENCY_US, Pair

ANN: Who = (1, 1)
CASH = 10_000_00
OPS: flow.Ops = [
    flow.TIME,
    40,
    flow.ACTOR,
    *ANN,
    flow.BUY_NOW,
    0,
    2,
    0,
    LATENCY_US,
    flow.TIME,
    2_000,
    flow.TICK,
]
BOUGHT = FlowSums(1, 1, 2, 2 * HOUSE_ASK, 0, 2 * HOUSE_ASK)
BATCH = MarketTraded(1, 2, flow.pack(OPS), BOUGHT)

sums = st.builds(FlowSums, *[st.integers(0, 10**15)] * 6)


def a_market() -> Pair:
    return a_floor({ANN: CASH})


def with_ops(*ops: int | str, count: int = 1) -> Callable[[MarketTraded], MarketTraded]:
    return lambda batch: msgspec.structs.replace(batch, ops=flow.pack([*ops]), count=count)


def test_a_batch_does_what_it_says() -> None:
    pair = a_market()
    flow.fold_batch(pair.market, BATCH)
    pair.naive.play(OPS)
    assert pair.differences() == []
    assert (pair.market.applied, pair.market.now_ms, pair.market.sums) == (2, 2_040, BOUGHT)
    assert pair.market.figures[1].latency.sum_us == LATENCY_US


def test_a_batch_that_was_applied_as_it_happened_is_not_applied_again() -> None:
    pair = a_market()
    pair.later(40)
    pair.buy(ANN, 2)
    pair.later(2_000)
    pair.tick()
    flow.fold_batch(pair.market, BATCH)
    assert pair.market.sums == BOUGHT
    assert pair.differences() == []


UNFIT: dict[str, Callable[[MarketTraded], MarketTraded]] = {
    "a gap": lambda batch: msgspec.structs.replace(batch, first_op=2),
    "a batch of the past": lambda batch: msgspec.structs.replace(batch, first_op=0),
    "a wrong count": lambda batch: msgspec.structs.replace(batch, count=3),
    "other sums": lambda batch: msgspec.structs.replace(batch, sums=FlowSums(1, 1, 2, 2 * HOUSE_ASK, 0, 1)),
    "no list": lambda batch: msgspec.structs.replace(batch, ops=b"\x01"),
    "no bytes": lambda batch: msgspec.structs.replace(batch, ops=b""),
    "a batch cut short": lambda batch: msgspec.structs.replace(batch, ops=batch.ops[:-1]),
    "half an operation": with_ops(flow.ACTOR, *ANN, flow.BUY_NOW, 0, 2, 0),
    "an operation that there is not": with_ops(flow.ACTOR, *ANN, 99),
    "a text for a number": with_ops(flow.ACTOR, *ANN, flow.BUY_NOW, 0, "2", 0, 7),
    "a text for an operation": with_ops(flow.ACTOR, *ANN, "buy"),
    "an order of nobody": with_ops(flow.BUY_NOW, 0, 2, 0, 7),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_batch_that_did_not_happen_is_refused(what: str) -> None:
    with pytest.raises(InvariantBroken):
        flow.fold_batch(a_market().market, UNFIT[what](BATCH))


@given(sums, sums)
def test_sums_of_two_stretches_are_the_sums_of_both(left: FlowSums, right: FlowSums) -> None:
    assert flow.minus(flow.plus(left, right), right) == left
    assert flow.plus(left, right) == flow.plus(right, left)
    assert flow.plus(left, FlowSums()) == left


def test_a_service_gets_the_next_index_wherever_it_is_named() -> None:
    pair = a_market()
    flow.play(pair.market, [flow.SERVICE, "Compute", flow.ACTOR, *ANN, flow.BUY_NOW, 1, 1, 0, 7])
    pair.naive.play([flow.SERVICE, "Compute", flow.ACTOR, *ANN, flow.BUY_NOW, 1, 1, 0, 7])
    assert [book.name for book in pair.market.books] == ["General", "Compute"]
    assert market_image(pair.market).house_units == {1: -1}


def test_a_usual_operation_takes_few_bytes() -> None:
    """Of 100,000 orders a second each byte costs: this is 2.3 MB a second of a journal."""
    one: flow.Ops = [flow.ACTOR, 3, 50_000, flow.BUY_RESTING, 0, 40, 99_75, 12]
    assert len(flow.pack(one * 100)) <= 100 * 13 + 3
