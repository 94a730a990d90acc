"""Figures of trading: sums over whoever traded, and nothing for whoever did not."""

from hypothesis import given
from hypothesis import strategies as hs

from palm_ual.market.accounts import Account, Figures, Trading
from palm_ual.market.figures import HISTORY_SAMPLES_MAX, LatencyHistogram, Sample
from palm_ual.model.results import Trend
from palm_ual.service.figures import Measured, measure, measure_agent, p99_latency_ms, trend_of

NOW_MS = 100_000
REFERENCES = {0: 10_000, 1: 500}


def traded(
    *,
    orders: int = 1,
    filled: int = 0,
    rejected: int = 0,
    failed: int = 0,
    latencies_us: tuple[int, ...] = (),
    cash_cents: int = 0,
    owned: dict[int, int] | None = None,
    used_cents: int = 0,
    samples: tuple[Sample, ...] = (),
) -> Figures:
    """A deployment's sums; it was given a thousand dollars."""
    figures = Figures(1)
    figures.orders, figures.filled, figures.rejected, figures.failed = orders, filled, rejected, failed
    if orders:
        figures.minute.add(NOW_MS // 1000, orders)
    for latency_us in latencies_us:
        figures.latency.record(latency_us)
    figures.cash_cents, figures.funding_cents = cash_cents, 100_000
    figures.owned = owned or {}
    figures.cost_cents = used_cents
    for sample in samples:
        figures.history.append(sample)
    return figures


def test_without_a_single_order_there_is_nothing_to_show() -> None:
    idle = traded(orders=0, cash_cents=90_000, owned={0: 5}, used_cents=700)
    nothing = Measured(pnl_cents=None, latency_ms=None, orders_per_min=None, success_pct=None)
    assert measure([], REFERENCES, now_ms=NOW_MS) == nothing
    assert measure([idle, idle], REFERENCES, now_ms=NOW_MS) == nothing
    assert p99_latency_ms([idle.latency]) is None
    assert trend_of([idle]) is None
    agent = Account(1, 5_000)
    assert measure_agent(agent, REFERENCES, now_ms=NOW_MS) == nothing
    agent.trading = Trading(idle, budget_cents=None, may_short=False)
    assert measure_agent(agent, REFERENCES, now_ms=NOW_MS) == nothing


def test_an_order_that_is_not_decided_counts_in_all_but_the_success() -> None:
    measured = measure([traded(cash_cents=100_000, used_cents=99)], REFERENCES, now_ms=NOW_MS)
    assert measured == Measured(
        orders=1, pnl_cents=0, latency_ms=None, orders_per_min=1, success_pct=None, used_budget_cents=99
    )


def test_a_fleet_has_the_sums_of_those_that_trade_and_averages_over_all_their_answers() -> None:
    one = traded(
        orders=5, filled=3, rejected=1, latencies_us=(1_000, 2_000, 3_000), cash_cents=70_000, owned={0: 4}
    )
    two = traded(orders=7, filled=1, failed=3, latencies_us=(6_000,), cash_cents=101_000, used_cents=40)
    idle = traded(orders=0, cash_cents=1)
    measured = measure([one, idle, two], REFERENCES, now_ms=NOW_MS)
    assert measured == Measured(
        orders=12,
        filled=4,
        rejected=1,
        failed=3,
        pnl_cents=(70_000 + 4 * 10_000 - 100_000) + (101_000 - 100_000),
        latency_ms=3.0,
        orders_per_min=12,
        success_pct=50.0,
        used_budget_cents=40,
    )


def test_a_minute_later_there_are_no_orders_per_minute_and_the_rest_stays() -> None:
    before = measure([traded(filled=1)], REFERENCES, now_ms=NOW_MS)
    after = measure([traded(filled=1)], REFERENCES, now_ms=NOW_MS + 60_000)
    assert (before.orders_per_min, after.orders_per_min) == (1, 0)
    assert (after.pnl_cents, after.success_pct) == (before.pnl_cents, 100.0)


@given(hs.lists(hs.lists(hs.integers(0, 10**7), max_size=30), max_size=4))
def test_the_p99_of_a_fleet_is_that_of_all_its_answers_together(groups: list[list[int]]) -> None:
    histograms, together = [], LatencyHistogram()
    for group in groups:
        histograms.append(LatencyHistogram())
        for latency_us in group:
            histograms[-1].record(latency_us)
            together.record(latency_us)
    counts = [histogram.count for histogram in histograms]
    p99_us = together.quantile_us(990)
    assert p99_latency_ms(histograms) == (None if p99_us is None else p99_us / 1000)
    assert [histogram.count for histogram in histograms] == counts


def test_a_trend_is_added_up_from_the_newest_sample_backwards() -> None:
    one = traded(samples=(Sample(100, 1, 4_000), Sample(200, 3, 1_000), Sample(300, 0, None)))
    two = traded(samples=(Sample(-50, 1, 5_000), Sample(7, 2, None)))
    assert trend_of([one, traded(), two]) == Trend(5_000, (100, 150, 307), (12, 48, 24), (4.0, 2.0, None))


def test_an_answer_in_a_stretch_without_orders_weighs_as_one() -> None:
    late = traded(samples=(Sample(0, 0, 9_000),))
    busy = traded(samples=(Sample(0, 2, 3_000),))
    trend = trend_of([late, busy])
    assert trend is not None
    assert trend.latency_ms == (5.0,)


def test_a_trend_is_never_longer_than_its_history() -> None:
    samples = tuple(Sample(at, 1, None) for at in range(HISTORY_SAMPLES_MAX + 5))
    trend = trend_of([traded(samples=samples)])
    assert trend is not None
    assert trend.pnl_cents == tuple(range(5, HISTORY_SAMPLES_MAX + 5))
