"""Tables of aligned columns under headings, fitted to a terminal; whole where nobody says how wide."""

from collections.abc import Iterator, Sequence

from palm_ual.console.lines.figures import UNKNOWN, cell_text, counted
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, Segment, Style, plain
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.width import cut, pad, width
from palm_ual.model.results import CellKind, Column, TableShown

GAP = "  "
TEXT_COLUMNS_MIN = 8
"""A text column is not cut to less; a terminal too narrow for that gets records instead."""
_SHOWN_MIN = 2
"""Fewer columns are no table."""

_AT_THE_RIGHT: frozenset[CellKind] = frozenset(
    {"count", "cents", "pct", "latency_ms", "duration_ms", "at_ms"}
)
_MAY_BE_CUT: frozenset[CellKind] = frozenset({"text", "labels", "ids"})


def table_lines(
    event: TableShown, columns: int | None, glyphs: Glyphs, *, one_screen: bool = False
) -> Iterator[Line]:
    """A heading and a line for each row. Without `columns` nothing is cut.

    A terminal too narrow gets records, from which nothing is missing; for `one_screen`, which has no room
    for those, columns at the right are left out, and counted.
    """
    if not event.rows:
        yield plain(f"(no {safe(event.what, cell=True)})", "dim")
        return
    kinds = [column.kind for column in event.columns]
    titles = [safe(column.title, cell=True) for column in event.columns]
    rows = [[cell_text(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in event.rows]
    natural = [max(width(title), *map(width, cells)) for title, *cells in zip(titles, *rows, strict=True)]
    widths = natural if columns is None else _fitted(natural, titles, event.columns, columns)
    shown = len(titles)
    while widths is None and one_screen and columns is not None and shown > _SHOWN_MIN:
        shown -= 1
        widths = _fitted(natural[:shown], titles[:shown], event.columns[:shown], columns)
    if widths is None:
        yield from _records(titles, rows)
        return
    yield _heading(titles[:shown], kinds[:shown], widths, glyphs)
    for row in rows:
        yield _row(row[:shown], kinds[:shown], widths, glyphs)
    if shown < len(titles):
        left = f"{glyphs.cut} {counted(len(titles) - shown, 'more column')}"
        yield plain(left if columns is None else cut(left, columns, glyphs.cut), "dim")


def _fitted(
    natural: Sequence[int], titles: Sequence[str], heads: Sequence[Column], columns: int
) -> list[int] | None:
    """Widths that fit, taken from the widest texts first; None where the terminal is too narrow."""
    widths = list(natural)
    least = [
        min(wide, max(TEXT_COLUMNS_MIN, width(title))) if head.kind in _MAY_BE_CUT else wide
        for wide, title, head in zip(natural, titles, heads, strict=True)
    ]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - columns
    while excess > 0:
        # The first column names the row: it is cut last.
        shrinkable = [index for index in range(1, len(widths)) if widths[index] > least[index]]
        if not shrinkable and widths[0] > least[0]:
            shrinkable = [0]
        if not shrinkable:
            return None
        widest = max(shrinkable, key=widths.__getitem__)
        next_wide = max((widths[index] for index in shrinkable if index != widest), default=0)
        step = min(excess, max(1, widths[widest] - max(next_wide, least[widest])))
        widths[widest] -= step
        excess -= step
    return widths


def _heading(titles: list[str], kinds: list[CellKind], widths: list[int], glyphs: Glyphs) -> Line:
    last = len(titles) - 1
    cells = [
        _placed(cut(title, wide, glyphs.cut), wide, kind, at_end=index == last)
        for index, (title, wide, kind) in enumerate(zip(titles, widths, kinds, strict=True))
    ]
    return plain(GAP.join(cells).rstrip(" "), "head")


def _row(cells: list[str], kinds: list[CellKind], widths: list[int], glyphs: Glyphs) -> Line:
    last = len(cells) - 1
    line: list[Segment] = []
    for index, (text, kind, wide) in enumerate(zip(cells, kinds, widths, strict=True)):
        shown = _placed(cut(text, wide, glyphs.cut), wide, kind, at_end=index == last)
        line.append((shown if index == 0 else GAP + shown, _style(text, kind, first=index == 0)))
    while len(line) > 1 and not line[-1][0].strip():
        line.pop()
    line[-1] = (line[-1][0].rstrip(" "), line[-1][1])
    return tuple(line)


def _placed(text: str, wide: int, kind: CellKind, *, at_end: bool) -> str:
    if kind in _AT_THE_RIGHT:
        return " " * (wide - width(text)) + text
    return text if at_end else pad(text, wide)


_STYLES: dict[str, Style] = {
    "healthy": "ok",
    "degraded": "warn",
    "deploying": "warn",
    "draining": "warn",
    "failed": "bad",
    "unhealthy": "bad",
}


def _style(text: str, kind: CellKind, *, first: bool) -> Style:
    if text == UNKNOWN:
        return "dim"
    if kind == "word":
        return _STYLES.get(text.lower(), "")
    return "key" if first else ""


def _records(titles: list[str], rows: list[list[str]]) -> Iterator[Line]:
    """A line for each field, a blank line between rows."""
    for index, row in enumerate(rows):
        if index:
            yield BLANK
        for title, text in zip(titles, row, strict=True):
            yield ((f"{title}: ", "head"), (text, ""))
