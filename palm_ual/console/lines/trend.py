"""A short history as rows of small bars, for a terminal."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from palm_ual.console.lines.figures import UNKNOWN, latency
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, plain
from palm_ual.console.lines.width import cut
from palm_ual.model.durations import format_age
from palm_ual.model.money import format_dollars
from palm_ual.model.results import Trend

POINTS_MIN = 2
"""Less is no trend."""
_BESIDE_POINTS_MIN = 16
"""Bars that must fit beside their figures; else they get a line of their own."""
_LABEL_COLUMNS = 14
_INDENT = 4

_Row: TypeAlias = tuple[str, Sequence[float | None], str]
"""A label, its points, and the lowest and highest of them in words."""


def trend_lines(trend: Trend, columns: int, glyphs: Glyphs) -> Iterator[Line]:
    """A blank line, a heading, and bars for PnL, latency and orders, as many as fit, the newest at the right."""
    points = min(len(trend.pnl_cents), columns - _INDENT)
    if not glyphs.bars or points < POINTS_MIN:
        return
    beside = _fitting_beside(trend, columns)
    shown = points if beside is None else beside
    yield BLANK
    yield plain(
        cut(f"Last {format_age(shown * trend.step_ms)}, lowest to highest:", columns, glyphs.cut), "head"
    )
    for label, values, span in _rows(trend, shown):
        bars = _bars(values, glyphs.bars)
        if beside is not None:
            yield ((f"  {label}".ljust(_LABEL_COLUMNS), ""), (bars, "key"), (f"  {span}", ""))
        else:
            yield plain(cut(f"  {label} {span}", columns, glyphs.cut))
            if bars.strip():
                yield ((" " * _INDENT, ""), (bars, "key"))


def _fitting_beside(trend: Trend, columns: int) -> int | None:
    """How many points fit beside their figures; None where those leave too little room.

    Fewer points may have longer figures, so it is tried until both fit.
    """
    points = len(trend.pnl_cents)
    least = min(points, _BESIDE_POINTS_MIN)
    while points >= least:
        figures = max(len(span) for _, _, span in _rows(trend, points))
        room = columns - _LABEL_COLUMNS - 2 - figures
        if points <= room:
            return points
        points = room
    return None


def _rows(trend: Trend, points: int) -> tuple[_Row, ...]:
    """The newest `points` of each, in the order of the box."""
    pnl_cents = trend.pnl_cents[-points:]
    latency_ms = trend.latency_ms[-points:]
    orders = trend.orders_per_min[-points:]
    measured = [point for point in latency_ms if point is not None]
    return (
        ("PnL:", pnl_cents, _span(_dollars(min(pnl_cents)), _dollars(max(pnl_cents)))),
        (
            "Latency:",
            latency_ms,
            _span(latency(min(measured)), latency(max(measured))) if measured else UNKNOWN,
        ),
        ("Orders/min:", orders, _span(f"{min(orders):,}", f"{max(orders):,}")),
    )


def _dollars(cents: int) -> str:
    return format_dollars(cents, signed=True)


def _span(lowest: str, highest: str) -> str:
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _bars(values: Sequence[float | None], heights: str) -> str:
    """A bar for each point between the lowest and the highest of them, a gap where nothing was measured."""
    measured = [value for value in values if value is not None]
    if not measured:
        return " " * len(values)
    low, high = min(measured), max(measured)
    top = len(heights) - 1
    return "".join(
        " " if value is None else heights[round((value - low) / (high - low) * top) if high > low else 0]
        for value in values
    )
