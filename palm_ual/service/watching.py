"""WATCH: the same look again and again, until its time is over or its condition is met."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from msgspec.structs import replace

from palm_ual.errors import WaitTimedOut
from palm_ual.lang import statements as st
from palm_ual.lang.unparse import unparse, unparse_condition
from palm_ual.model import results as rs
from palm_ual.model.durations import format_duration
from palm_ual.model.limits import WATCH_EVERY_MS
from palm_ual.runtime.palm import Palm
from palm_ual.service.answers import answer
from palm_ual.service.conditions import WORDS, Fields, Row, answer_columns
from palm_ual.service.sources import Sources

_LOG_COLUMNS = (rs.Column("agent", "AGENT"), rs.Column("at_ms", "AT", "at_ms"), rs.Column("text", "TEXT"))


async def watch(
    palm: Palm, statement: st.Watch, sources: Callable[[], Sources]
) -> AsyncGenerator[rs.ResultEvent, None]:
    """A look at once, then every so often; where there is a FOR, the last one when it is over.

    A look that takes long leaves the fleet as much time as it took before the next one.

    Raises:
        UnknownKey, InvalidValue: of UNTIL, before the first look is told.
        NotFound: what is looked at is not there, or no more.
        WaitTimedOut: FOR is over, and UNTIL was not met.
    """
    every_ms = WATCH_EVERY_MS if statement.every_ms is None else statement.every_ms
    due_ms = palm.now_ms
    end_ms = None if statement.for_ms is None else due_ms + statement.for_ms
    looks = _Looks(statement, every_ms)
    while not looks.met:
        began_ms = palm.now_ms
        yield looks.next(sources())
        if end_ms is not None and due_ms >= end_ms:
            break
        now_ms = palm.now_ms
        due_ms = max(due_ms + every_ms, now_ms + (now_ms - began_ms))
        if end_ms is not None:
            due_ms = min(due_ms, end_ms)
        await asyncio.sleep((due_ms - now_ms) / 1000.0)
    if statement.until is not None and not looks.met:
        raise _unmet(statement, statement.until)


def _unmet(statement: st.Watch, until: st.Condition) -> WaitTimedOut:
    assert statement.for_ms is not None
    return WaitTimedOut(
        f"{unparse_condition(until)} was not met within {format_duration(statement.for_ms)}",
        hint="a longer FOR goes on longer, and without one it goes on until it is met",
        word="UNTIL",
    )


class _Looks:
    """One look after the other, each compared with the last one that said something else."""

    def __init__(self, statement: st.Watch, every_ms: int) -> None:
        self.met = False
        """Whether UNTIL fits what was seen last."""
        self._statement = statement.statement
        self._text = unparse(statement.statement)
        self._every_ms = every_ms
        self._condition = statement.until
        self._until: _Until | None = None
        self._told: rs.Watchable | None = None
        self._standing: object = None
        self._looks = 0

    def next(self, sources: Sources) -> rs.Watched:
        seen = answer(self._statement, sources)
        assert isinstance(seen, rs.Watchable)
        if self._condition is not None:
            self._until = self._until or _Until(self._condition, seen)
            self.met = self._until.met(seen)
        self._looks += 1
        return rs.Watched(
            seen, sources.wall_ms, sources.now_ms, self._every_ms, self._tell(seen), self._text, self._looks
        )

    def _tell(self, seen: rs.Watchable) -> bool:
        """Whether it is told. What meets the condition is, also where only the clock moved."""
        standing = _standing(seen)
        changed = standing != self._standing or (self.met and seen != self._told)
        if changed:
            self._told, self._standing = seen, standing
        return changed


def _standing(seen: rs.Watchable) -> object:
    """The answer without what time alone changes: ages, and a trend that grows by a point."""
    match seen:
        case rs.FleetStatusShown():
            return replace(seen, trend=None)
        case rs.TableShown():
            return _standing_rows(seen)
        case rs.Described():
            facts = tuple(fact for fact in seen.facts if fact.kind != "duration_ms")
            tables = [(heading, _standing_rows(table)) for heading, table in seen.tables]
            return replace(seen, facts=facts, tables=(), trend=None), tables
        case rs.PalmStatusShown() | rs.BalanceShown() | rs.LogShown():
            return seen


def _standing_rows(table: rs.TableShown) -> Sequence[Row]:
    ages = {index for index, column in enumerate(table.columns) if column.kind == "duration_ms"}
    if not ages:
        return table.rows
    kept = [index for index in range(len(table.columns)) if index not in ages]
    return tuple(tuple(row[index] for index in kept) for row in table.rows)


# UNTIL


class _Until:
    """A condition over answers: a table's rows must all fit, and there must be one; anything else is one row."""

    def __init__(self, condition: st.Condition, first: rs.Watchable) -> None:
        """The fields are those of the first answer; one that a later answer lacks reads as not measured."""
        self._columns, rows = _as_table(first)
        self._test = Fields(self._columns, rows).test(condition)

    def met(self, seen: rs.Watchable) -> bool:
        columns, rows = _as_table(seen)
        if columns != self._columns:
            rows = [self._fitted(columns, row) for row in rows]
        return bool(rows) and all(self._test(row) is True for row in rows)

    def _fitted(self, columns: Sequence[rs.Column], row: Row) -> Row:
        cells = {column.name: cell for column, cell in zip(columns, row, strict=True)}
        return tuple(cells.get(column.name) for column in self._columns)


def _as_table(seen: rs.Watchable) -> tuple[Sequence[rs.Column], Sequence[Row]]:
    match seen:
        case rs.TableShown():
            return seen.columns, seen.rows
        case rs.LogShown():
            return _LOG_COLUMNS, [(seen.agent, line.at_ms, line.text) for line in seen.lines]
        case rs.Described():
            return _described(seen)
        case rs.PalmStatusShown() | rs.FleetStatusShown() | rs.BalanceShown():
            columns = answer_columns(type(seen))
            return columns, [tuple(getattr(seen, column.name) for column in columns)]


def _described(seen: rs.Described) -> tuple[Sequence[rs.Column], Sequence[Row]]:
    """Its facts. Labels are fields each; a config is no single value."""
    facts = [rs.Fact("kind", "Kind", seen.kind), rs.Fact("name", "Name", seen.name), *seen.facts]
    facts = [fact for fact in facts if fact.kind != "labels" or fact.name == "labels"]
    columns = [
        rs.Column(fact.name, fact.title, "word" if fact.name in WORDS else fact.kind) for fact in facts
    ]
    return columns, [tuple(fact.value for fact in facts)]
