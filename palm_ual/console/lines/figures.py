"""How single values are written for people. What is not known is always `n/a`."""

import time

from palm_ual.console.lines.safe import safe
from palm_ual.model.durations import format_age
from palm_ual.model.money import format_balance
from palm_ual.model.results import Cell, CellKind

UNKNOWN = "n/a"
_WALL_MS_END = 253_402_300_800_000
"""The year 10000."""


def counted(count: int, noun: str) -> str:
    """`1 agent`, `1,234 agents`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def share_pct(part: int, whole: int) -> str:
    """A whole percentage, cut and not rounded, so that `100%` is said of all only, and `0%` of nothing."""
    if whole <= 0:
        return UNKNOWN
    share = part * 100 // whole
    return "<1%" if part > 0 and share == 0 else f"{share}%"


def percent(pct: float | None) -> str:
    """One decimal; nothing short of all rounds up to `100.0%`."""
    if pct is None:
        return UNKNOWN
    return "99.9%" if 99.9 < pct < 100 else f"{pct:.1f}%"


def latency(length_ms: float | None) -> str:
    """`12ms`; under a millisecond `0.04ms`, and never a zero for what took time."""
    if length_ms is None:
        return UNKNOWN
    if length_ms >= 0.995:
        return f"{length_ms:,.0f}ms"
    return f"{length_ms:.2f}ms" if length_ms >= 0.005 else "<0.01ms"


def waited(length_ms: int) -> str:
    """`250ms`, `3s`, `3m05s`."""
    return f"{length_ms}ms" if 0 < length_ms < 1000 else format_age(length_ms)


def fleet_time(at_ms: int) -> str:
    """Time on the fleet's own clock since it first ran: `00:03:05.250`, `2d 04:00:00.000`."""
    seconds, ms = divmod(at_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"
    return f"{days}d {clock}" if days else clock


def utc_time(wall_ms: int) -> str:
    """`2026-01-31T08:00:00Z`, whatever the time zone of the machine."""
    if not 0 <= wall_ms < _WALL_MS_END:
        return f"{wall_ms}ms"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_ms // 1000))


def cell_text(value: Cell, kind: CellKind) -> str:
    """One value of a table or description, safe to show on one line."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value, kind)
    if isinstance(value, dict):
        return safe(",".join(f"{key}={value[key]}" for key in value), cell=True) or "-"
    if isinstance(value, tuple):
        return safe(", ".join(value), cell=True) or "-"
    return safe(value, cell=True)


def _number(value: float, kind: CellKind) -> str:
    if kind == "pct":
        return percent(value)
    if kind == "latency_ms":
        return latency(value)
    return _whole_number(value, kind) if isinstance(value, int) else str(value)


def _whole_number(value: int, kind: CellKind) -> str:
    match kind:
        case "cents":
            return format_balance(value)
        case "duration_ms":
            return format_age(value)
        case "at_ms":
            return fleet_time(value)
        case "wall_ms":
            return utc_time(value)
        case "text" | "word" | "count" | "pct" | "latency_ms" | "flag" | "labels" | "ids":
            return str(value)
