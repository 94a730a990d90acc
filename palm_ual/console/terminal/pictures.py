"""What a WATCH shows on a terminal at one moment: a heading, the answer, and charts where there is room."""

from typing import get_args

from msgspec.structs import replace

from palm_ual.console.lines.box import BOX
from palm_ual.console.lines.figures import counted, utc_time
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, plain, text_of
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.tables import table_lines
from palm_ual.console.lines.text import render
from palm_ual.console.lines.ticks import Ticks
from palm_ual.console.lines.width import cut, width
from palm_ual.console.terminal import charts
from palm_ual.model.durations import format_duration
from palm_ual.model.results import (
    Described,
    FleetStatusShown,
    LogShown,
    TableShown,
    Trend,
    Watchable,
    Watched,
)
from palm_ual.service.wording import Status

PICTURES_COLUMNS_MIN = 40
"""A narrower terminal gets no history at all."""
_CHARTS_BESIDE_COLUMNS_MIN = 34
"""For each chart that stands beside something; with less they stand below one another."""
_HEADING_COLUMNS_MIN = 12
"""Of what is watched; where that leaves no room for the time, the time is left out."""
_TABLE_ROWS_MIN = 4
"""Of the terminal, for a heading, two rows and a note of what is left out."""
_DEPLOYMENTS_MIN = 3
_BESIDE_DEPLOYMENTS_ROWS = 32
"""What a fleet's figures and a little history take."""
_GAP = 2
_STEP = 8


def watched_picture(
    event: Watched, columns: int, rows: int, glyphs: Glyphs, ticks: Ticks = "some"
) -> list[Line]:
    """At most `columns` wide where the answer can be; may be longer than `rows`."""
    heading = _heading(event, columns, glyphs)
    left = rows - len(heading) - 1  # the cursor has a row of its own
    answer, more = event.answer, 0
    if isinstance(answer, FleetStatusShown):
        answer, more = _worst(answer, max(_DEPLOYMENTS_MIN, left - _BESIDE_DEPLOYMENTS_ROWS))
    if not more:
        return heading + _answered(answer, columns, left, glyphs, ticks)
    note = plain(cut(f"{glyphs.cut} {counted(more, 'more deployment')}", columns, glyphs.cut), "dim")
    return [*heading, *_answered(answer, columns, left - 1, glyphs, ticks), note]


def _worst(answer: FleetStatusShown, kept: int) -> tuple[FleetStatusShown, int]:
    """With so many of its deployments, those that are not well first, and how many more there are."""
    if len(answer.deployments) <= kept:
        return answer, 0
    order = {status: rank for rank, status in enumerate(get_args(Status))}
    worst = sorted(answer.deployments, key=lambda line: order.get(line.status, len(order)))
    return replace(answer, deployments=tuple(worst[:kept])), len(worst) - kept


def _answered(answer: Watchable, columns: int, rows: int, glyphs: Glyphs, ticks: Ticks) -> list[Line]:
    trend = answer.trend if isinstance(answer, FleetStatusShown | Described) else None
    if isinstance(answer, FleetStatusShown | Described) and trend is not None:
        if columns < PICTURES_COLUMNS_MIN or not charts.has_charts(trend, glyphs):
            return _rendered(replace(answer, trend=None), columns, rows, glyphs, ticks)
        return _with_charts(answer, trend, columns, rows, glyphs, ticks)
    return _rendered(answer, columns, rows, glyphs, ticks)


def _heading(event: Watched, columns: int, glyphs: Glyphs) -> list[Line]:
    what = f"Every {format_duration(event.every_ms)}: {safe(event.statement, cell=True)}"
    time = utc_time(event.wall_ms)
    room = columns - len(time) - _GAP
    if room < _HEADING_COLUMNS_MIN:
        return [((cut(what, columns, glyphs.cut), "head"),), BLANK]
    what = cut(what, room, glyphs.cut)
    return [((what, "head"), (" " * (columns - len(time) - width(what)), ""), (time, "dim")), BLANK]


def _rendered(answer: Watchable, columns: int, rows: int, glyphs: Glyphs, ticks: Ticks) -> list[Line]:
    """What is too high for the terminal: a box goes without its borders, a log has its newest lines, and of
    a long table no more is laid out than can be seen.
    """
    if isinstance(answer, LogShown) and rows > 0:
        answer = replace(answer, lines=answer.lines[-rows:])
    if isinstance(answer, TableShown):
        return _table(answer, columns, rows, glyphs)
    lines = list(render(answer, ticks=ticks, width=columns, glyphs=glyphs))
    if len(lines) > rows and isinstance(answer, FleetStatusShown) and columns >= BOX:
        return list(render(answer, ticks=ticks, width=BOX - 1, glyphs=glyphs))
    return lines


def _table(answer: TableShown, columns: int, rows: int, glyphs: Glyphs) -> list[Line]:
    """As many rows of it as there is room for, and how many more there are."""
    kept = len(answer.rows)
    if rows >= _TABLE_ROWS_MIN:
        kept = min(kept, rows - 1)
    while True:
        shown = replace(answer, rows=answer.rows[:kept])
        lines = list(table_lines(shown, columns, glyphs, one_screen=True))
        if kept < len(answer.rows):
            left = f"{glyphs.cut} {len(answer.rows) - kept:,} more {safe(answer.what, cell=True)}"
            lines.append(plain(cut(left, columns, glyphs.cut), "dim"))
        if len(lines) <= rows or kept <= 1 or rows < _TABLE_ROWS_MIN:
            return lines
        kept = max(1, kept - (len(lines) - rows))


def _with_charts(
    answer: FleetStatusShown | Described, trend: Trend, columns: int, rows: int, glyphs: Glyphs, ticks: Ticks
) -> list[Line]:
    bare = _rendered(replace(answer, trend=None), columns, rows, glyphs, ticks)
    if isinstance(answer, FleetStatusShown):
        column = _column_beside(bare)
        if columns - column >= _CHARTS_BESIDE_COLUMNS_MIN:
            high = (min(rows, len(bare)) - 2 * charts.CHARTS + 1) // charts.CHARTS
            high = max(charts.ROWS_MIN, min(charts.ROWS_MAX, high))
            return charts.beside(bare, charts.charts_below(trend, columns - column, high, glyphs), column)
    # In a description they stand where the one-row bars would: behind the facts.
    place = 1 + len(answer.facts) if isinstance(answer, Described) else len(bare)
    if columns >= charts.CHARTS * _CHARTS_BESIDE_COLUMNS_MIN:
        pictures = charts.charts_beside(trend, columns, charts.ROWS_MIN + 1, glyphs)
        return [*bare[:place], BLANK, *pictures, *bare[place:]]
    pictures = charts.charts_below(trend, columns, charts.ROWS_MIN, glyphs)
    if len(bare) + 1 + len(pictures) <= rows:
        return [*bare[:place], BLANK, *pictures, *bare[place:]]
    return _rendered(answer, columns, rows, glyphs, ticks)


def _column_beside(lines: list[Line]) -> int:
    """Where something beside them starts: in steps, so that it does not move with every digit."""
    wide = max(width(text_of(line)) for line in lines) + _GAP
    return -(-wide // _STEP) * _STEP + _GAP if wide < BOX else wide
