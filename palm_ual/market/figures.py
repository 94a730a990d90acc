"""Running figures of a fleet's trading, each of bounded size: latencies, a rate per minute, a short history.

All of them are cheap to add to and small as JSON: they are kept for every deployment, and read by commands
that only look.
"""

from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

LATENCY_US_MAX = 2**40 - 1
"""Nearly thirteen days; what takes longer counts as this."""
HISTORY_SAMPLES_MAX = 48

_EXACT_BITS = 6
"""Latencies of up to so many bits have a bucket each; every further bit doubles the width of a bucket."""
_SUB_BUCKET_BITS = _EXACT_BITS - 1
_MINUTE_S = 60
_GROWTH = 32
"""Buckets by which a histogram grows."""


class LatencyImage(Struct, frozen=True):
    counts: dict[int, int]
    """Buckets by number; one that is missing is empty."""
    sum_us: int


class LatencyHistogram:
    """How long things took, in log-linear buckets: 32 to a power of two, as HdrHistogram lays them out.

    A bucket is at most 1/32 of its least value wide, so its middle is within 1/64 (1.6 %) of everything in
    it; latencies below 64 µs are exact. There are 1,152 buckets, of which there is memory for those up to the
    highest that was hit.
    """

    __slots__ = ("_counts", "sum_us")

    def __init__(self) -> None:
        self.sum_us = 0
        self._counts: array[int] | None = None
        """By bucket, as far as the highest that was hit; a flat table is one place in memory to go to."""

    @classmethod
    def from_image(cls, image: LatencyImage) -> "LatencyHistogram":
        made = cls()
        for bucket, count in image.counts.items():
            made._add(bucket, count)
        made.sum_us = image.sum_us
        return made

    def image(self) -> LatencyImage:
        """What `from_image` makes an equal one of; a copy, which later records leave as it is."""
        return LatencyImage(dict(self.hit()), self.sum_us)

    def record(self, latency_us: int) -> None:
        """Counts one latency; below 0 counts as 0, above `LATENCY_US_MAX` as that."""
        # Every order comes through here: no call that can be left out, and no chain of comparisons.
        if not 0 <= latency_us <= LATENCY_US_MAX:
            latency_us = 0 if latency_us < 0 else LATENCY_US_MAX
        shift = latency_us.bit_length() - _EXACT_BITS
        bucket = (shift << _SUB_BUCKET_BITS) + (latency_us >> shift) if shift > 0 else latency_us
        try:
            self._counts[bucket] += 1  # type: ignore[index]
        except (TypeError, IndexError):
            self._add(bucket, 1)
        self.sum_us += latency_us

    def _add(self, bucket: int, count: int) -> None:
        """Into a table that may have to grow for it."""
        counts = self._counts
        if counts is None:
            counts = self._counts = _empty_counts()
        missing = bucket + 1 - len(counts)
        if missing > 0:
            counts.extend([0] * (-(-missing // _GROWTH) * _GROWTH))
        counts[bucket] += count

    def hit(self) -> "Iterator[tuple[int, int]]":
        """Buckets with anything in them, lowest first."""
        return ((bucket, count) for bucket, count in enumerate(self._counts or ()) if count)

    def merge(self, other: "LatencyHistogram") -> None:
        """As if everything that `other` recorded had been recorded here too."""
        for bucket, count in other.hit():
            self._add(bucket, count)
        self.sum_us += other.sum_us

    @property
    def count(self) -> int:
        """How many were recorded; added up at each look, so that recording has one thing less to do."""
        return sum(self._counts or ())

    @property
    def mean_us(self) -> float | None:
        """Exact, not from buckets; None of nothing."""
        count = self.count
        return self.sum_us / count if count else None

    def quantile_us(self, per_mille: int) -> int | None:
        """The latency that `per_mille` thousandths of all do not exceed; None of nothing.

        By nearest rank: of n sorted latencies that at place ceil(n × per_mille / 1000), counted from 1,
        and the least for 0. Given as the middle of its bucket.
        """
        assert 0 <= per_mille <= 1000
        total = self.count
        if not total:
            return None
        rank = max(1, -(-total * per_mille // 1000))
        reached = 0
        for bucket, count in self.hit():
            reached += count
            if reached >= rank:
                return _middle_us(bucket)
        raise AssertionError("a histogram counts what its buckets hold")


def _middle_us(bucket: int) -> int:
    """The inverse of the numbering in `LatencyHistogram.record`."""
    shift = (bucket >> _SUB_BUCKET_BITS) - 1
    if shift <= 0:
        return bucket
    least_us = (bucket - (shift << _SUB_BUCKET_BITS)) << shift
    return least_us + ((1 << shift) - 1) // 2


class Minute:
    """How many of something there were in the last sixty seconds of fleet time, to the second.

    Takes a few dozen bytes until the first is added, and about 400 from then on; up to 2³² - 1 a second.
    Time does not go back: a second older than the last one added to stands for that one.
    """

    __slots__ = ("_last_s", "_slots")

    def __init__(self) -> None:
        self._last_s = 0
        self._slots: array[int] | None = None

    @classmethod
    def from_image(cls, image: dict[int, int]) -> "Minute":
        made = cls()
        for second in sorted(image):
            made.add(second, image[second])
        return made

    def image(self) -> dict[int, int]:
        """Counts by second, without empty seconds and what is older than a minute at the last one."""
        slots, last_s = self._slots, self._last_s
        if slots is None:
            return {}
        seconds = range(last_s - _MINUTE_S + 1, last_s + 1)
        return {second: slots[second % _MINUTE_S] for second in seconds if slots[second % _MINUTE_S]}

    def add(self, at_s: int, count: int = 1) -> None:
        slots, last_s = self._slots, self._last_s
        if at_s <= last_s and slots is not None:
            slots[last_s % _MINUTE_S] += count
        elif at_s == last_s + 1 and slots is not None:  # as it mostly is: an agent steps once a second
            slots[at_s % _MINUTE_S] = count
            self._last_s = at_s
        elif count:
            self._turned_to(at_s)[at_s % _MINUTE_S] += count

    def count(self, now_s: int) -> int:
        """How many were added in the seconds from `now_s` - 59 to `now_s`. Changes nothing."""
        slots, passed_s = self._slots, now_s - self._last_s
        if slots is None or passed_s >= _MINUTE_S:
            return 0
        if passed_s <= 0:
            return sum(slots)
        # The slots go round: those still to be counted lie in one piece, or in two.
        first = (now_s + 1) % _MINUTE_S
        end = first + _MINUTE_S - passed_s
        return sum(slots[first:end]) + sum(slots[: max(0, end - _MINUTE_S)])

    def _turned_to(self, at_s: int) -> "array[int]":
        """The slots, made at the first time, with `at_s` as their last second."""
        slots = self._slots
        if slots is None:
            slots = self._slots = _empty_slots()
        else:
            for second in range(max(self._last_s + 1, at_s - _MINUTE_S + 1), at_s + 1):
                slots[second % _MINUTE_S] = 0
        self._last_s = at_s
        return slots


def _empty_counts() -> "array[int]":
    from array import array

    return array("Q")


def _empty_slots() -> "array[int]":
    # A shared library to load, which a command that looks at a fleet without trade does without.
    from array import array

    return array("I", [0]) * _MINUTE_S


class Sample(Struct, frozen=True, gc=False):
    """One stretch of time, as a point of a sparkline."""

    pnl_cents: int
    """At its end."""
    orders: int
    """During it."""
    latency_us: int | None
    """During it; None without orders."""


class History:
    """The newest `HISTORY_SAMPLES_MAX` samples, oldest first.

    Samples of ten thousand deployments are taken at one moment. Nothing made for one is left to the garbage
    collector to look at: that would be the longest of its pauses.
    """

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=HISTORY_SAMPLES_MAX)

    @classmethod
    def from_image(cls, image: tuple[Sample, ...]) -> "History":
        made = cls()
        made._samples.extend(image)
        return made

    @property
    def samples(self) -> tuple[Sample, ...]:
        """A copy, which later ones leave as it is."""
        return tuple(self._samples)

    def image(self) -> tuple[Sample, ...]:
        return self.samples

    def append(self, sample: Sample) -> None:
        self._samples.append(sample)
