import random
import tracemalloc
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.market.figures import (
    HISTORY_SAMPLES_MAX,
    LATENCY_US_MAX,
    History,
    LatencyHistogram,
    LatencyImage,
    Minute,
    Sample,
)

BUCKETS_MAX = 1152
PER_MILLES = (0, 1, 500, 990, 999, 1000)
DISTRIBUTIONS: dict[str, Callable[[random.Random], float]] = {
    "even": lambda chance: chance.uniform(0, 100_000),
    "one value": lambda _: 1_234_567,
    "a long tail": lambda chance: chance.lognormvariate(6, 2),
    "two humps": lambda chance: chance.choice((chance.gauss(300, 20), chance.gauss(90_000, 4_000))),
    "mostly exact": lambda chance: chance.expovariate(1 / 40),
    "days": lambda chance: chance.uniform(1e9, LATENCY_US_MAX),
}

latencies_us = st.one_of(st.integers(0, 200), st.integers(0, 10**6), st.integers(0, LATENCY_US_MAX))


def histogram(latencies: Sequence[int]) -> LatencyHistogram:
    made = LatencyHistogram()
    for latency_us in latencies:
        made.record(latency_us)
    return made


def nearest_rank(latencies: Sequence[int], per_mille: int) -> int:
    place = next(n for n in range(1, len(latencies) + 1) if n * 1000 >= len(latencies) * per_mille)
    return sorted(latencies)[place - 1]


def assert_within_half_a_bucket(latencies: Sequence[int]) -> None:
    recorded = histogram(latencies)
    for per_mille in PER_MILLES:
        true_us = nearest_rank(latencies, per_mille)
        read_us = recorded.quantile_us(per_mille)
        assert read_us is not None
        assert abs(read_us - true_us) * 64 <= true_us
        assert true_us >= 64 or read_us == true_us


@given(st.lists(latencies_us, min_size=1, max_size=200))
def test_a_quantile_errs_by_a_64th_at_the_most(latencies: list[int]) -> None:
    assert_within_half_a_bucket(latencies)


@pytest.mark.parametrize("draw", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_quantile_of_thousands_errs_by_a_64th_at_the_most(draw: Callable[[random.Random], float]) -> None:
    chance = random.Random(8)
    assert_within_half_a_bucket([max(0, int(draw(chance))) for _ in range(5_000)])


@pytest.mark.parametrize("bits", range(1, 40))
def test_a_latency_beside_a_power_of_two_is_read_back_within_a_64th(bits: int) -> None:
    for latency_us in (2**bits - 1, 2**bits, 2**bits + 1):
        assert_within_half_a_bucket([latency_us])


def test_a_rank_between_two_latencies_is_the_upper_one() -> None:
    recorded = histogram([10, 20, 30, 40])
    assert [recorded.quantile_us(per_mille) for per_mille in (0, 250, 251, 500, 990, 1000)] == [
        10,
        10,
        20,
        20,
        40,
        40,
    ]


def test_a_larger_share_never_reads_a_smaller_latency() -> None:
    recorded = histogram([int(random.Random(n).expovariate(1e-5)) for n in range(300)])
    read = [recorded.quantile_us(per_mille) or 0 for per_mille in range(1001)]
    assert read == sorted(read)


def test_nothing_recorded_has_no_quantile_and_no_mean() -> None:
    empty = LatencyHistogram()
    assert (empty.count, empty.sum_us) == (0, 0)
    assert empty.mean_us is None
    assert all(empty.quantile_us(per_mille) is None for per_mille in PER_MILLES)


@given(st.lists(latencies_us, min_size=1))
def test_count_sum_and_mean_are_exact(latencies: list[int]) -> None:
    recorded = histogram(latencies)
    assert (recorded.count, recorded.sum_us) == (len(latencies), sum(latencies))
    assert recorded.mean_us == sum(latencies) / len(latencies)


@pytest.mark.parametrize(
    ("latency_us", "counted_us"),
    [
        (-1, 0),
        (0, 0),
        (LATENCY_US_MAX - 1, LATENCY_US_MAX - 1),
        (LATENCY_US_MAX, LATENCY_US_MAX),
        (LATENCY_US_MAX + 1, LATENCY_US_MAX),
        (10**30, LATENCY_US_MAX),
    ],
)
def test_a_latency_out_of_bounds_counts_as_the_bound(latency_us: int, counted_us: int) -> None:
    assert histogram([latency_us]).image() == histogram([counted_us]).image()
    assert histogram([latency_us]).sum_us == counted_us


@given(st.lists(latencies_us), st.lists(latencies_us))
def test_a_merge_is_as_if_all_had_been_recorded_in_one(left: list[int], right: list[int]) -> None:
    merged, other = histogram(left), histogram(right)
    before = other.image()
    merged.merge(other)
    union = histogram(left + right)
    assert merged.image() == union.image()
    assert merged.count == union.count
    assert other.image() == before


@given(st.lists(latencies_us), latencies_us)
def test_a_histogram_comes_back_from_json_and_goes_on_alike(latencies: list[int], next_us: int) -> None:
    recorded = histogram(latencies)
    image = recorded.image()
    text = msgspec.json.encode(image)
    restored = LatencyHistogram.from_image(msgspec.json.decode(text, type=LatencyImage))
    for either in (recorded, restored):
        either.record(next_us)
    assert restored.image() == recorded.image()
    assert restored.count == recorded.count == len(latencies) + 1
    assert [restored.quantile_us(p) for p in PER_MILLES] == [recorded.quantile_us(p) for p in PER_MILLES]
    assert msgspec.json.encode(image) == text


def test_a_histogram_restored_leaves_its_image_alone() -> None:
    image = histogram([5]).image()
    LatencyHistogram.from_image(image).record(5)
    assert image == histogram([5]).image()


def test_no_flow_of_latencies_fills_more_than_all_buckets() -> None:
    chance = random.Random(8)
    recorded = histogram([int(2 ** chance.uniform(0, 41)) for _ in range(50_000)] + list(range(64)))
    assert len(recorded.image().counts) == BUCKETS_MAX


class Listed:
    """What `Minute` does, as a list of every single one."""

    def __init__(self) -> None:
        self.seconds: list[int] = []

    def add(self, at_s: int, count: int) -> None:
        self.seconds += [max([at_s, *self.seconds[-1:]])] * count

    def count(self, now_s: int) -> int:
        now_s = max([now_s, *self.seconds[-1:]])
        return sum(now_s - 59 <= second <= now_s for second in self.seconds)


moves = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 2, 30, 58, 59, 60, 61, 119)) | st.integers(-3, 10_000), st.integers(0, 4)
    ),
    max_size=60,
)


@given(st.integers(0, 10**6), moves, st.integers(-70, 130))
def test_a_minute_counts_what_a_list_of_all_would(
    start_s: int, steps: list[tuple[int, int]], ahead_s: int
) -> None:
    minute, listed = Minute(), Listed()
    now_s = start_s
    for move_s, count in steps:
        now_s += move_s
        minute.add(now_s, count)
        listed.add(now_s, count)
        assert minute.count(now_s) == listed.count(now_s)
        assert minute.count(now_s + ahead_s) == listed.count(now_s + ahead_s)


@given(st.integers(0, 10**6), moves, moves)
def test_a_minute_comes_back_from_json_and_goes_on_alike(
    start_s: int, steps: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    minute = Minute()
    now_s = start_s
    for move_s, count in steps:
        now_s += move_s
        minute.add(now_s, count)
    text = msgspec.json.encode(minute.image())
    restored = Minute.from_image(msgspec.json.decode(text, type=dict[int, int]))
    assert restored.image() == minute.image()
    for move_s, count in [*later, (0, 1)]:
        now_s += move_s
        for either in (minute, restored):
            either.add(now_s, count)
        assert restored.count(now_s + 7) == minute.count(now_s + 7)
    assert restored.image() == minute.image()


def test_an_image_of_a_minute_may_be_in_any_order() -> None:
    assert Minute.from_image({160: 3, 101: 1, 150: 2}).image() == {101: 1, 150: 2, 160: 3}


@pytest.mark.parametrize("steps_s", [(59, 1), (59, 2), (1, 59), (1, 60), (119,), (59, 60), (30, 30, 59)])
def test_a_slot_that_comes_round_again_starts_empty(steps_s: tuple[int, ...]) -> None:
    minute, listed = Minute(), Listed()
    now_s = 100
    for step_s in (0, *steps_s):
        now_s += step_s
        minute.add(now_s)
        listed.add(now_s, 1)
    assert [minute.count(now_s + n) for n in range(61)] == [listed.count(now_s + n) for n in range(61)]


def test_a_minute_is_the_sixty_seconds_up_to_now() -> None:
    minute = Minute()
    minute.add(100, 5)
    minute.add(101)
    assert [minute.count(now_s) for now_s in (101, 159, 160, 161)] == [6, 6, 1, 0]


def test_reading_a_minute_far_ahead_changes_nothing() -> None:
    minute = Minute()
    minute.add(100, 5)
    assert minute.count(10**9) == 0
    assert minute.count(100) == 5


def test_a_second_older_than_the_last_counts_in_the_last() -> None:
    minute = Minute()
    minute.add(100)
    minute.add(40)
    assert minute.image() == {100: 2}
    assert minute.count(40) == 2


def test_adding_none_leaves_a_minute_as_it_was() -> None:
    minute = Minute()
    minute.add(100, 0)
    assert minute.image() == {}
    minute.add(50)
    minute.add(100, 0)
    assert minute.image() == {50: 1}


def test_a_full_minute_takes_under_450_bytes_and_an_unused_one_under_100() -> None:
    def full() -> Minute:
        minute = Minute()
        for second in range(1000):
            minute.add(second, 1000)
        return minute

    assert len(full().image()) == 60
    assert bytes_of(full) < 450
    assert bytes_of(Minute) < 100


def bytes_of(make: Callable[[], object], many: int = 200) -> float:
    """What one of `many` takes, with its place in a list."""
    make()
    tracemalloc.start()
    try:
        kept = [make() for _ in range(many)]
        return tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()


samples = st.builds(
    Sample,
    pnl_cents=st.integers(-(10**15), 10**15),
    orders=st.integers(0, 10**9),
    latency_us=st.none() | latencies_us,
)


@pytest.mark.parametrize(
    "length", [0, 1, HISTORY_SAMPLES_MAX - 1, HISTORY_SAMPLES_MAX, HISTORY_SAMPLES_MAX + 1, 500]
)
def test_a_history_keeps_the_newest_samples_oldest_first(length: int) -> None:
    history = History()
    appended = [Sample(pnl_cents=-n, orders=n, latency_us=None) for n in range(length)]
    for sample in appended:
        history.append(sample)
    assert history.samples == tuple(appended[-HISTORY_SAMPLES_MAX:])


@given(st.lists(samples, max_size=HISTORY_SAMPLES_MAX + 5), samples)
def test_a_history_comes_back_from_json_and_goes_on_alike(appended: list[Sample], next_one: Sample) -> None:
    history = History()
    for sample in appended:
        history.append(sample)
    text = msgspec.json.encode(history.image())
    restored = History.from_image(msgspec.json.decode(text, type=tuple[Sample, ...]))
    for either in (history, restored):
        either.append(next_one)
    assert restored.samples == history.samples
