"""How the console's tests look at output: events as text, and as the bytes that reach a stream."""

import io
import unicodedata
from collections.abc import Mapping
from itertools import chain
from typing import Literal, TypeVar, cast, get_args, get_origin

from hypothesis import strategies as st

from palm_ual.console.lines.lines import UNICODE, Glyphs, text_of
from palm_ual.console.lines.text import render
from palm_ual.console.lines.ticks import Ticks
from palm_ual.console.writer import Output
from palm_ual.model.results import (
    Cell,
    CellKind,
    Column,
    DeploymentLine,
    Described,
    Fact,
    FleetStatusShown,
    HelpShown,
    HomeFinding,
    LogLine,
    LogShown,
    Result,
    ResultEvent,
    TableShown,
    Trend,
    Watchable,
    Watched,
)
from palm_ual.service.session import OutputFormat as Format

T = TypeVar("T")

FLEET = FleetStatusShown(
    deployment="trading-fleet-v1",
    status="HEALTHY",
    agents=35,
    healthy=35,
    degraded=0,
    unhealthy=0,
    pnl_cents=4_523_000,
    avg_latency_ms=12.0,
    orders_per_min=1234,
    success_pct=99.2,
    funding_cents=350_000_000,
    budget_cents=175_000_000,
    used_budget_cents=82_345_000,
)


def text(
    *events: ResultEvent, ticks: Ticks = "some", width: int | None = None, glyphs: Glyphs = UNICODE
) -> str:
    """The events' lines, each with a line break at its end."""
    lines = chain.from_iterable(render(event, ticks=ticks, width=width, glyphs=glyphs) for event in events)
    return "".join(text_of(line) + "\n" for line in lines)


class Streams:
    """A pair of streams that are no terminals, and what was written to them."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._out, self._err = io.BytesIO(), io.BytesIO()
        self.out = io.TextIOWrapper(self._out, encoding=encoding)
        self.err = io.TextIOWrapper(self._err, encoding=encoding)

    @property
    def written(self) -> bytes:
        return self._out.getvalue()

    @property
    def said(self) -> bytes:
        return self._err.getvalue()


def written(
    *events: ResultEvent,
    format: Format = "text",
    encoding: str = "utf-8",
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """What one statement with these events puts on standard output."""
    streams = Streams(encoding)
    output = Output(streams.out, streams.err, environ or {}, format=format)
    output.start("STATEMENT")
    output.show(*events)
    output.end("done")
    return streams.written


def raw_in(data: bytes) -> list[str]:
    """Characters of UTF-8 output that steer a terminal, reorder text or show nothing; line breaks apart.

    Emoji sequences may hold joiners and selectors, and a character up to four combining marks.
    """
    found = []
    marks = 0
    decoded = data.decode()
    for index, character in enumerate(decoded):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me", "Mc") else 0
        in_emoji = character in "\u200d\ufe0f" and index > 0 and ord(decoded[index - 1]) > 0x2000
        visible_format = 0x600 <= ord(character) <= 0x8E2 or character in "\U000110bd\U000110cd"
        unseen = category in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\n"
        if marks > 4 or (unseen and not in_emoji and not visible_format):
            found.append(f"{ord(character):04x}")
    return found


any_text = st.text(max_size=30) | st.sampled_from(
    [
        "\x1b[2J",
        "\x9b31m",
        "a\nb",
        "a\tb",
        "\u202ex",
        "\u2066",
        "\u200b",
        "\ud800",
        "x\u0301\u0301\u0301\u0301\u0301\u0301",
    ]
)
_signed = st.integers(-(10**15), 10**15)
_ranges = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=3).map(tuple)
_kinds = st.sampled_from(cast(tuple[CellKind, ...], get_args(CellKind)))
_cells: st.SearchStrategy[Cell] = (
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.floats(-1e9, 1e9)
    | any_text
    | st.dictionaries(any_text, any_text, max_size=2)
    | st.lists(any_text, max_size=2).map(tuple)
)
_texts = st.lists(any_text, max_size=3).map(tuple)
_columns = st.builds(Column, any_text, any_text, _kinds)


def _tables_of(columns: list[Column]) -> st.SearchStrategy[TableShown]:
    row = st.tuples(*[_cells for _ in columns])
    return st.builds(TableShown, any_text, st.just(tuple(columns)), st.lists(row, max_size=4).map(tuple))


_tables = st.lists(_columns, min_size=1, max_size=4, unique_by=lambda column: column.name).flatmap(_tables_of)


def _trends_of(points: int) -> st.SearchStrategy[Trend]:
    def each(values: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
        return st.lists(values, min_size=points, max_size=points).map(tuple)

    latencies = each(st.none() | st.floats(0, 1e6))
    return st.builds(
        Trend,
        st.integers(1, 10**6),
        each(st.integers(-(10**20), 10**20)),
        each(st.integers(0, 10**9)),
        latencies,
    )


any_trend = st.integers(0, 48).flatmap(_trends_of)
_by_type: dict[object, st.SearchStrategy[object]] = {
    str: any_text,
    str | None: st.none() | any_text,
    int: st.integers(1, 60),
    int | None: st.none() | st.integers(-(10**15), 10**15),
    float | None: st.none() | st.floats(0, 1e6),
    bool: st.booleans(),
    Trend | None: st.none() | any_trend,
}
_by_name: dict[str, st.SearchStrategy[object]] = {
    "agents": _ranges,
    "closing": _ranges,
    "findings": st.lists(st.builds(HomeFinding, any_text, any_text), max_size=3).map(tuple),
    "positions": st.lists(st.tuples(any_text, _signed, _signed), max_size=3).map(tuple),
    "deployments": st.lists(
        st.builds(DeploymentLine, any_text, any_text, *[st.integers(0, 10**6)] * 5), max_size=3
    ).map(tuple),
}
_whole: dict[type[Result], st.SearchStrategy[Result]] = {
    TableShown: _tables,
    Described: st.builds(
        Described,
        st.sampled_from(["deployment", "agent", "type"]),
        any_text,
        st.lists(st.builds(Fact, any_text, any_text, _cells, _kinds), max_size=3).map(tuple),
        st.lists(st.tuples(any_text, _tables), max_size=2).map(tuple),
        _texts,
        st.none() | any_trend,
    ),
    LogShown: st.builds(
        LogShown,
        any_text,
        st.lists(st.builds(LogLine, st.integers(0, 10**12), any_text), max_size=3).map(tuple),
    ),
    Watched: st.builds(
        Watched,
        st.deferred(lambda: st.one_of([_strategy_for(kind) for kind in get_args(Watchable)])),
        st.integers(0, 10**14),
        st.integers(0, 10**12),
        st.integers(100, 10**9),
        st.booleans(),
        any_text,
    ),
    HelpShown: st.builds(HelpShown, st.none() | any_text, _texts, _texts, _texts),
}


def _strategy_for(kind: type[Result]) -> st.SearchStrategy[Result]:
    if kind in _whole:
        return _whole[kind]
    fields = {}
    hints: dict[str, object] = kind.__annotations__
    for name, hint in hints.items():
        of_name = None if hint is int else _by_name.get(name)
        if get_origin(hint) is Literal:
            of_name = st.sampled_from(get_args(hint))
        fields[name] = _by_type[hint] if of_name is None else of_name
    return st.builds(kind, **fields)


EVENT_KINDS = cast(tuple[type[Result], ...], get_args(ResultEvent))
any_watchable = cast(
    st.SearchStrategy[Watchable], st.one_of([_strategy_for(kind) for kind in get_args(Watchable)])
)
any_event = cast(st.SearchStrategy[ResultEvent], st.one_of([_strategy_for(kind) for kind in EVENT_KINDS]))
