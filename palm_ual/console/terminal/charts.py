"""A short history as charts of several rows, for pictures that are drawn again and again."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from palm_ual.console.lines.figures import UNKNOWN, latency
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, Segment, plain, text_of
from palm_ual.console.lines.trend import POINTS_MIN
from palm_ual.console.lines.width import cut, width
from palm_ual.model.durations import format_age
from palm_ual.model.money import format_dollars
from palm_ual.model.results import Trend

ROWS_MIN, ROWS_MAX = 4, 6
"""Rows of bars; a chart has one more, for its title."""
CHARTS = 3
_POINT_COLUMNS_MAX = 3
"""A short history is drawn wider, up to this."""
_GAP = "   "


class _Series(Struct, frozen=True):
    """Points oldest first, and lowest and highest of those that a chart has room for, in words."""

    title: str
    points: Sequence[float | None]
    lowest: str
    highest: str


def has_charts(trend: Trend | None, glyphs: Glyphs) -> bool:
    """Whether there is something to draw, and something to draw with."""
    return trend is not None and bool(glyphs.bars) and len(trend.pnl_cents) >= POINTS_MIN


def charts_below(trend: Trend, columns: int, rows: int, glyphs: Glyphs) -> list[Line]:
    """PnL, latency and orders below one another, `rows` rows of bars each."""
    lines: list[Line] = []
    for chart in _charts(trend, columns, rows, glyphs):
        lines += ([BLANK] if lines else []) + chart
    return lines


def charts_beside(trend: Trend, columns: int, rows: int, glyphs: Glyphs) -> list[Line]:
    """The same beside one another."""
    each = (columns - len(_GAP) * (CHARTS - 1)) // CHARTS
    charts = _charts(trend, each, rows, glyphs)
    lines = charts[0]
    for number, chart in enumerate(charts[1:], 1):
        lines = beside(lines, chart, (each + len(_GAP)) * number)
    return lines


def beside(left: Sequence[Line], right: Sequence[Line], column: int) -> list[Line]:
    """Both from the same row on, the right one starting at `column`; the left one is not as wide."""
    lines: list[Line] = []
    for index in range(max(len(left), len(right))):
        line = left[index] if index < len(left) else BLANK
        if index < len(right) and right[index]:
            gap: Segment = (" " * (column - width(text_of(line))), "")
            line = (*line, gap, *right[index])
        lines.append(line)
    return lines


def _charts(trend: Trend, columns: int, rows: int, glyphs: Glyphs) -> list[list[Line]]:
    """All of the same moments, so that what is above one another happened together."""
    length = len(trend.pnl_cents)
    while True:
        series = _series(trend, length)
        labels = max(len(label) for one in series for label in (one.lowest, one.highest))
        room = columns - labels - 2
        if length <= max(room, POINTS_MIN):
            break
        length = max(room, POINTS_MIN)  # fewer points may have longer figures: tried until both fit
    point_columns = max(1, min(_POINT_COLUMNS_MAX, room // length))
    stretch = format_age(length * trend.step_ms)
    return [list(_chart(one, labels, columns, rows, point_columns, stretch, glyphs=glyphs)) for one in series]


def _series(trend: Trend, length: int) -> tuple[_Series, ...]:
    """The newest points of each."""
    pnl_cents = trend.pnl_cents[-length:]
    latency_ms = trend.latency_ms[-length:]
    orders = trend.orders_per_min[-length:]
    measured = [point for point in latency_ms if point is not None]
    return (
        _Series("PnL", pnl_cents, _dollars(min(pnl_cents)), _dollars(max(pnl_cents))),
        _Series(
            "Latency",
            latency_ms,
            latency(min(measured)) if measured else "",
            latency(max(measured)) if measured else "",
        ),
        _Series("Orders/min", orders, f"{min(orders):,}", f"{max(orders):,}"),
    )


def _dollars(cents: int) -> str:
    return format_dollars(cents, signed=True)


def _chart(
    series: _Series,
    labels: int,
    columns: int,
    rows: int,
    point_columns: int,
    stretch: str,
    *,
    glyphs: Glyphs,
) -> Iterator[Line]:
    """A title, and rows of bars between the highest and the lowest figure; what is so now is said beside it."""
    yield _title(series, columns, stretch, glyphs)
    heights = _heights(series.points, rows * len(glyphs.bars))
    for row in range(rows):
        label = series.highest if row == 0 else series.lowest if row == rows - 1 else ""
        if row == 0 and series.highest == series.lowest:
            label = ""  # what never moved says its figure once, at the foot of its flat bars
        below = (rows - 1 - row) * len(glyphs.bars)
        bars = "".join([_cell(height, below, glyphs.bars) * point_columns for height in heights])
        axis = glyphs.middle[1] if label else glyphs.down
        yield ((label.rjust(labels) + " ", "dim"), (axis, "dim"), (bars.rstrip(" "), "key"))


def _title(series: _Series, columns: int, stretch: str, glyphs: Glyphs) -> Line:
    unknown = "" if any(point is not None for point in series.points) else f" {UNKNOWN}"
    since = f"  last {stretch}"
    if len(series.title) + len(unknown) > columns:
        return plain(cut(series.title + unknown, columns, glyphs.cut), "head")
    title: Line = ((series.title, "head"), (unknown, "dim"))
    return (*title, (since, "dim")) if len(text_of(title)) + len(since) <= columns else title


def _heights(points: Sequence[float | None], top: int) -> list[int]:
    """From 1 for the lowest to `top` for the highest; 0 where nothing was measured."""
    measured = [point for point in points if point is not None]
    low, high = min(measured, default=0), max(measured, default=0)
    return [
        0 if point is None else 1 + round((point - low) / (high - low) * (top - 1)) if high > low else 1
        for point in points
    ]


def _cell(height: int, below: int, bars: str) -> str:
    """What a bar of that height shows in the row that has so many heights below it."""
    filled = min(height - below, len(bars))
    return bars[filled - 1] if filled > 0 else " "
