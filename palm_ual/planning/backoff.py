"""When a failed agent may start again."""

from palm_ual.model.limits import BACKOFF_FIRST_MS, BACKOFF_MAX_MS
from palm_ual.world.records import FailureNote


def backoff_ms(failures: int) -> int:
    """Pause before the next start: 1, 2, 4, 8, 16, 32, then 60 s (Kubernetes' doubling, with a lower cap)."""
    return min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS << min(failures - 1, 10))


def failures_in_a_row(last: FailureNote | None, *, now_ms: int) -> int:
    """How many with the one that happened now: an agent that ran for twice the longest pause starts over."""
    if last is None or now_ms - last.retry_at_ms > 2 * BACKOFF_MAX_MS:
        return 1
    return last.failures + 1
