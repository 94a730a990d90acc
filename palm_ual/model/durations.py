"""Durations in whole milliseconds, and how they are written."""

from palm_ual.errors import InvalidValue
from palm_ual.model.limits import DURATION_MS_MAX

UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(text: str) -> int:
    """Milliseconds of `250ms`, `30s`, `5m`, `2h` or `1d`.

    Raises:
        InvalidValue: longer than a year; the limit keeps every sum of times in range.
    """
    digits = text.rstrip("mshd")
    if len(digits) > 15 or (length_ms := int(digits) * UNIT_MS[text[len(digits) :]]) > DURATION_MS_MAX:
        raise InvalidValue("a duration may be at most 366d", word=text)
    return length_ms


def format_duration(length_ms: int) -> str:
    """The shortest exact form: 90000 is `90s`, 3600000 is `1h`, 250 is `250ms`, 0 is `0s`."""
    for unit in ("d", "h", "m", "s"):
        if length_ms % UNIT_MS[unit] == 0:
            return f"{length_ms // UNIT_MS[unit]}{unit}" if length_ms else "0s"
    return f"{length_ms}ms"


def format_age(length_ms: int) -> str:
    """Rounded for people: `12s`, `3m05s`, `2h10m`, `4d03h`."""
    seconds = max(0, length_ms) // 1000
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h"
