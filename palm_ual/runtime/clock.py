"""Fleet time and wall time. This module alone reads clocks.

Fleet time runs only while a process holds the home: it starts where the journal ended and moves with
the event loop's own time, which is virtual under a virtual loop.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

WallClock = Callable[[], int]
"""Milliseconds since the epoch, UTC."""
Stopwatch = Callable[[], int]
"""Nanoseconds from some moment on; never falls. For how long the market takes to answer."""


def wall_ms() -> int:
    """The machine's wall clock."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds that never fall, for waits that are not of the fleet: a lock."""
    return time.monotonic()


def pause_s(length_s: float) -> None:
    """Wait without a fleet: for a lock that another process holds."""
    time.sleep(length_s)


class FleetClock(Protocol):
    """Where fleet time comes from."""

    def now_ms(self) -> int:
        """Milliseconds of fleet time; never falls."""


class LoopClock:
    """Fleet time by an event loop's `time` in seconds, going on from `start_ms`."""

    def __init__(self, loop_time_s: Callable[[], float], start_ms: int) -> None:
        self._loop_time_s = loop_time_s
        self._offset_ms = start_ms - loop_time_s() * 1000.0

    def now_ms(self) -> int:
        """See `FleetClock`."""
        return int(self._loop_time_s() * 1000.0 + self._offset_ms + 1e-6)


class Clocks(NamedTuple):
    """What a fleet reads beside fleet time, each made for its fleet clock."""

    wall: Callable[[FleetClock], WallClock]
    stopwatch: Callable[[FleetClock], Stopwatch]


_EPOCH_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

REAL = Clocks(
    wall=lambda _clock: wall_ms,
    stopwatch=lambda _clock: time.perf_counter_ns,
)
"""The machine's clocks, whatever fleet time does."""

VIRTUAL = Clocks(
    wall=lambda clock: lambda: _EPOCH_MS + clock.now_ms(),
    stopwatch=lambda clock: lambda: clock.now_ms() * 1_000_000,
)
"""Clocks that move with fleet time alone: the same at every run. The wall clock begins with 2026."""
