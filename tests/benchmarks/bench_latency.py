"""What recording a latency costs, beside hdrhistogram and a list's `append`, and how far its quantiles err.

The package hdrhistogram is needed for this benchmark alone. `python -m tests.benchmarks.bench_latency` ends
with status 1 if a budget is missed, and with 2 where the package is not installed.
"""

import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Protocol

from palm_ual.market.figures import LATENCY_US_MAX, LatencyHistogram
from tests.benchmarks.anchor import compare_functions, report

RECORDS = 100_000
DIGITS = 2
"""Significant digits that hdrhistogram is to keep; with fewer it would err more than ours."""
RECORD_BUDGET = 0.3
APPEND_BUDGET = 25
ERROR_PCT_MAX = 1.6
PER_MILLES = (500, 990, 999)
DISTRIBUTIONS: dict[str, Callable[[random.Random], float]] = {
    "a long tail": lambda chance: chance.lognormvariate(5, 1.5),
    "two humps": lambda chance: chance.choice((chance.gauss(300, 20), chance.gauss(90_000, 4_000))),
    "even to a second": lambda chance: chance.uniform(1, 1e6),
    "around 64 µs": lambda chance: chance.gauss(64, 20),
    "answers in microseconds": lambda chance: chance.expovariate(1 / 40),
}


class Recorder(Protocol):
    def __call__(self, latency_us: int, /) -> object: ...


def latencies_us(draw: Callable[[random.Random], float]) -> list[int]:
    chance = random.Random(8)
    return [max(1, int(draw(chance))) for _ in range(RECORDS)]


def record_all(make: Callable[[], Recorder], latencies: Sequence[int]) -> None:
    record = make()
    for latency_us in latencies:
        record(latency_us)


def hdr_recorder(hdr: ModuleType) -> Recorder:
    recorder: Recorder = hdr.HdrHistogram(1, LATENCY_US_MAX, DIGITS).record_value
    return recorder


def our_recorder() -> Recorder:
    return LatencyHistogram().record


def list_recorder() -> Recorder:
    kept: list[int] = []
    return kept.append


def bench_record(name: str, anchor: Callable[[], Recorder], latencies: Sequence[int], budget: float) -> bool:
    medians = compare_functions(
        partial(record_all, our_recorder, latencies), partial(record_all, anchor, latencies)
    )
    met = report(name, medians, budget=budget)
    ours_ns, anchor_ns = (cpu_s / RECORDS * 1e9 for cpu_s in medians)
    print(f"{'':<40} {ours_ns:.0f} ns a record, anchor {anchor_ns:.0f} ns")
    return met


def errors_pct(latencies: Sequence[int]) -> list[float]:
    """How far off each of `PER_MILLES` is, as a share of the latency at that rank of the sorted list."""
    histogram = LatencyHistogram()
    for latency_us in latencies:
        histogram.record(latency_us)
    ranked = sorted(latencies)
    found = []
    for per_mille in PER_MILLES:
        true_us = ranked[RECORDS * per_mille // 1000 - 1]
        found.append(abs((histogram.quantile_us(per_mille) or 0) - true_us) / true_us * 100)
    return found


def bench_errors() -> bool:
    greatest = [0.0] * len(PER_MILLES)
    for draw in DISTRIBUTIONS.values():
        greatest = list(map(max, greatest, errors_pct(latencies_us(draw))))
    shown = ", ".join(
        f"p{per_mille / 10:g} {error:.2f} %" for per_mille, error in zip(PER_MILLES, greatest, strict=True)
    )
    met = max(greatest) <= ERROR_PCT_MAX
    print(
        f"greatest error of {len(DISTRIBUTIONS)} distributions: {shown}"
        f"  budget {ERROR_PCT_MAX} %  {'met' if met else 'MISSED'}"
    )
    return met


def main() -> int:
    try:
        hdr = import_module("hdrh.histogram")
    except ModuleNotFoundError:
        print("This benchmark compares with hdrhistogram, which is not installed: pip install hdrhistogram")
        return 2
    latencies = latencies_us(DISTRIBUTIONS["a long tail"])
    met = [
        bench_record(
            f"{RECORDS:,} records, of hdrhistogram", partial(hdr_recorder, hdr), latencies, RECORD_BUDGET
        ),
        bench_record(f"{RECORDS:,} records, of list.append", list_recorder, latencies, APPEND_BUDGET),
        bench_errors(),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
