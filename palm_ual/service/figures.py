"""Figures of trading, as answers show them: of one agent, one deployment, or all of them together.

All come from sums that are kept as trading goes on. Whoever never submitted an order has none: that is
None, and not 0.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from palm_ual.market.accounts import Account, Figures, pnl_of
from palm_ual.market.figures import HISTORY_SAMPLES_MAX, LatencyHistogram, Sample
from palm_ual.market.market import SAMPLE_TICKS
from palm_ual.market.reference import TICK_MS
from palm_ual.model.results import Trend
from palm_ual.world.records import Deployment

_SAMPLE_MS = SAMPLE_TICKS * TICK_MS
_SAMPLES_A_MINUTE = 60_000 // _SAMPLE_MS


class Measured(Struct, frozen=True):
    """What is known of somebody's trading."""

    orders: int = 0
    filled: int = 0
    rejected: int = 0
    failed: int = 0
    pnl_cents: int | None = None
    latency_ms: float | None = None
    """On average, over all answers."""
    orders_per_min: int | None = None
    success_pct: float | None = None
    """None also while no order is decided."""
    used_budget_cents: int | None = None


_NOTHING = Measured()


def measure(figures: Sequence[Figures], references: Mapping[int, int], *, now_ms: int) -> Measured:
    """Sums of deployments, those left out that never submitted an order."""
    trading = [one for one in figures if one.orders]
    if not trading:
        return _NOTHING
    filled = sum(one.filled for one in trading)
    rejected = sum(one.rejected for one in trading)
    failed = sum(one.failed for one in trading)
    answers = sum(one.latency.count for one in trading)
    return Measured(
        orders=sum(one.orders for one in trading),
        filled=filled,
        rejected=rejected,
        failed=failed,
        pnl_cents=sum(one.pnl_cents(references) for one in trading),
        latency_ms=_ms(sum(one.latency.sum_us for one in trading), answers),
        orders_per_min=sum(one.minute.count(now_ms // 1000) for one in trading),
        success_pct=_success_pct(filled, rejected, failed),
        used_budget_cents=sum(one.used_budget_cents for one in trading),
    )


def measure_agent(account: Account, references: Mapping[int, int], *, now_ms: int) -> Measured:
    """One agent's own figures."""
    trading = account.trading
    if trading is None or not trading.orders:
        return _NOTHING
    return Measured(
        orders=trading.orders,
        filled=trading.filled,
        rejected=trading.rejected,
        failed=trading.failed,
        pnl_cents=pnl_of(account, references),
        latency_ms=_ms(trading.latency.sum_us, trading.latency.count),
        orders_per_min=trading.minute.count(now_ms // 1000),
        success_pct=_success_pct(trading.filled, trading.rejected, trading.failed),
        used_budget_cents=trading.used_budget_cents,
    )


def _success_pct(filled: int, rejected: int, failed: int) -> float | None:
    """Filled, of those that are decided; None if none is."""
    decided = filled + rejected + failed
    return 100.0 * filled / decided if decided else None


def budget_cents(deployment: Deployment) -> int | None:
    """What all of its agents together may tie up; None without a budget."""
    each_cents = deployment.revision.budget_cents
    return None if each_cents is None else each_cents * deployment.total


def p99_latency_ms(histograms: Iterable[LatencyHistogram]) -> float | None:
    """The time within which 99 of 100 orders of them all were answered."""
    answered = [histogram for histogram in histograms if histogram.count]
    if not answered:
        return None
    merged = answered[0]
    if len(answered) > 1:
        merged = LatencyHistogram()
        for histogram in answered:
            merged.merge(histogram)
    p99_us = merged.quantile_us(990)
    return None if p99_us is None else p99_us / 1000.0


def trend_of(figures: Iterable[Figures]) -> Trend | None:
    """How they have come along together. All are sampled at the same moments: the last ones are of one time."""
    histories = [one.history.samples for one in figures if one.history.samples]
    if not histories:
        return None
    length = min(max(map(len, histories)), HISTORY_SAMPLES_MAX)
    points = [
        [samples[-back] for samples in histories if back <= len(samples)] for back in range(length, 0, -1)
    ]
    return Trend(
        _SAMPLE_MS,
        tuple(sum(sample.pnl_cents for sample in point) for point in points),
        tuple(_SAMPLES_A_MINUTE * sum(sample.orders for sample in point) for point in points),
        tuple(map(_latency_of, points)),
    )


def _latency_of(point: Sequence[Sample]) -> float | None:
    """On average over the orders of that stretch; an answer without an order in it (an arbiter's) counts as one."""
    weighed = [
        (sample.latency_us, max(1, sample.orders)) for sample in point if sample.latency_us is not None
    ]
    return _ms(sum(us * weight for us, weight in weighed), sum(weight for _, weight in weighed))


def _ms(sum_us: int, count: int) -> float | None:
    """The mean to the microsecond."""
    return round(sum_us / count / 1000.0, 3) if count else None
